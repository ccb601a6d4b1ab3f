#include "tools/meshsim/effective.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "models/plan/arrangement.h"
#include "models/plan/compile_guards.h"
#include "models/plan/compile_limits.h"
#include "models/plan/compile_policies.h"
#include "models/plan/gateway.h"
#include "models/plan/origins.h"
#include "models/policy/failfast.h"
#include "models/policy/product.h"
#include "models/spec/waypoint.h"
#include "scenarios/reader/scalars.h"
#include "scenarios/reader/words.h"
#include "tools/meshsim/effective_words.h"

namespace meshsim {
namespace {

using models::EnforcedBy;
using models::HolderPlan;
using models::kNone;
using models::Origin;
using models::PolicyPart;
using models::SaidBy;

constexpr const char* kGateway = "gateway";  // as the user calls it

std::string name_of(const models::Plan& plan, std::uint32_t service) {
  return plan.services[service].gateway ? kGateway : plan.catalog.services[service].name;
}

struct Describer {
  const models::ScenarioSpec& spec;
  const models::CandidateSpec& candidate;
  const models::Plan& plan;
  std::uint32_t after;
  models::Deviations deviations;
  std::uint32_t caller = 0, callee = 0, cluster = 0;  // caller: or the waypoint between
  std::uint32_t own_caller = 0, own_cluster = 0;      // the application's
  std::vector<EffectiveValue> out{};

  void find(const Edge& edge) {
    for (std::uint32_t c = 0; c < plan.clusters.size(); ++c) {
      if (name_of(plan, plan.clusters[c].caller) != edge.caller) continue;
      if (models::behind(plan.catalog.services[plan.clusters[c].callee].name) != edge.callee) continue;
      own_cluster = cluster = c;
      own_caller = caller = plan.clusters[c].caller;
      callee = plan.clusters[c].callee;
    }
    if (!plan.services[callee].waypoint) return;
    for (std::uint32_t c = 0; c < plan.clusters.size(); ++c) {  // what the waypoint does is what is done
      if (plan.clusters[c].caller == callee) cluster = c;
    }
    caller = callee;
    callee = plan.clusters[cluster].callee;
  }

  [[nodiscard]] std::string language_of(std::uint32_t service) const {
    for (const models::ServiceSpec& s : spec.services) {
      if (s.name == plan.catalog.services[service].name && !s.language.empty()) return s.language;
    }
    return "";
  }

  [[nodiscard]] std::string product_name(const HolderPlan& holder) const {
    const models::ProductDefaults& product = product_of(candidate, holder.by);
    if (!product.family.empty())
      return holder.by == EnforcedBy::Sidecar ? candidate.product : std::string(product.title);
    return "library";
  }

  [[nodiscard]] bool not_enrolled(std::uint32_t service) const {
    if (!candidate.enrolled || plan.services[service].gateway) return false;
    const auto& in = *candidate.enrolled;
    return std::find(in.begin(), in.end(), plan.catalog.services[service].name) == in.end();
  }

  [[nodiscard]] std::string words(const Origin& origin) const {
    switch (origin.by) {
      case SaidBy::Nobody: return "";
      case SaidBy::Defaults: return "policy.defaults";
      case SaidBy::Destination: return "policy." + plan.catalog.services[callee].name;
      case SaidBy::Deviation: return "deviation";
      case SaidBy::Change: return "change " + origin.change;
    }
    return "";
  }

  [[nodiscard]] Origin origin(PolicyPart part, const HolderPlan& holder) const {
    const bool deviates = holder.by == EnforcedBy::Library || holder.by == EnforcedBy::Proxyless;
    return origin_of(spec, deviations, plan.catalog.services[caller].name, plan.catalog.services[callee].name,
                     deviates && &holder == &plan.holders[caller], after, part);
  }

  // Who decided; `silent`: who does if nobody said anything.
  [[nodiscard]] std::string from(PolicyPart part, const HolderPlan& holder, const std::string& silent) const {
    const Origin who = origin(part, holder);
    const std::uint32_t knob = models::bit(knob_of(part));
    const bool accrual = part == PolicyPart::Accrual;
    if (who.by != SaidBy::Nobody && (product_of(candidate, holder.by).lacks & knob) != 0 && !accrual)
      return fmt::format("{} cannot ({} asks for it)", product_name(holder), words(who));
    if (who.by != SaidBy::Nobody && (holder.supports & knob) == 0) {
      const std::string language = language_of(&holder == &plan.holders[caller] ? caller : callee);
      return fmt::format("the {}library cannot ({} asks for it)", language.empty() ? "" : language + " ", words(who));
    }
    return who.by == SaidBy::Nobody ? silent : words(who);
  }

  [[nodiscard]] static std::string carrier(const HolderPlan& holder, PolicyPart part) {
    if (holder.by == EnforcedBy::None) return "";
    return models::name_of(holder.carriers[static_cast<std::size_t>(knob_of(part))]);
  }

  void add(std::string name, std::string value, std::string who, std::string how = "") {
    out.push_back({std::move(name), std::move(value), std::move(who), std::move(how)});
  }
  void add(std::string name, PolicyPart part, const HolderPlan& holder, std::string value, const std::string& silent) {
    add(std::move(name), std::move(value), from(part, holder, silent), carrier(holder, part));
  }

  void who_acts() {
    const HolderPlan& client = plan.holders[caller];
    std::string acts;
    switch (client.by) {
      case EnforcedBy::None: acts = "nobody"; break;
      case EnforcedBy::Library: acts = "the caller's " + product_name(client); break;
      case EnforcedBy::Proxyless:
        acts = "the caller's " + product_name(client) + ", configured by a control plane";
        break;
      case EnforcedBy::Ambient: acts = "nobody: the nodes' proxies see connections"; break;
      case EnforcedBy::Node:
      case EnforcedBy::Sidecar:
      case EnforcedBy::Gateway: acts = "the caller's proxy, " + candidate.product; break;
    }
    if (plan.services[caller].waypoint) acts = "the callee's waypoint, " + candidate.product;
    add("enforcer", acts, not_enrolled(own_caller) ? "not enrolled: others" : "candidate");
  }

  // What the application itself does, or the library that it keeps above its proxy.
  void application(const std::string& endpoint) {
    std::set<std::string> done;
    for (const models::CallPlan& call : plan.calls) {
      if (call.cluster != own_cluster || call.app_policy == kNone) continue;
      const std::string& name = plan.catalog.endpoints[call.endpoint].name;
      if (!endpoint.empty() && endpoint != name) continue;
      const models::CallPolicy& own = plan.policies[call.app_policy];
      std::string value = "timeout " + words_of_timeout(own.timeout) + "; retries " + words_of_retries(own);
      if (own.retry.max > 0) value += "; backoff " + words_of_backoff(own);
      const bool kept = candidate.keeps_library && plan.holders[caller].by == EnforcedBy::Sidecar && !says_itself(name);
      if (!done.insert(name + value).second) continue;
      add("own " + name, value, kept ? "the library that is kept" : "application's own call", "redeploy");
    }
  }

  // Some call of the caller to this endpoint has a timeout or retries of its own.
  [[nodiscard]] bool says_itself(const std::string& endpoint) const {
    for (const models::ServiceSpec& s : spec.services) {
      if (s.name != plan.catalog.services[own_caller].name) continue;
      for (const models::VersionSpec& v : s.versions) {
        for (const models::EndpointSpec& e : v.endpoints) {
          if (says_itself(e.steps, endpoint)) return true;
        }
      }
    }
    return false;
  }
  [[nodiscard]] bool says_itself(const std::vector<models::StepSpec>& steps, const std::string& endpoint) const {
    return std::any_of(steps.begin(), steps.end(), [&](const models::StepSpec& step) {
      const bool it = step.call && step.call->service == plan.catalog.services[callee].name &&
                      step.call->endpoint == endpoint && (step.call->timeout || step.call->retries);
      return it || says_itself(step.children, endpoint);
    });
  }

  void client_end() {
    const HolderPlan& client = plan.holders[caller];
    const models::Routing& routing = plan.routings[after * plan.clusters.size() + cluster];
    const std::string product = client.by == EnforcedBy::None ? "no proxy, no library" : product_name(client);
    if (!sees_requests(client)) {
      const bool none = client.by == EnforcedBy::None;
      add("loadBalancer", words_of_balancer(routing),
          !none                     ? "ztunnel"
          : candidate.load_balancer ? "candidate"
                                    : "kube-proxy");
      weights(routing);
      return;
    }
    const models::CallPolicy& policy = plan.policies[routing.policy];
    add("timeout", PolicyPart::Timeout, client, words_of_timeout(policy.timeout), product);
    if (routing.deadline != models::DeadlinePropagation::None ||
        origin(PolicyPart::Deadline, client).by != SaidBy::Nobody)
      add("deadlines", PolicyPart::Deadline, client, std::string(reader::word_of(routing.deadline)), product);
    add("retries", PolicyPart::Retries, client, words_of_retries(policy), product);
    if (policy.retry.leave_tried_zones && !routing.own_zone_first)
      out.back().value += ", which none is: none is preferred";
    if (policy.retry.max > 0 && policy.hedging != models::Hedging::ByDelay)
      add("backoff", PolicyPart::Backoff, client, words_of_backoff(policy), product);
    if (policy.hedging != models::Hedging::None || origin(PolicyPart::Hedging, client).by != SaidBy::Nobody)
      hedging(client, policy, product);
    if (policy.budget.kind != models::RetryBudget::Kind::None)
      add("retryBudget", PolicyPart::Budget, client, words_of_budget(policy.budget), product);
    add("loadBalancer", PolicyPart::Balancer, client, words_of_balancer(routing), product);
    if (candidate.load_balancer) out.back().from = "candidate";
    weights(routing);
    connected(client, product);
    if (origin(PolicyPart::Warmup, client).by != SaidBy::Nobody) {
      add("warmup", PolicyPart::Warmup, client, words_of_warmup(plan, routing), product);
      if (!product_of(candidate, client.by).warms_up)
        out.back().from = fmt::format("{} cannot ({} asks for it)", product, words(origin(PolicyPart::Warmup, client)));
    }
    if (routing.own_zone_first || origin(PolicyPart::Locality, client).by != SaidBy::Nobody)
      add("localityLbSetting", PolicyPart::Locality, client,
          routing.own_zone_first ? "own zone first, others below 71.4% healthy" : "none", product);
    if (routing.pool != kNone)
      add("connectionPool", PolicyPart::Pool, client, words_of_pool(plan.connection_pools[routing.pool]), product);
    const bool accrual = routing.outlier != kNone && plan.outliers[routing.outlier].accrual;
    const bool asked = origin(PolicyPart::Outliers, client).by != SaidBy::Nobody;
    if (routing.outlier != kNone || asked)
      add(accrual ? "failureAccrual" : "outlierDetection", accrual ? PolicyPart::Accrual : PolicyPart::Outliers, client,
          routing.outlier == kNone ? "none" : words_of_outliers(plan.outliers[routing.outlier]), product);
    if (plan.services[callee].versions > 1)
      add("split", PolicyPart::Split, client, words_of_split(plan, routing, callee), "replicas of each version");
    extras(client, routing);
  }

  void hedging(const HolderPlan& client, const models::CallPolicy& policy, const std::string& product) {
    add("hedging", PolicyPart::Hedging, client, words_of_hedging(policy), product);
    if (policy.hedging != models::Hedging::None || (client.supports & bit(models::Knob::Retries)) == 0) return;
    const bool able = product_of(candidate, client.by).hedges == models::Hedges::OnPerTryTimeout;
    const std::string who = words(origin(PolicyPart::Hedging, client));
    out.back().from = able && policy.per_try == 0 ? fmt::format("no perTryTimeout ({} asks for it)", who)
                                                  : fmt::format("{} cannot this way ({} asks for it)", product, who);
  }

  void weights(const models::Routing& routing) {
    if (models::unequal_weights(plan, callee))
      add("weights", words_of_weights(plan, routing, callee), "services." + plan.catalog.services[callee].name);
  }

  // Who picks among connected replicas only, and what happens when there is none.
  void connected(const HolderPlan& client, const std::string& product) {
    const models::Maker maker = product_of(candidate, client.by).maker;
    if (maker == models::Maker::Linkerd) {
      add("replicas",
          fmt::format("connected ones; while there is none {} calls at most wait for {}, then all fail at once",
                      models::kFailFastQueue, words_of_timeout(models::kFailFastTimeout)),
          product);
    } else if (maker == models::Maker::Grpc && plan.services[callee].grpc) {
      add("replicas", "connected ones", product);
    }
  }

  void extras(const HolderPlan& client, const models::Routing& routing) {
    const bool faulty = origin(PolicyPart::Fault, client).by != SaidBy::Nobody;
    if (faulty)
      add("fault", PolicyPart::Fault, client,
          routing.fault == models::kNoExtra ? "none" : words_of_fault(plan.faults_injected[routing.fault]), "");
    if (origin(PolicyPart::Mirror, client).by == SaidBy::Nobody) return;
    std::string value = "none";
    if (routing.mirror != models::kNoExtra) {
      const models::MirrorPlan& mirror = plan.mirrors[routing.mirror];
      value = fmt::format("{} of requests to {}", reader::write_percent(mirror.share),
                          plan.catalog.services[callee].versions[mirror.version - plan.services[callee].first_version]);
    }
    add("mirror", PolicyPart::Mirror, client, value, "");
  }

  void encryption() {
    const HolderPlan& client = plan.holders[caller];
    const HolderPlan& server = plan.holders[callee];
    const models::Routing& routing = plan.routings[after * plan.clusters.size() + cluster];
    const bool mtls = routing.mtls && client.by != EnforcedBy::None;
    const bool refused = !mtls && !server.strict.empty() && server.strict[after] != 0;
    const Origin who = origin(PolicyPart::Mtls, client);
    std::string from = words(who);
    if (mtls && client.always_mtls && server.always_mtls) {
      from = product_name(client);
    } else if (client.by != server.by && !mtls) {
      from = fmt::format("{} calls {}", reader::word_of(client.by), reader::word_of(server.by));
    } else if (from.empty()) {
      from = is_proxied(client) && mtls ? "automatic between proxies" : "nobody asks for it";
    }
    add("mtls",
        refused ? "refused: the callee is STRICT"
        : mtls  ? "mTLS"
                : "plain text",
        from, carrier(client, PolicyPart::Mtls));
  }

  void server_end() {
    const HolderPlan& server = plan.holders[plan.services[caller].waypoint ? caller : callee];
    const bool http = !plan.services[callee].grpc && plan.holders[callee].by == EnforcedBy::Sidecar;
    if (http && (plan.proxy.inbound_retries > 0 || candidate.inbound_retries))
      add("inboundRetries", fmt::format("{} on reset-before-request", plan.proxy.inbound_retries),
          candidate.inbound_retries ? "candidate" : product_name(plan.holders[callee]));
    const models::Intents intents(plan, spec, candidate, models::changes_of(spec));
    const models::DestinationPolicySpec told = intents.at(after, plan.catalog.services[callee].name);
    const auto at_callee = [&](const char* name, PolicyPart part, models::Knob knob, const std::string& value) {
      const bool held = models::guards(server, knob);
      add(name, held ? value : "not enforced", held ? words(origin(part, server)) : "the callee has nobody who could",
          carrier(server, part));
    };
    if (told.rate_limit)
      at_callee("rateLimit", PolicyPart::RateLimit, models::Knob::RateLimit, words_of_rate_limit(*told.rate_limit));
    if (told.allow)
      at_callee("allow", PolicyPart::Authorization, models::Knob::Authorization, words_of_rules(*told.allow));
    if (told.deny)
      at_callee("deny", PolicyPart::Authorization, models::Knob::Authorization, words_of_rules(*told.deny));
  }
};

}  // namespace

std::vector<Edge> edges_of(const models::Plan& plan) {
  std::vector<Edge> edges;
  edges.reserve(plan.clusters.size());
  for (const models::ClusterPlan& cluster : plan.clusters) {
    if (plan.services[cluster.caller].waypoint) continue;  // it acts for those who call it
    edges.push_back({name_of(plan, cluster.caller), models::behind(plan.catalog.services[cluster.callee].name)});
  }
  return edges;
}

std::vector<EffectiveValue> effective_policy(const models::ScenarioSpec& spec, std::size_t candidate,
                                             const models::Plan& plan, const Edge& edge, const std::string& endpoint,
                                             std::uint32_t after) {
  const models::CandidateSpec& chosen = spec.candidates.at(candidate);
  Describer describer{spec, chosen, plan, after, models::Deviations(spec, chosen)};
  describer.find(edge);
  describer.who_acts();
  describer.application(endpoint);
  describer.client_end();
  describer.encryption();
  describer.server_end();
  return std::move(describer.out);
}

std::vector<EffectiveChange> effective_changes(const models::ScenarioSpec& spec, std::size_t candidate,
                                               const models::Plan& plan, const Edge& edge) {
  std::vector<EffectiveChange> out;
  const auto changes = models::changes_of(spec);
  std::vector<EffectiveValue> before = effective_policy(spec, candidate, plan, edge, "", 0);
  for (std::uint32_t k = 0; k < changes.size(); ++k) {
    std::vector<EffectiveValue> now = effective_policy(spec, candidate, plan, edge, "", k + 1);
    EffectiveChange change{changes[k]->name, {}};
    for (const EffectiveValue& value : now) {
      const auto was =
          std::find_if(before.begin(), before.end(), [&](const EffectiveValue& v) { return v.name == value.name; });
      if (was == before.end() || was->value != value.value) change.values.push_back(value);
    }
    for (const EffectiveValue& was : before) {
      const bool stays =
          std::any_of(now.begin(), now.end(), [&](const EffectiveValue& v) { return v.name == was.name; });
      if (!stays) change.values.push_back({was.name, "none", "change " + changes[k]->name, was.carrier});
    }
    if (!change.values.empty()) out.push_back(std::move(change));
    before = std::move(now);
  }
  return out;
}

}  // namespace meshsim
