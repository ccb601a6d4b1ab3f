// The keyed generator: known answers, avalanche, bit balance, independence of neighbouring keys and purposes.
#include "sim/random/keyed.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr double kAlarm = 4.5;  // standard errors: two-sided 7e-6 for a normal statistic

// Keys as the models make them: children of roots, with ties in the low bits.
std::vector<sim::Key> model_keys(std::size_t n) {
  std::vector<sim::Key> keys;
  for (std::size_t i = 0; i < n; ++i) keys.push_back(sim::child_key((i << 12) | (i & 0xfff), i % 7));
  return keys;
}

double centred(std::uint64_t bits) { return (sim::uniform(bits) - 0.5) * std::sqrt(12.0); }

}  // namespace

TEST_CASE("the generator gives its known answers") {
  // Frozen values: a change here changes every result of every scenario.
  CHECK(sim::mix(0) == 0);
  CHECK(sim::mix(1) == 0x3c02aa47758292bd);
  CHECK(sim::mix(0x0123456789abcdef) == 0x6d97305f56288c62);
  CHECK(sim::child_key(0x123, 7) == 0x403b1d213a3f9123);
  CHECK(sim::try_key(0xabc123, 0, 0) == 0x49639d21f669d123);
  CHECK(sim::try_key(0xabc123, 2, 1) == 0x37a820720d373123);
  CHECK(sim::bits(42, 3) == 0x7763cf1ff2364988);
  CHECK(sim::name_key("") == 0x12f02ed4a4aa4dc8);
  CHECK(sim::name_key("checkout") == 0xc8043c251d0fdecf);
  std::uint64_t checksum = 0;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) checksum = sim::mix(checksum ^ sim::bits(sim::child_key(i, 1), i & 7));
  CHECK(checksum == 0x8363bb0dc32f8b9d);
}

TEST_CASE("mix can be undone, so no two inputs share an output") {
  // Multiplicative inverses modulo 2^64 and xorshifts run backwards give the input again.
  const auto inverse = [](std::uint64_t odd) {
    std::uint64_t x = odd;
    for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
    return x;
  };
  const auto unshift = [](std::uint64_t x, int by) { return x ^ (x >> by) ^ (2 * by < 64 ? x >> (2 * by) : 0); };
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t input = i * 0x9e3779b97f4a7c15;
    std::uint64_t x = unshift(sim::mix(input), 27) * inverse(0x1c69b3f74ac4ae35);
    x = unshift(x, 33) * inverse(0x3c79ac492ba7b653);
    CHECK(unshift(x, 27) == input);
  }
}

TEST_CASE("every input bit of key and purpose flips every output bit half of the time") {
  constexpr int kTrials = 20'000;
  const std::vector<sim::Key> keys = model_keys(kTrials);
  double worst = 0;
  for (unsigned in = 0; in < 64; ++in) {
    std::array<int, 64> flips{};
    for (const sim::Key key : keys) {
      std::uint64_t changed = sim::bits(key, 5) ^ sim::bits(key ^ (std::uint64_t{1} << in), 5);
      for (unsigned out = 0; out < 64; ++out) flips[out] += static_cast<int>((changed >> out) & 1);
    }
    for (const int n : flips) worst = std::max(worst, std::fabs(n - kTrials / 2.0) / std::sqrt(kTrials / 4.0));
  }
  CHECK(worst < 5.5);  // the largest of 4,096 normal statistics: 5.5 has probability 1.6e-4
  CHECK(worst > 2.5);  // and it is not smaller than chance allows
}

TEST_CASE("every bit is one half of the time") {
  constexpr int kTrials = 1'000'000;
  std::array<int, 64> ones{};
  for (const sim::Key key : model_keys(kTrials)) {
    const std::uint64_t b = sim::bits(key, 1);
    for (unsigned i = 0; i < 64; ++i) ones[i] += static_cast<int>((b >> i) & 1);
  }
  for (const int n : ones) CHECK(std::fabs(n - kTrials / 2.0) / std::sqrt(kTrials / 4.0) < kAlarm);
}

TEST_CASE("neighbouring keys, purposes, draws and attempts are not correlated") {
  constexpr int kTrials = 1'000'000;
  struct Lag {
    std::string name;
    double sum = 0;
  };
  std::array<Lag, 8> lags{{{"key + 1"},
                           {"key + 4096"},
                           {"purpose + 1"},
                           {"next draw"},
                           {"application attempt + 1"},
                           {"policy attempt + 1"},
                           {"swapped attempts"},
                           {"parent and child"}}};
  for (std::uint64_t i = 0; i < kTrials; ++i) {
    const sim::Key key = i << 12;
    const double x = centred(sim::bits(key, 1));
    sim::Draws draws(key, 1);
    static_cast<void>(draws.next());
    const sim::Key call = sim::child_key(key, 3);
    const double attempt = centred(sim::bits(sim::try_key(call, 1, 2), 1));
    lags[0].sum += x * centred(sim::bits(key + 1, 1));
    lags[1].sum += x * centred(sim::bits(key + 4096, 1));
    lags[2].sum += x * centred(sim::bits(key, 2));
    lags[3].sum += x * centred(draws.next());
    lags[4].sum += attempt * centred(sim::bits(sim::try_key(call, 2, 2), 1));
    lags[5].sum += attempt * centred(sim::bits(sim::try_key(call, 1, 3), 1));
    lags[6].sum += attempt * centred(sim::bits(sim::try_key(call, 2, 1), 1));
    lags[7].sum += x * centred(sim::bits(call, 1));
  }
  for (const Lag& lag : lags) {
    CAPTURE(lag.name);
    CHECK(std::fabs(lag.sum) / std::sqrt(kTrials) < kAlarm);
    CHECK(lag.sum != 0);
  }
}

TEST_CASE("children and tries inherit the tie of their root and are distinct") {
  std::set<sim::Key> seen;
  const sim::Key root = 0x5555555555555abc;
  for (std::uint64_t salt = 0; salt < 1000; ++salt) {
    const sim::Key child = sim::child_key(root, salt);
    CHECK((child & 0xfff) == 0xabc);
    seen.insert(child);
  }
  for (std::uint32_t app = 0; app < 30; ++app) {
    for (std::uint32_t policy = 0; policy < 30; ++policy) {
      const sim::Key key = sim::try_key(root, app, policy);
      CHECK((key & 0xfff) == 0xabc);
      seen.insert(key);
    }
  }
  CHECK(seen.size() == 1000 + 900);
}

TEST_CASE("the first number of a sequence is the number of its key and purpose") {
  sim::Draws draws(77, 4);
  CHECK(draws.next() == sim::bits(77, 4));
  CHECK(draws.next() != sim::bits(77, 4));
}

TEST_CASE("uniform numbers are strictly between 0 and 1 at both ends") {
  CHECK(sim::uniform(0) == 0x1p-53);
  CHECK(sim::uniform(~std::uint64_t{0}) == 1 - 0x1p-53);
  CHECK(sim::uniform(std::uint64_t{1} << 63) == 0.5 + 0x1p-53);
}

TEST_CASE("below is an even choice and stays in range") {
  CHECK(sim::below(~std::uint64_t{0}, 10) == 9);
  CHECK(sim::below(0, 10) == 0);
  CHECK(sim::below(123, 0) == 0);
  CHECK(sim::below(~std::uint64_t{0}, 0xffffffff) == 0xfffffffe);
  constexpr int kTrials = 700'000;
  std::array<int, 7> counts{};
  for (const sim::Key key : model_keys(kTrials)) ++counts[sim::below(sim::bits(key, 9), 7)];
  double chi = 0;
  for (const int n : counts) chi += (n - kTrials / 7.0) * (n - kTrials / 7.0) / (kTrials / 7.0);
  CHECK(chi < 33.1);  // chi-square with 6 degrees of freedom, 1e-5
}

TEST_CASE("a probability of 0 never happens and a probability of 1 always") {
  CHECK_FALSE(sim::bernoulli(0, 0.0));
  CHECK(sim::bernoulli(~std::uint64_t{0}, 1.0));
  CHECK_FALSE(sim::bernoulli(0, std::nan("")));
  constexpr int kTrials = 1'000'000;
  int hits = 0;
  for (const sim::Key key : model_keys(kTrials)) hits += sim::bernoulli(sim::bits(key, 2), 0.3) ? 1 : 0;
  CHECK(std::fabs(hits - 0.3 * kTrials) / std::sqrt(kTrials * 0.21) < kAlarm);
}

TEST_CASE("counting the draws below a probability decides as comparing with it does, at the very border too") {
  constexpr double kStep = 0x1p-52;
  for (const double p : {0.0, 0.25 * kStep, 0.5 * kStep, 0.75 * kStep, kStep, 1.5 * kStep, 1e-9, 0.1, 0.3, 0.36, 0.5,
                         2.0 / 3.0, 1.0 - kStep, 1.0 - 0.5 * kStep, 1.0, 2.0, -1.0, std::nan("")}) {
    CAPTURE(p);
    const std::uint64_t below = sim::draws_below(p);
    for (const std::uint64_t k : {below, below - 1, below + 1, std::uint64_t{0}, (std::uint64_t{1} << 52) - 1}) {
      if (k >> 52 != 0) continue;
      CHECK((k < below) == sim::bernoulli(k << 12, p));
    }
  }
}

TEST_CASE("names that differ in one character have unrelated keys") {
  std::set<sim::Key> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(sim::name_key("service-" + std::to_string(i)));
  CHECK(seen.size() == 10'000);
}
