// Picks of the balancers: every replica gets its share, round robin is exact, and the least loaded of the drawn wins.
#include "models/balance/pick.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

namespace {

constexpr std::uint32_t kReplicas = 5;
constexpr int kPicks = 100000;

sim::Key key_of(int i) { return sim::child_key(42, static_cast<std::uint64_t>(i)); }

// Counts of kPicks picks; each within 4.5 standard deviations of its binomial share.
template <class Pick>
void check_shares(const std::vector<double>& shares, Pick&& pick) {
  std::vector<int> count(shares.size(), 0);
  for (int i = 0; i < kPicks; ++i) ++count[pick(i)];
  for (std::size_t r = 0; r < shares.size(); ++r) {
    CAPTURE(r);
    const double sd = std::sqrt(kPicks * shares[r] * (1 - shares[r]));
    CHECK(std::fabs(count[r] - kPicks * shares[r]) <= 4.5 * sd);
  }
}

}  // namespace

TEST_CASE("random picks every replica alike, and a second pick does not depend on the first") {
  const std::vector<double> alike(kReplicas, 1.0 / kReplicas);
  check_shares(alike, [](int i) { return models::pick_random(kReplicas, key_of(i), 0); });
  std::vector<double> pairs(kReplicas * kReplicas, 1.0 / (kReplicas * kReplicas));
  check_shares(pairs, [](int i) {
    return models::pick_random(kReplicas, key_of(i), 0) * kReplicas + models::pick_random(kReplicas, key_of(i), 1);
  });
}

TEST_CASE("a pick is a function of identity: the same key picks the same replica") {
  for (int i = 0; i < 100; ++i) {
    CHECK(models::pick_random(kReplicas, key_of(i), 3) == models::pick_random(kReplicas, key_of(i), 3));
  }
}

TEST_CASE("trap 26: round robin takes one replica after the other, from wherever it starts") {
  for (const std::uint32_t start : {0u, 3u, 1000003u}) {
    std::uint32_t next = start;
    for (std::uint32_t i = 0; i < 3 * kReplicas; ++i) {
      CHECK(models::pick_round_robin(kReplicas, next) == (start + i) % kReplicas);
    }
  }
}

TEST_CASE("one replica is always picked") {
  std::uint32_t next = 17;
  CHECK(models::pick_random(1, key_of(1), 0) == 0);
  CHECK(models::pick_round_robin(1, next) == 0);
  CHECK(models::pick_least_request(1, 2, key_of(1), 0, [](std::uint32_t) { return 9u; }) == 0);
}

TEST_CASE("trap 25: least request draws with replacement: the one idle replica of n wins unless it is not drawn") {
  // Drawn at least once among two of five: 1 - (4/5)^2 = 9/25; the others share the rest.
  const std::vector<double> shares{9.0 / 25, 4.0 / 25, 4.0 / 25, 4.0 / 25, 4.0 / 25};
  check_shares(shares, [](int i) {
    return models::pick_least_request(kReplicas, 2, key_of(i), 0, [](std::uint32_t r) { return r == 0 ? 0u : 1u; });
  });
}

TEST_CASE("least request: the most loaded replica is picked only if it is drawn every time") {
  const double worst = 1.0 / 25;
  const double others = (1 - worst) / 4;
  check_shares({worst, others, others, others, others}, [](int i) {
    return models::pick_least_request(kReplicas, 2, key_of(i), 0, [](std::uint32_t r) { return r == 0 ? 7u : 1u; });
  });
}

TEST_CASE("least request among equals is random") {
  check_shares(std::vector<double>(kReplicas, 1.0 / kReplicas), [](int i) {
    return models::pick_least_request(kReplicas, 2, key_of(i), 0, [](std::uint32_t) { return 3u; });
  });
}

TEST_CASE("one choice is random, many choices find the least loaded") {
  const auto load = [](std::uint32_t r) { return r == 4 ? 0u : 5u + r; };
  check_shares(std::vector<double>(kReplicas, 1.0 / kReplicas),
               [&](int i) { return models::pick_least_request(kReplicas, 1, key_of(i), 0, load); });
  for (int i = 0; i < 200; ++i) CHECK(models::pick_least_request(kReplicas, 200, key_of(i), 0, load) == 4);
}
