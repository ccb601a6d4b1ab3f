#include "sim/reserved_array.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

namespace {

struct Line {
  std::uint64_t words[8];
};
using Lines = sim::ReservedArray<Line, 1U << 20>;

}  // namespace

TEST_CASE("a reserved array grows by whole pages, in place, and keeps what it holds") {
  Lines lines;
  CHECK(lines.size() == 0);
  CHECK(lines.bytes() == 0);
  lines.grow(1);
  CHECK(lines.size() == 64);
  CHECK(lines.bytes() == 4096);
  Line* const first = &lines[0];
  lines[63].words[7] = 42;
  for (int i = 0; i < 40; ++i) lines.grow(lines.size() / 16);
  CHECK(&lines[0] == first);
  CHECK(lines[63].words[7] == 42);
  CHECK(lines[lines.size() - 1].words[0] == 0);  // new memory is zero
  CHECK(lines.bytes() == lines.size() * sizeof(Line));
}

TEST_CASE("a moved reserved array leaves an empty one behind") {
  Lines from;
  from.grow(100);
  from[99].words[0] = 7;
  Lines to = std::move(from);
  CHECK(to[99].words[0] == 7);
  CHECK(from.size() == 0);  // NOLINT(bugprone-use-after-move): the state it promises
  Lines other;
  other = std::move(to);
  CHECK(other[99].words[0] == 7);
}
