#include "models/control/control_plane.h"

#include <doctest/doctest.h>

#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "tests/models/control/fixture.h"

namespace {

using namespace control_test;
using models::Delivery;

// Random stages of every kind: nothing lines up.
models::ControlPlaneSpec random_stages() {
  models::ControlPlaneSpec spec;
  spec.watch_delay = sim::Distribution::exponential(50e6);
  spec.push_context = sim::Distribution::exponential(200e6);
  spec.generate = sim::Distribution::exponential(20e6);
  spec.network = sim::Distribution::lognormal(30e6, 2);
  spec.apply = sim::Distribution::exponential(40e6);
  return spec;
}

}  // namespace

TEST_CASE("a change passes the stages one after the other") {
  models::ControlPlaneSpec spec;
  spec.watch_delay = ms(20);
  spec.debounce_quiet = 100 * kMs;
  spec.push_context = ms(50);
  spec.generate = ms(5);
  spec.network = ms(1);
  spec.apply = ms(10);
  const auto in = input(spec, {1000 * kMs}, fleet(1));
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0] == Delivery{1186 * kMs, 0, 0});
  const auto waves = pushes(in);
  REQUIRE(waves.size() == 1);
  CHECK(waves[0].first == 1020 * kMs);
  CHECK(waves[0].decided == 1120 * kMs);
  CHECK(waves[0].enqueued == 1170 * kMs);
  CHECK(waves[0].change == 0);
}

TEST_CASE("a throttle of k sends to N proxies in ceil(N / k) waves") {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 4;
  spec.generate = ms(30);
  spec.network = ms(20);
  std::map<sim::Time, int> wave;
  for (const Delivery& d : propagate(input(spec, {0}, fleet(10)))) ++wave[d.at];
  CHECK(wave == std::map<sim::Time, int>{{1 + 50 * kMs, 4}, {1 + 100 * kMs, 4}, {1 + 150 * kMs, 2}});
}

TEST_CASE("two instances halve the waves, and each has its own share of the proxies") {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 5;
  spec.generate = ms(50);
  CHECK(propagate(input(spec, {0}, fleet(20))).back().at == 1 + 200 * kMs);
  spec.instances = 2;
  const auto deliveries = propagate(input(spec, {0}, fleet(20)));
  CHECK(deliveries.size() == 20);
  CHECK(deliveries.back().at == 1 + 100 * kMs);
}

TEST_CASE("changes during a slow push are merged: the proxy gets two configurations, not six") {
  models::ControlPlaneSpec spec = instant();
  spec.generate = ms(1000);
  const auto deliveries = propagate(input(spec, {0, 100 * kMs, 200 * kMs, 300 * kMs, 400 * kMs, 500 * kMs}, fleet(1)));
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0] == Delivery{1 + 1000 * kMs, 0, 0});
  CHECK(deliveries[1] == Delivery{1 + 2000 * kMs, 0, 5});
}

TEST_CASE("a proxy that waits keeps its place and gets what is current when its generation begins") {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 1;
  spec.generate = ms(100);
  // The second change comes while the first of three proxies is being served: that one is served again, last.
  const auto deliveries = propagate(input(spec, {0, 50 * kMs}, fleet(3)));
  REQUIRE(deliveries.size() == 4);
  CHECK(deliveries[0].change == 0);
  CHECK(deliveries[1].change == 1);
  CHECK(deliveries[2].change == 1);
  CHECK(deliveries[3] == Delivery{1 + 400 * kMs, deliveries[0].proxy, 1});
  CHECK(std::set<std::uint32_t>{deliveries[0].proxy, deliveries[1].proxy, deliveries[2].proxy}.size() == 3);
}

TEST_CASE("a proxy never has two pushes at once, however many slots are free") {
  models::ControlPlaneSpec spec = instant();
  spec.generate = ms(100);
  const auto deliveries = propagate(input(spec, {0, 10 * kMs, 120 * kMs}, fleet(1)));
  REQUIRE(deliveries.size() == 3);
  CHECK(deliveries[1].at - deliveries[0].at == 100 * kMs);
  CHECK(deliveries[2].at - deliveries[1].at == 100 * kMs);
}

TEST_CASE("a proxy applies one configuration after the other") {
  models::ControlPlaneSpec spec = instant();
  spec.apply = ms(500);
  const auto deliveries = propagate(input(spec, {0, 10 * kMs}, fleet(1)));
  REQUIRE(deliveries.size() == 2);
  CHECK(deliveries[0].at == 1 + 500 * kMs);
  CHECK(deliveries[1].at == 1 + 1000 * kMs);
}

TEST_CASE("deliveries after the end are left out") {
  models::ControlPlaneSpec spec = instant();
  spec.apply = ms(500);
  auto in = input(spec, {0}, fleet(3));
  in.until = 500 * kMs;
  CHECK(propagate(in).empty());
  in.until = 500 * kMs + 1;
  CHECK(propagate(in).size() == 3);
}

TEST_CASE("no proxy, no change: nothing to deliver") {
  const models::ControlPlaneSpec spec;
  CHECK(propagate(input(spec, {}, fleet(3))).empty());
  CHECK(propagate(input(spec, {0}, {})).empty());
}

TEST_CASE("deliveries to a proxy only go forwards, whatever the stages draw") {
  const models::ControlPlaneSpec spec = random_stages();
  for (sim::Key seed = 1; seed <= 20; ++seed) {
    std::vector<sim::Time> changes;
    for (int c = 0; c < 40; ++c) changes.push_back(c * 150 * kMs);
    auto in = input(spec, changes, fleet(60));
    in.key = seed;
    in.outages = {{2 * sim::kSecond, 3 * sim::kSecond}};
    const auto deliveries = propagate(in);
    for (std::uint32_t p = 0; p < 60; ++p) {
      const auto own = of_proxy(deliveries, p);
      REQUIRE_FALSE(own.empty());
      CHECK(own.back().change == 39);
      for (std::size_t i = 1; i < own.size(); ++i) {
        CHECK(own[i].at > own[i - 1].at);
        CHECK(own[i].change > own[i - 1].change);
      }
      for (const Delivery& d : own) CHECK(d.at > changes[d.change]);  // no change is known before it is made
    }
  }
}

TEST_CASE("the order in which the proxies are listed changes nothing but their numbers") {
  models::ControlPlaneSpec spec = random_stages();
  spec.instances = 3;
  spec.throttle = 2;
  const std::vector<sim::Key> keys = fleet(50);
  std::vector<sim::Key> turned(50);
  for (std::uint32_t p = 0; p < 50; ++p) turned[p * 7 % 50] = keys[p];
  auto in = input(spec, {0, 300 * kMs, sim::kSecond, 9 * sim::kSecond}, keys);
  auto other = input(spec, in.changes, turned);
  in.outages = other.outages = {{8 * sim::kSecond, 20 * sim::kSecond}};
  const auto a = propagate(in);
  const auto b = propagate(other);
  CHECK(a.size() == b.size());
  for (std::uint32_t p = 0; p < 50; ++p) {
    auto other_number = of_proxy(b, p * 7 % 50);
    for (Delivery& d : other_number) d.proxy = p;
    CHECK(of_proxy(a, p) == other_number);
  }
}

TEST_CASE("a proxy draws the same delays in a fleet of one and of a thousand") {
  models::ControlPlaneSpec spec = random_stages();
  spec.throttle = 100000;
  const std::vector<sim::Time> changes = {0, 500 * kMs, 5 * sim::kSecond};
  const auto alone = propagate(input(spec, changes, {fleet(1000)[7]}));
  auto among = of_proxy(propagate(input(spec, changes, fleet(1000))), 7);
  for (Delivery& d : among) d.proxy = 0;
  CHECK(alone == among);
  CHECK_FALSE(alone.empty());
}

TEST_CASE("another key draws other delays, the same key the same") {
  const models::ControlPlaneSpec spec = random_stages();
  auto in = input(spec, {0}, fleet(5));
  const auto first = propagate(in);
  CHECK(propagate(in) == first);
  in.key = 8;
  CHECK_FALSE(propagate(in) == first);
}
