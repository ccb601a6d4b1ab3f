#include "sim/fingerprint.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace {

using namespace sim;

Fingerprint of(std::uint64_t kind, Time at, std::uint64_t id, std::uint64_t detail) {
  Fingerprint f;
  f.add(kind, at, id, detail);
  return f;
}

}  // namespace

TEST_CASE("the order of facts within a run does not matter") {
  Fingerprint forward, backward;
  for (int i = 0; i < 100; ++i) forward.add(1, i, static_cast<std::uint64_t>(i) * 3, 7);
  for (int i = 99; i >= 0; --i) backward.add(1, i, static_cast<std::uint64_t>(i) * 3, 7);
  CHECK(forward == backward);
  CHECK(forward.hex() == backward.hex());
  CHECK(forward.facts() == 100);
}

TEST_CASE("every field of a fact matters, in both halves, and so does its number") {
  std::set<std::string> low, high;
  const auto note = [&](const Fingerprint& f) {
    low.insert(f.hex().substr(0, 16));
    high.insert(f.hex().substr(16));
  };
  note(Fingerprint{});
  for (std::uint64_t bit = 0; bit < 62; ++bit) {
    const std::uint64_t x = std::uint64_t{1} << bit;
    note(of(x, 0, 0, 0));
    note(of(0, static_cast<Time>(x), 0, 0));
    note(of(0, 0, x, 0));
    note(of(0, 0, 0, x));
  }
  note(of(0, 0, 0, 0));
  Fingerprint twice = of(0, 0, 0, 0);
  twice.add(0, 0, 0, 0);
  note(twice);
  CHECK(low.size() == 4 * 62 + 3);
  CHECK(high.size() == 4 * 62 + 3);
}

TEST_CASE("two swapped details are noticed") {
  Fingerprint a, b;
  a.add(1, 10, 1, 100);
  a.add(1, 10, 2, 200);
  b.add(1, 10, 1, 200);
  b.add(1, 10, 2, 100);
  CHECK(a != b);
}

TEST_CASE("appending replications depends on their order") {
  const Fingerprint first = of(1, 2, 3, 4), second = of(5, 6, 7, 8);
  Fingerprint forward, backward, again;
  forward.append(first), forward.append(second);
  backward.append(second), backward.append(first);
  again.append(first), again.append(second);
  CHECK(forward != backward);
  CHECK(forward == again);
  CHECK(forward.facts() == 2);
}

TEST_CASE("the printed form has a known value, the same on every platform") {
  Fingerprint f;
  f.add(1, 1'000'000, 42, 7);
  f.add(2, 2'000'000, 43, 8);
  CHECK(f.hex().size() == 32);
  CHECK(f.hex() == "fda54d6c478eb1fa1a3828833d955397");
}
