#include "tests/reference/engine.h"

#include <fmt/format.h>

#include "models/plan/arrangement.h"
#include "models/traffic/releases.h"

namespace reference {

std::string refusal(const models::ScenarioSpec& spec, const models::Plan& plan) {
  if (!plan.changes.empty()) return "changes of the policy";
  if (plan.node_cores > 0.0) return "nodes that share cores";
  for (const bool pooled : plan.pooled) {
    if (pooled) return "connection pools, outlier detection, budgets and balancers that know who is connected";
  }
  for (const models::Routing& r : plan.routings) {
    if (r.balancer > models::LoadBalancer::LeastRequest) return "balancers it does not know";
    if (r.weighted || r.warmup != models::kNoExtra) return "replicas of unequal weight or age";
  }
  for (const models::FaultPlan& f : plan.faults) {
    if (f.application) return "crashes of applications alone";
  }
  if (plan.hedges) return "hedged requests";
  for (const models::CallPolicy& p : plan.policies) {
    if (p.retry.style != models::RetryStyle::Envoy) return "Linkerd's retries";
  }
  if (!plan.faults_injected.empty()) return "fault injection";
  if (!plan.mirrors.empty()) return "mirrors";
  if (plan.carries_deadlines) return "deadlines that travel";
  if (plan.proxy.shared) return "proxies of nodes";
  for (const models::HolderPlan& h : plan.holders) {
    if (h.authorizes || !h.rate_limits.empty()) return "guards of the callee";
  }
  if (plan.may_refuse) return "services that refuse plain text";
  for (const models::ServicePlan& s : plan.services) {
    if (s.gateway || s.waypoint) return "gateways and waypoints";
    if (s.cpu > 0.0) return "processor sharing";
    if (s.when_caller_gone != models::WhenCallerGone::Serve) return "withdrawing and cancelling";
  }
  for (const models::ErrorSpec& e : plan.errors) {
    if (e.per != models::ErrorPer::Attempt) return "errors per request";
  }
  for (const models::ServiceSpec& s : spec.services) {
    const models::ServicePlan* compiled = nullptr;
    for (std::size_t i = 0; i < plan.services.size(); ++i) {
      if (plan.catalog.services[i].name == s.name) compiled = &plan.services[i];
    }
    for (const models::VersionSpec& v : s.versions) {
      if (v.endpoints.size() != compiled->endpoints) return "versions that lack endpoints";
    }
  }
  if (spec.candidates.size() > 1) {
    for (const models::CandidateSpec& c : spec.candidates) {
      if (c.keeps_library) return "libraries below proxies";
    }
  }
  return "";
}

Told simulate(const models::ScenarioSpec& spec, const models::Plan& plan, std::uint64_t seed, std::uint32_t replication,
              bool list_facts) {
  return Engine(spec, plan, models::replication_key(seed, replication), list_facts).run();
}

Engine::Engine(const models::ScenarioSpec& spec, const models::Plan& plan, sim::Key seed, bool list_facts)
    : spec_(spec), plan_(plan), seed_(seed), list_facts_(list_facts) {
  for (std::uint32_t p = 0; p < plan.pods.size(); ++p) {
    Pod& pod = pods_.emplace_back();
    const models::PodPlan& planned = plan.pods[p];
    pod.index = p;
    pod.key = planned.key;
    pod.service = &plan.services[planned.service];
    const models::Catalog::Service& names = plan.catalog.services[planned.service];
    const std::string& version = names.versions[planned.version - pod.service->first_version];
    for (const models::ServiceSpec& s : spec.services) {
      for (const models::VersionSpec& v : s.versions) {
        if (s.name == names.name && v.name == version) pod.version = &v;
      }
    }
    pod.proxied = plan.proxy.present && models::is_proxied(plan.holders[planned.service]);
    pod.free_workers = pod.service->workers;
    pod.proxy.resize(plan.proxy.workers);
  }
}

Told Engine::run() {
  const sim::Time end = plan_.warmup + plan_.duration + plan_.drain;
  agenda_.control(end, 0, [this] { stopped_ = true; });
  for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
    const models::FaultPlan& f = plan_.faults[i];
    agenda_.control(f.at, 2000 + i, [this, &f] { fault(f, true); });
    if (f.until <= end) agenda_.control(f.until, 1000 + i, [this, &f] { fault(f, false); });
  }
  for (std::uint32_t w = 0; w < plan_.workloads.size(); ++w) start_workload(w);
  while (!stopped_) agenda_.next()();
  return std::move(told_);
}

void Engine::fact(std::uint64_t kind, sim::Key key, std::uint64_t detail) {
  told_.fingerprint.add(kind, now(), key, detail);
  // Without those of attempts sent: the engine's trace does not say them in the same words.
  if (list_facts_ && kind != facts::kAttemptSent)
    told_.facts.push_back(fmt::format("{:>15} {} {:016x} {}", now(), kind, key, detail));
}

void Engine::fault(const models::FaultPlan& f, bool begins) {
  for (std::uint32_t p = f.first_pod; p < f.first_pod + f.pods; ++p) {
    Pod& pod = pods_[p];
    switch (f.verb) {
      case models::FaultVerb::Slow:
        pod.slow = 1.0;
        for (const models::FaultPlan& other : plan_.faults) {
          const bool covers = p >= other.first_pod && p < other.first_pod + other.pods;
          const bool active = other.at <= now() && now() < other.until;
          if (other.verb == models::FaultVerb::Slow && covers && active) pod.slow *= other.factor;
        }
        break;
      case models::FaultVerb::Stall:
        pod.stalls += begins ? 1 : -1U;
        if (!begins) drain(pod);
        break;
      case models::FaultVerb::Crash:
        pod.crashes += begins ? 1 : -1U;
        if (begins && pod.crashes == 1) kill(pod);
        break;
    }
  }
}

// The process is gone: what it had asked for is no longer awaited, what was asked of it breaks.
void Engine::kill(Pod& pod) {
  for (Call& call : calls_) {
    if (!call.open || call.client != &pod) continue;
    if (call.outer == nullptr)
      fact(facts::kCallClosed, call.key, static_cast<std::uint64_t>(models::Outcome::Withdrawn));
    if (!call.has_inner) abandon(call, models::Outcome::Withdrawn);
    call.open = false;
  }
  pod.queue.clear();
  const std::size_t known = requests_.size();
  for (std::size_t i = 0; i < known; ++i) {
    Request& r = requests_[i];
    if (r.pod != &pod || r.done) continue;
    if (r.whole == nullptr && !r.arrived) continue;  // on its way
    r.queued = false;
    if (r.has_worker) give_worker(r);
    const auto outcome = r.whole != nullptr ? models::Outcome::Withdrawn : models::Outcome::ConnectionTermination;
    fact(facts::kWorkEnded, r.key, static_cast<std::uint64_t>(outcome));
    r.done = true;
    if (r.whole == nullptr) refuse(r, true);
  }
}

std::uint32_t Engine::service_id(const std::string& name) const {
  for (std::uint32_t i = 0; i < plan_.catalog.services.size(); ++i) {
    if (plan_.catalog.services[i].name == name) return i;
  }
  return models::kNone;
}

std::uint32_t Engine::endpoint_id(std::uint32_t service, const std::string& name) const {
  for (std::uint32_t i = 0; i < plan_.catalog.endpoints.size(); ++i) {
    const models::Catalog::Endpoint& e = plan_.catalog.endpoints[i];
    if (e.service == plan_.catalog.services[service].name && e.name == name) return i;
  }
  return models::kNone;
}

}  // namespace reference
