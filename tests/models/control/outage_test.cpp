#include <doctest/doctest.h>

#include <vector>

#include "models/control/control_plane.h"
#include "tests/models/control/fixture.h"

namespace {

using namespace control_test;
using models::Delivery;
using models::Outage;

}  // namespace

TEST_CASE("outages that overlap or touch are one, and empty ones are none") {
  CHECK(models::merged({{50, 60}, {10, 20}, {15, 30}, {30, 31}, {40, 40}}) == std::vector<Outage>{{10, 31}, {50, 60}});
}

TEST_CASE("a change made while the control plane is down arrives after it is up again") {
  models::ControlPlaneSpec spec = instant();
  spec.watch_delay = ms(20);
  spec.push_context = ms(50);
  auto in = input(spec, {5 * sim::kSecond}, fleet(1));
  in.outages = {{4 * sim::kSecond, 10 * sim::kSecond}};
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].change == 0);
  CHECK(deliveries[0].at >= 10070 * kMs);
  // The back-off before the one that ended the wait began while the control plane was down: it cannot be longer.
  CHECK(deliveries[0].at < 10070 * kMs + 8 * sim::kSecond + sim::kSecond);
}

TEST_CASE("an event that was watched but not yet pushed is lost with the control plane and listed again") {
  models::ControlPlaneSpec spec = instant();
  spec.debounce_quiet = 100 * kMs;
  auto in = input(spec, {0}, fleet(1));
  in.outages = {{50 * kMs, 60 * kMs}};
  const auto waves = pushes(in);
  REQUIRE(waves.size() == 1);
  CHECK(waves[0].recovery);
  CHECK(waves[0].change == 0);
  REQUIRE(propagate(in).size() == 1);
  CHECK(propagate(in)[0].at >= 60 * kMs);
}

TEST_CASE("what is on the network still applies, what is being generated is lost") {
  models::ControlPlaneSpec spec = instant();
  spec.generate = ms(100);
  spec.network = ms(100);
  auto in = input(spec, {0}, fleet(1));
  in.outages = {{100 * kMs + 1, sim::kSecond}};
  CHECK(propagate(in).front().at == 200 * kMs + 1);
  in.outages = {{100 * kMs, sim::kSecond}};
  CHECK(propagate(in).front().at >= sim::kSecond + 200 * kMs);
}

TEST_CASE("proxies keep what they have: an outage without changes delivers nothing") {
  const models::ControlPlaneSpec spec = instant();
  auto in = input(spec, {0}, fleet(20));
  const auto before = propagate(in);
  in.outages = {{sim::kSecond, 5 * sim::kSecond}};
  CHECK(propagate(in) == before);
}

TEST_CASE("a change after the outage is watched as usual") {
  models::ControlPlaneSpec spec = instant();
  spec.watch_delay = ms(20);
  auto in = input(spec, {200 * sim::kSecond}, fleet(3));
  in.outages = {{sim::kSecond, 2 * sim::kSecond}};
  for (const Delivery& d : propagate(in)) CHECK(d.at == 200 * sim::kSecond + 20 * kMs + 1);
}

TEST_CASE("connections come back no faster than the throttle per second allows") {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 20;
  auto in = input(spec, {30 * sim::kSecond}, fleet(400));
  in.outages = {{10 * sim::kSecond, 60 * sim::kSecond}};
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 400);
  CHECK(deliveries.front().at >= 60 * sim::kSecond);
  for (std::size_t i = 20; i < deliveries.size(); ++i) CHECK(deliveries[i].at - deliveries[i - 20].at >= sim::kSecond);
  CHECK(deliveries.back().at >= (60 + 399 / 20) * sim::kSecond);
}

TEST_CASE("who is refused backs off, so a herd takes longer than its admission alone") {
  models::ControlPlaneSpec spec = instant();
  spec.throttle = 20;
  auto in = input(spec, {200 * kMs}, fleet(200));
  in.outages = {{100 * kMs, 300 * kMs}};  // all of them try again within half a second: 20 are admitted in time
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 200);
  CHECK(deliveries.back().at > 11 * sim::kSecond);
}

TEST_CASE("a long outage leaves proxies up to one back-off of 30 seconds behind") {
  const models::ControlPlaneSpec spec = instant();
  auto in = input(spec, {100 * sim::kSecond}, fleet(2000));
  in.outages = {{50 * sim::kSecond, 600 * sim::kSecond}};
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 2000);
  CHECK(deliveries.back().at <= 630 * sim::kSecond);
  CHECK(deliveries.back().at > 625 * sim::kSecond);
  double late = 0;
  for (const Delivery& d : deliveries) late += sim::to_seconds(d.at - 600 * sim::kSecond) / 2000;
  // The back-off that the end falls into is length-biased, U{0..30 s}: its rest has the mean E[U^2] / (2 E[U]) = 10 s.
  CHECK(late == doctest::Approx(10).epsilon(0.05));
}

TEST_CASE("a control plane that falls again before it has read everything serves nobody") {
  models::ControlPlaneSpec spec = instant();
  spec.push_context = ms(2000);
  auto in = input(spec, {1500 * kMs}, fleet(5));
  in.outages = {{sim::kSecond, 2 * sim::kSecond}, {3 * sim::kSecond, 4 * sim::kSecond}};
  const auto waves = pushes(in);
  REQUIRE(waves.size() == 1);
  CHECK(waves[0].enqueued == 6 * sim::kSecond);
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 5);
  CHECK(deliveries.front().at >= 6 * sim::kSecond);
}

TEST_CASE("changes while everything is read again are pushed right after") {
  models::ControlPlaneSpec spec = instant();
  spec.push_context = ms(2000);
  auto in = input(spec, {1500 * kMs, 2500 * kMs, 3900 * kMs}, fleet(1));
  in.outages = {{sim::kSecond, 2 * sim::kSecond}};
  const auto waves = pushes(in);
  REQUIRE(waves.size() == 2);
  CHECK(waves[0].change == 0);
  CHECK(waves[1].change == 2);
  CHECK(waves[1].decided == 4 * sim::kSecond);
  CHECK(waves[1].enqueued == 6 * sim::kSecond);
}

TEST_CASE("an outage that does not end within the run leaves the last good configuration") {
  const models::ControlPlaneSpec spec = instant();
  auto in = input(spec, {0, 20 * sim::kSecond}, fleet(4));
  in.outages = {{10 * sim::kSecond, 2 * in.until}};
  const auto deliveries = propagate(in);
  REQUIRE(deliveries.size() == 4);
  for (const Delivery& d : deliveries) CHECK(d.change == 0);
}

TEST_CASE("nothing is watched before everything is listed") {
  models::ControlPlaneSpec spec = instant();
  spec.watch_delay = sim::Distribution::exponential(500e6);
  for (sim::Key seed = 1; seed <= 20; ++seed) {
    auto in = input(spec, {2001 * kMs, 2002 * kMs, 2003 * kMs, 2004 * kMs}, fleet(1));
    in.key = seed;
    in.outages = {{sim::kSecond, 2 * sim::kSecond}};
    const auto waves = pushes(in);
    REQUIRE(waves.size() >= 2);
    for (std::size_t i = 1; i < waves.size(); ++i) CHECK(waves[i].first >= waves[0].decided);
  }
}
