// The engine against the slow reference engine: the same facts at the same nanoseconds.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "scenarios/reader/reader.h"
#include "tests/reference/agree.h"
#include "tests/support/fleet_builder.h"

namespace fs = std::filesystem;
using models::EnforcedBy;
using models::LoadBalancer;
using models::ScenarioSpec;
using sim::Distribution;
using support::call;
using support::group;
using support::kMs;
using support::service;
using support::work;

namespace {

models::CandidateSpec costly_sidecar() {
  auto c = support::candidate(EnforcedBy::Sidecar);
  c.profile->cpu_per_request = {{0.0, 150'000}};
  c.profile->request_share = 0.3;
  c.profile->response_share = 0.3;
  c.profile->request_latency = Distribution::lognormal(0.1 * kMs, 0.5);
  c.profile->response_latency = Distribution::exponential(0.05 * kMs);
  c.profile->handshake_round_trips = 1;
  c.profile->handshake_client_cpu = 200'000;
  c.profile->handshake_server_cpu = 700'000;
  return c;
}

// A bit of everything: sequence, parallel with a nested sequence, repeats, bounded queues, errors, replicas.
ScenarioSpec busy_fleet() {
  auto web = service("web",
                     {work(Distribution::gamma(1 * kMs, 0.7)), call("cart"),
                      group(models::StepKind::Parallel,
                            {call("ads"), group(models::StepKind::Sequence,
                                                {call("cart"), work(Distribution::exponential(0.2 * kMs))})})},
                     3, 4);
  auto cart = service("cart", {work(Distribution::exponential(2 * kMs)), call("store")}, 2, 3);
  cart.blocking = true;
  cart.queue.capacity = 50;
  auto ads = service("ads", {work(Distribution::lognormal(1 * kMs, 1.5))}, 2, 8);
  ads.versions[0].endpoints[0].errors.rate = 0.02;
  auto store = service("store", {work(Distribution::exponential(1.5 * kMs))}, 3, 2);
  store.versions[0].endpoints[0].errors.rate = 0.01;
  auto spec = support::scenario({web, cart, ads, store}, "web", 600, 6 * sim::kSecond, 1 * sim::kSecond);
  spec.services[0].versions[0].endpoints[0].steps[1].repeat = 2;
  spec.services[0].versions[0].endpoints[0].steps[2].children[0].call->on_failure = models::OnFailure::Ignore;
  spec.network.same_zone = Distribution::shifted(50e3, Distribution::exponential(30e3));
  spec.network.connect_round_trips = 1;
  models::RetrySpec retries;
  retries.max = 2;
  retries.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  retries.per_try_timeout = 12 * sim::kMillisecond;
  spec.policy.defaults.timeout = 30 * sim::kMillisecond;
  spec.policy.defaults.retries = retries;
  const auto fault = [&](const char* name, sim::Time at, models::TimelineVerb verb, const char* target) {
    spec.timeline.push_back(
        {.name = name,
         .at = at,
         .duration = 1 * sim::kSecond,
         .verb = verb,
         .service = target,
         .version = "",
         .replicas = verb == models::TimelineVerb::Crash ? std::optional<std::uint32_t>(1) : std::nullopt,
         .factor = 4.0,
         .change = {}});
  };
  fault("slow", 1 * sim::kSecond, models::TimelineVerb::Slow, "store");
  fault("stall", 2500 * sim::kMillisecond, models::TimelineVerb::Stall, "ads");
  fault("crash", 4 * sim::kSecond, models::TimelineVerb::Crash, "cart");
  spec.candidates = {support::candidate(EnforcedBy::None), support::candidate(EnforcedBy::Library), costly_sidecar()};
  return spec;
}

}  // namespace

TEST_CASE("the engine and the reference engine tell the same facts of a troubled fleet") {
  for (const bool http1 : {false, true}) {
    for (const LoadBalancer balancer :
         {LoadBalancer::ConnectionRandom, LoadBalancer::Random, LoadBalancer::RoundRobin, LoadBalancer::LeastRequest}) {
      ScenarioSpec spec = busy_fleet();
      for (auto& c : spec.candidates) c.load_balancer = balancer;
      if (http1) {
        for (auto& s : spec.services) s.protocol = models::Protocol::Http1;
      }
      for (std::size_t candidate = 0; candidate < 3; ++candidate) {
        CAPTURE(http1);
        CAPTURE(static_cast<int>(balancer));
        CHECK(reference::check_agree(spec, candidate) == "");
      }
    }
  }
}

TEST_CASE("the engine and the reference engine agree on shipped scenarios") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(MESHSIM_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  int compared = 0;
  for (const fs::path& file : files) {
    auto loaded = reader::load(file, {.set = {}, .root = fs::path(MESHSIM_SOURCE_DIR) / "scenarios"});
    REQUIRE(loaded.scenario.has_value());
    ScenarioSpec& spec = *loaded.scenario;
    spec.file = file.filename().string();
    spec.run.warmup = 200 * sim::kMillisecond;
    spec.run.duration = std::min<sim::Duration>(spec.run.duration, 2 * sim::kSecond);
    for (std::size_t candidate = 0; candidate < spec.candidates.size(); ++candidate) {
      compared += reference::check_agree(spec, candidate).empty() ? 1 : 0;
    }
  }
  CHECK(compared >= 40);  // what it cannot run it refuses; that it runs most is part of the test
}
