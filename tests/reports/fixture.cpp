#include "tests/reports/fixture.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

namespace reports_test {
namespace {

using models::Outcome;
using models::Part;

// SplitMix64 (Steele, Lea, Flood 2014); good enough to spread latencies.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

void observe(models::EntryResults& entry, const Shape& shape, Noise& noise, sim::Time at,
             const models::Catalog& catalog) {
  const double u = noise.uniform();
  const double v = noise.uniform();
  const bool slow = at >= catalog.windows[1].from && at < catalog.windows[1].to;
  const double stretch = (0.5 + 1.0 / (1.02 - u)) * (slow ? 2.0 : 1.0);
  const auto work = static_cast<std::int64_t>(static_cast<double>(shape.base_ns) * stretch);
  const std::int64_t latency = work + shape.proxy_ns;
  const bool failed = v < shape.fail_share * (slow ? 4.0 : 1.0);
  const std::size_t window = at < catalog.windows[1].from ? 0 : slow ? 1 : 2;
  const Outcome outcome = !failed ? Outcome::Ok : v < shape.fail_share * 0.7 ? Outcome::Timeout : Outcome::Error;
  for (models::EntryWindow* w : {&entry.total, &entry.windows[window],
                                 &entry.timeline[static_cast<std::size_t>(at / catalog.timeline_bucket)]}) {
    ++w->arrivals;
    ++w->outcomes[static_cast<std::size_t>(outcome)];
    (failed ? w->failed : w->ok).observe(latency);
    if (!failed) {
      w->ok_runs.observe(latency);
    }
  }
  if (!failed) {
    std::array<std::int64_t, models::kParts> parts{};
    parts[static_cast<std::size_t>(Part::Application)] = work / 2;
    parts[static_cast<std::size_t>(Part::Queueing)] = work - work / 2 - work / 8;
    parts[static_cast<std::size_t>(Part::Network)] = work / 8;
    parts[static_cast<std::size_t>(Part::Sidecars)] = shape.proxy_ns;
    entry.attribution.observe(latency, parts);
  }
}

models::EdgeResults edge(std::uint64_t calls, std::uint64_t timeouts, std::int64_t latency) {
  models::EdgeResults edge;
  edge.calls = calls;
  edge.attempts = calls + timeouts * 2;
  edge.outcomes[static_cast<std::size_t>(Outcome::Ok)] = calls - timeouts;
  edge.outcomes[static_cast<std::size_t>(Outcome::Timeout)] = timeouts;
  edge.attempt_outcomes[static_cast<std::size_t>(Outcome::Ok)] = calls - timeouts;
  edge.attempt_outcomes[static_cast<std::size_t>(Outcome::PerTryTimeout)] = timeouts * 3;
  edge.late_responses = timeouts;
  edge.handshakes = 4;
  for (int i = 1; i <= 100; ++i) {
    edge.ok.observe(latency * i / 50);
  }
  if (timeouts > 0) {
    edge.failed.observe(250'000'000);
  }
  return edge;
}

models::Results replication(const Shape& shape, std::uint32_t index, const models::Catalog& catalog) {
  models::Results results;
  results.entries.resize(catalog.entries.size());
  for (std::size_t e = 0; e < catalog.entries.size(); ++e) {
    models::EntryResults& entry = results.entries[e];
    entry.windows.resize(catalog.windows.size());
    entry.timeline.resize(static_cast<std::size_t>(catalog.duration / catalog.timeline_bucket));
    Noise noise(shape.noise_seed * 1'000'003 + index * 1009 + e);
    const std::uint64_t requests = shape.requests + noise.next() % 100;
    for (std::uint64_t i = 0; i < requests; ++i) {
      const auto at = static_cast<sim::Time>(noise.uniform() * static_cast<double>(catalog.duration));
      observe(entry, shape, noise, at, catalog);
    }
    results.fingerprint.add(1, static_cast<sim::Time>(index), e, entry.total.outcomes[0]);
  }
  results.edges = {edge(shape.requests, shape.requests / 200 + index % 3, shape.base_ns / 2 + shape.proxy_ns),
                   edge(shape.requests * 2, 0, shape.base_ns / 4 + shape.proxy_ns)};
  results.endpoints.resize(catalog.endpoints.size());
  results.services.resize(catalog.services.size());
  for (std::size_t s = 0; s < results.services.size(); ++s) {
    models::ServiceResults& service = results.services[s];
    const auto share = static_cast<std::int64_t>(s + 2);
    service.busy_worker_time = catalog.duration * share + static_cast<std::int64_t>(index) * 1'000'000;
    service.worker_time = catalog.duration * 8;
    service.cpu_time = catalog.duration * share / 2;
    service.in_system_time = catalog.duration * share;
    service.queue_time = catalog.duration / 10 * static_cast<std::int64_t>(s) + index;
    service.version_requests = {shape.requests};
    if (catalog.services[s].versions.size() == 2) {
      service.version_requests = {shape.requests * 9 / 10, shape.requests / 10};
    }
    models::EndpointResults& endpoint = results.endpoints[s];
    endpoint.requests = shape.requests;
    endpoint.waited = shape.requests / 4;
    endpoint.rejected = s == 1 ? 3 : 0;
    for (int i = 1; i <= 100; ++i) {
      endpoint.wait.observe(100'000 * i);
      endpoint.sojourn.observe(300'000 * i);
    }
  }
  results.resources.app_cpu = catalog.duration * 9 / 2 + index * 1000;
  results.resources.useful_cpu = results.resources.app_cpu * 97 / 100;
  if (shape.sidecar) {
    results.resources.proxy_client_cpu = catalog.duration / 2 + index * 500;
    results.resources.proxy_server_cpu = catalog.duration * 2 / 5;
    results.resources.handshake_cpu = 30'000'000;
    results.resources.handshakes = 24;
  }
  return results;
}

}  // namespace

models::ScenarioSpec shop() {
  models::ScenarioSpec spec;
  spec.file = "shop.yaml";
  spec.question = "What do sidecars cost this shop, and what do they save when payment turns slow?";
  spec.seed = 7;
  spec.run.duration = 60 * sim::kSecond;
  spec.run.replications = 12;
  return spec;
}

Made make(const Shape& shape) {
  Made made;
  models::Catalog& catalog = made.catalog;
  catalog.candidate = shape.candidate;
  catalog.entries = {{"web/checkout", "shoppers", 200.0, false}, {"web/home", "browsers", 200.0, false}};
  catalog.endpoints = {{"cart", "get"}, {"payment", "charge"}, {"web", "checkout"}};
  catalog.services = {
      {"cart", {"v1"}, 2, 4, 0.24}, {"payment", {"v1", "v2"}, 2, 4, 0.36}, {"web", {"v1"}, 2, models::kUnlimited, 0.0}};
  catalog.edges = {{"web", "cart/get"}, {"web", "payment/charge"}};
  catalog.duration = 60 * sim::kSecond;
  catalog.warmup = 10 * sim::kSecond;
  catalog.drain = 5 * sim::kSecond;
  catalog.timeline_bucket = sim::kSecond;
  catalog.windows = {{"before slow-payment", 0, 20 * sim::kSecond},
                     {"during slow-payment", 20 * sim::kSecond, 35 * sim::kSecond},
                     {"after slow-payment", 35 * sim::kSecond, 60 * sim::kSecond}};
  catalog.pods = 6;
  catalog.app_memory_mb = 3000.0;
  if (shape.sidecar) {
    catalog.enforced_by = models::EnforcedBy::Sidecar;
    catalog.product = "istio-1.24";
    catalog.profile = "istio-1.24";
    catalog.profile_date = "2024-11";
    catalog.profile_source = "istio.io performance page";
    catalog.profile_assumed = {"responseShare"};
    catalog.proxies = 6;
    catalog.enrolled = 3;
    catalog.distinct_policies = 1;
    for (models::Catalog::Edge& edge : catalog.edges) {
      edge.mtls = edge.telemetry = true;
      edge.retry_layers = 1;
      edge.attempts = 3;
    }
    catalog.proxy_memory_mb = 360.0;
    catalog.notes = {"Istio: no timeout, 2 retries on connect-failure to other replicas"};
  }
  made.run.name = shape.candidate;
  for (std::uint32_t r = 0; r < shape.replications; ++r) {
    made.run.replications.push_back(replication(shape, r, catalog));
    made.run.merged.merge(made.run.replications.back());
    made.run.replications.back().drop_details();
  }
  return made;
}

Shape none_shape() { return {}; }

Shape sidecar_shape() {
  Shape shape;
  shape.candidate = "sidecar";
  shape.proxy_ns = 900'000;
  shape.fail_share = 0.0007;
  shape.sidecar = true;
  return shape;
}

bool matches_golden(const std::string& name, const std::string& content) {
  const std::string path = std::string(MESHSIM_SOURCE_DIR) + "/tests/reports/golden/" + name;
  if (std::getenv("MESHSIM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << content;
    return true;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string expected((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (expected == content) {
    return true;
  }
  std::size_t at = 0;
  while (at < expected.size() && at < content.size() && expected[at] == content[at]) {
    ++at;
  }
  std::cerr << "differs from golden/" << name << " at byte " << at << ": expected \"" << expected.substr(at, 80)
            << "\", got \"" << content.substr(at, 80)
            << "\"; look at the difference, then run with MESHSIM_UPDATE_GOLDEN=1\n";
  return false;
}

}  // namespace reports_test
