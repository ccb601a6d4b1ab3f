#include <doctest/doctest.h>

#include "reports/verdict.h"

using namespace reports;

namespace {

Payoff payoff() {
  Payoff p;
  p.candidate = "sidecar";
  p.baseline = "none";
  p.p50 = interval(0.0009, 0.00002);
  p.p99 = interval(0.0031, 0.0004);
  p.cores = interval(1.2, 0.1);
  p.gigabytes = exact(0.9);
  p.avoided_per_million = interval(2300.0, 100.0);
  p.avoided_per_day = interval(59'600.0, 2600.0);
  return p;
}

}  // namespace

TEST_CASE("a verdict says what is paid and what is avoided") {
  CHECK(
      verdict(payoff()) ==
      "Against none, sidecar pays 0.900 ±0.020 ms at p50, 3.10 ±0.40 ms at p99, 1.20 ±0.10 vCPU and 0.9 GB and avoids "
      "2300 ±100 failed requests per million (59,600 ±2600 a day of such traffic).");
}

TEST_CASE("a verdict says when the latencies are not those of the same requests") {
  Payoff p = payoff();
  p.success_before = interval(0.973, 0.0007);
  p.success_after = interval(0.4788, 0.0027);
  CHECK(verdict(p).ends_with(
      " Latency is that of successes, which are 47.88% of the requests of sidecar and 97.300% of those of "
      "none: not the same requests."));
  p.success_after = interval(0.9735, 0.0007);
  CHECK(verdict(p).find("not the same requests") == std::string::npos);
}

TEST_CASE("a verdict says when more requests fail") {
  Payoff p = payoff();
  p.avoided_per_million = interval(-2300.0, 100.0);
  p.avoided_per_day = interval(-59'600.0, 2600.0);
  CHECK(verdict(p).find("causes 2300 ±100 more failed requests per million (59,600 ±2600 a day of such traffic).") !=
        std::string::npos);
}

TEST_CASE("a verdict is undecided when the interval contains zero") {
  Payoff p = payoff();
  p.p99 = interval(0.0001, 0.0004);
  p.avoided_per_million = interval(12.0, 40.0);
  CHECK(verdict(p) ==
        "Against none, sidecar pays 0.900 ±0.020 ms at p50, 1.20 ±0.10 vCPU and 0.9 GB and whether it avoids failed "
        "requests is "
        "undecided (12 ±40 per million, and the interval contains zero); undecided: +0.10 ±0.40 ms at p99.");
}

TEST_CASE("a verdict never decides on an estimate without an interval") {
  Payoff p = payoff();
  p.p99 = no_interval(0.0031, 60);
  CHECK(verdict(p).find("undecided: +3.1 ms at p99 without an interval (needs ~60 replications).") !=
        std::string::npos);
  p.avoided_per_million = no_interval(2300.0, 2);
  CHECK(verdict(p).find("undecided (estimate 2300 per million, no interval)") != std::string::npos);
}

TEST_CASE("a verdict on runs without any failure gives the bound") {
  Payoff p = payoff();
  p.failures_seen = false;
  p.avoided_per_million = upper_bound(3.01);
  CHECK(verdict(p).find("no request failed with either (fewer than 3.1 per million)") != std::string::npos);
}

TEST_CASE("a verdict on equal candidates claims no difference") {
  Payoff p = payoff();
  p.p50 = p.p99 = p.cores = interval(0.0, 0.0);
  p.gigabytes = exact(0.0);
  p.avoided_per_million = p.avoided_per_day = interval(0.0, 0.0);
  CHECK(verdict(p) == "Against none, sidecar fails exactly the same number of requests.");
}

TEST_CASE("savings are named as savings") {
  Payoff p = payoff();
  p.p99 = interval(-0.0031, 0.0004);
  CHECK(verdict(p).find("saves 3.10 ±0.40 ms at p99") != std::string::npos);
}

TEST_CASE("an interval that touches zero decides nothing") {
  CHECK(direction_of(interval(1.0, 1.0), true) == Direction::Undecided);
  CHECK(direction_of(interval(1.0, 0.999), true) == Direction::Loss);
  CHECK(direction_of(interval(-1.0, 0.5), true) == Direction::Gain);
  CHECK(direction_of(interval(1.0, 0.5), false) == Direction::Gain);
  CHECK(direction_of(no_interval(1.0, 0), true) == Direction::Undecided);
  CHECK(direction_of(missing(), true) == Direction::Undecided);
}
