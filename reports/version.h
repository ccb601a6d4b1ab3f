// The version of the program, as the build knows it (CMake's PROJECT_VERSION): reports carry it.
#pragma once

#include <string_view>

namespace reports {

#ifdef MESHSIM_VERSION
inline constexpr std::string_view kProgramVersion = MESHSIM_VERSION;
#else
inline constexpr std::string_view kProgramVersion = "unknown";
#endif

}  // namespace reports
