// The rule itself must be able to fail: what passes, what is off, what is too noisy to tell, and a simulation that is
// slightly wrong.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/theory/probe.h"

namespace {

using namespace theory;

// 32 values with the given mean and relative standard error.
std::vector<double> sample(double mean, double rel_se) {
  std::vector<double> values;
  const double sd = mean * rel_se * std::sqrt(32.0);
  for (int i = 0; i < 32; ++i) values.push_back(mean + (i % 2 == 0 ? sd : -sd) * std::sqrt(31.0 / 32.0));
  return values;
}

bool passes(const Key& key, const std::vector<double>& values) { return verdict(key, values, 1.0).passes; }

}  // namespace

TEST_CASE("a mean within 4.5 standard errors passes, one beyond does not") {
  const Key key = stat("x", 10, 0.01);
  CHECK(passes(key, sample(10, 0.005)));
  CHECK(passes(key, sample(10 * (1 + 4.4 * 0.005), 0.005)));
  CHECK_FALSE(passes(key, sample(10 * (1 + 4.8 * 0.005), 0.005)));
  CHECK_FALSE(passes(key, sample(10 * (1 - 4.7 * 0.005), 0.005)));
}

TEST_CASE("a simulation that is too noisy to tell does not pass, however near its mean is") {
  const Key key = stat("x", 10, 0.01);
  CHECK(passes(key, sample(10, 0.0099)));
  CHECK_FALSE(passes(key, sample(10, 0.0101)));
  CHECK(verdict(key, sample(10, 0.0101), 4.0).passes);
}

TEST_CASE("without noise the floor decides, and a stated bias widens it") {
  CHECK(passes(stat("x", 10, 0.01), sample(10 * 1.00009, 0)));
  CHECK_FALSE(passes(stat("x", 10, 0.01), sample(10 * 1.00011, 0)));
  CHECK(passes(stat("x", 10, 0.01, 0.02), sample(10 * 1.02, 0)));
  CHECK_FALSE(passes(stat("x", 10, 0.01, 0.02), sample(10 * 1.0202, 0)));
}

TEST_CASE("a probability near one is judged by its complement") {
  CHECK(passes(share("p", 0.999, 0.01), sample(0.999 + 0.9e-7, 0)));
  CHECK_FALSE(passes(share("p", 0.999, 0.01), sample(0.999 + 1.1e-7, 0)));
}

TEST_CASE("exact keys and bounds look at every replication") {
  CHECK(passes(exact("x", 3), {3, 3, 3}));
  CHECK_FALSE(passes(exact("x", 3), {3, 3, 3.00001}));
  CHECK(passes(bound("x", 3, Check::EveryAtMost), {1, 2, 3}));
  CHECK_FALSE(passes(bound("x", 3, Check::EveryAtMost), {1, 2, 3.5}));
  CHECK(passes(bound("x", 3, Check::EveryAtLeast), {3, 4, 5}));
  CHECK_FALSE(passes(bound("x", 3, Check::EveryAtLeast), {2.5, 4, 5}));
  CHECK(passes(bound("x", 3, Check::MeanAtMost), {1, 5, 3}));
  CHECK_FALSE(passes(bound("x", 3, Check::MeanAtMost), {1, 5, 4}));
}

TEST_CASE("an M/M/1 that serves 2 % too slowly is found by its wait") {
  const models::ServiceSpec slow = station("station", exponential_rate(98), 1);
  const models::Plan plan = plan_of(open({slow}, "station", 80, {32, 15234, 5000}));
  std::vector<double> waits;
  for (const Values& v : replicate(32, [&](std::uint64_t seed) {
         Values values;
         Probe(plan, seed).station(values, "station");
         return values;
       })) {
    waits.push_back(v.at("mean_wait"));
  }
  CHECK_FALSE(verdict(stat("mean_wait", 0.04, 0.00881), waits, 4.0).passes);
}

TEST_CASE("the quick tier does a sixteenth: of the replications where there are hundreds, else of the requests") {
  const theory::Size long_runs = theory::Size{32, 59375, 5000}.sixteenth();
  CHECK(long_runs.replications == 32);
  CHECK(long_runs.requests == 3710);
  CHECK(long_runs.warmup == 5000);
  const theory::Size short_runs = theory::Size{1000, 10000, 0}.sixteenth();
  CHECK(short_runs.replications == 62);
  CHECK(short_runs.requests == 10000);
  CHECK(theory::Size{1, 1, 0}.sixteenth().requests == 1);
}
