#include "sim/trace.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

namespace {

using namespace sim;

std::string text_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  return text;
}

TraceRecord record(Time at) { return {at, "call opened", 0xabcU, 0xdefU, 17, 99}; }

constexpr const char* kHeader =
    "             time_ns what                             root             call      owner               detail\n";
constexpr const char* kFive =
    "                   5 call opened          0000000000000abc 0000000000000def         17                   99\n";

}  // namespace

TEST_CASE("a full ring keeps the newest records, oldest first") {
  Trace trace(3);
  for (Time at = 1; at <= 5; ++at) trace.add(record(at));
  CHECK(trace.size() == 3);
  CHECK(trace.added() == 5);
  CHECK(trace.lost() == 2);
  for (std::size_t i = 0; i < 3; ++i) CHECK(trace.at(i).at == static_cast<Time>(i) + 3);
}

TEST_CASE("text has fixed columns") {
  Trace trace(1);
  trace.add(record(5));
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  trace.write(file);
  CHECK(text_of(file) == std::string(kHeader) + kFive);
  std::fclose(file);
}

TEST_CASE("a stream stops at its capacity and counts what it dropped") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  Trace trace(1, file);
  trace.add(record(5));
  trace.add(record(6));
  CHECK(text_of(file) == std::string(kHeader) + kFive);
  CHECK(trace.lost() == 1);
  CHECK(trace.size() == 0);
  std::fclose(file);
}
