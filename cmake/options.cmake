# Compiler contract. Determinism rests on -ffp-contract=off and the absence of fast-math: see docs/decisions.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

option(MESHSIM_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(MESHSIM_BENCH "Build the benchmarks" OFF)
option(MESHSIM_WERROR "Warnings are errors" OFF)
option(MESHSIM_CORE_ONLY "Only sim/ and models/" OFF)
set(MESHSIM_SANITIZE "" CACHE STRING "address,undefined | thread | empty")

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(meshsim_options INTERFACE)
target_include_directories(meshsim_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(meshsim_options INTERFACE -ffp-contract=off -fno-fast-math
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum -Wnon-virtual-dtor
  $<$<BOOL:${MESHSIM_WERROR}>:-Werror>)
if(MESHSIM_SANITIZE)
  target_compile_options(meshsim_options INTERFACE -fsanitize=${MESHSIM_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(meshsim_options INTERFACE -fsanitize=${MESHSIM_SANITIZE})
endif()
