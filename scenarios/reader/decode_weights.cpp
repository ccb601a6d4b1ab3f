// Weights of replicas, warm-ups, and whether any candidate looks at them.
#include <algorithm>

#include <fmt/format.h>

#include "models/policy/product.h"
#include "scenarios/reader/decode.h"

namespace reader {

using models::CandidateSpec;
using models::EnforcedBy;
using models::LoadBalancer;
using models::ScenarioSpec;
using models::ServiceSpec;
using models::VersionSpec;
using models::WarmupSpec;

namespace {

bool schedules(std::optional<LoadBalancer> balancer) {
  return !balancer || *balancer == LoadBalancer::RoundRobin || *balancer == LoadBalancer::LeastRequest;
}

// Whether somebody who acts in the candidate has a product with the trait, and a balancer to go with it.
bool anybody(const CandidateSpec& candidate, bool models::ProductDefaults::*trait) {
  const bool some = candidate.enrolled.has_value();
  for (const EnforcedBy by : {candidate.enforced_by, some ? candidate.others : candidate.enforced_by}) {
    if (by == EnforcedBy::Ambient && candidate.waypoints.empty()) continue;
    if (by != EnforcedBy::None && models::product_of(candidate, by).*trait) return schedules(candidate.load_balancer);
  }
  return false;
}

bool unequal(const ServiceSpec& service) {
  std::uint32_t least = models::kUnlimited;
  std::uint32_t most = 0;
  for (const VersionSpec& version : service.versions) {
    const auto [low, high] = std::minmax_element(version.weights.begin(), version.weights.end());
    if (version.replicas == 0) continue;
    least = std::min(least, version.weights.empty() ? 1 : *low);
    most = std::max(most, version.weights.empty() ? 1 : *high);
  }
  return least < most;
}

}  // namespace

// REQUIRES: the number of replicas is known.
void Decoder::weights(NodeId at, const Field& field, VersionSpec& version) {
  if (context_.is(at, NodeKind::Scalar)) {
    if (const auto n = context_.count(at, &field))
      version.weights.assign(version.replicas, static_cast<std::uint32_t>(*n));
    return;
  }
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, field.form);
    return;
  }
  std::vector<std::uint32_t> list;
  for (const NodeId c : context_.tree.children(at)) {
    if (const auto n = context_.count(c, &field)) list.push_back(static_cast<std::uint32_t>(*n));
  }
  if (const std::size_t said = context_.node(at).size; said != version.replicas) {
    context_.error(Code::ReplicaMismatch, at,
                   fmt::format("{} weight{} for {} replica{}", said, said == 1 ? "" : "s", version.replicas,
                               version.replicas == 1 ? "" : "s"),
                   "one for each replica, in order; one number alone is the weight of all");
  } else {
    version.weights = std::move(list);
  }
}

std::optional<WarmupSpec> Decoder::warmup(NodeId at) {
  WarmupSpec out;
  if (context_.is(at, NodeKind::Scalar)) {
    const auto duration = context_.duration(at, find_field("Warmup", "duration"));
    if (!duration) return std::nullopt;
    out.duration = *duration;
    return out;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, find_field("Destination", "warmup")->form);
    return std::nullopt;
  }
  const Object o(context_, at, "Warmup");
  out.duration = o.duration("duration").value_or(0);
  out.minimum = o.real("minimumPercent").value_or(out.minimum);
  out.aggression = o.real("aggression").value_or(out.aggression);
  return out;
}

// Whoever compares candidates may well have one that does not look; nobody who does is a mistake.
void Decoder::check_weights(const ScenarioSpec& spec, NodeId root) {
  if (context_.report.failed()) return;
  const auto find = [&](NodeId at, const std::string& key) {
    return context_.is(at, NodeKind::Map) ? context_.tree.find(at, key) : kNoNode;
  };
  const auto balancer = [&](const std::string& service) {
    const auto own = spec.policy.destinations.find(service);
    const bool said = own != spec.policy.destinations.end() && own->second.load_balancer;
    return said ? own->second.load_balancer : spec.policy.defaults.load_balancer;
  };
  const auto& all = spec.candidates;
  const auto layer_4 = [](const CandidateSpec& c) { return c.enforced_by == EnforcedBy::Ambient; };
  const auto weighs = [](const CandidateSpec& c) { return anybody(c, &models::ProductDefaults::weighs); };
  const auto warms_up = [](const CandidateSpec& c) { return anybody(c, &models::ProductDefaults::warms_up); };
  const bool some_weigh = std::any_of(all.begin(), all.end(), weighs);
  for (const ServiceSpec& service : spec.services) {
    if (!unequal(service) || std::any_of(all.begin(), all.end(), layer_4)) continue;
    if (some_weigh && schedules(balancer(service.name))) continue;
    const NodeId at = find(find(root, "services"), service.name);
    const NodeId own = find(at, "weights");
    context_.warn(Code::NoEffect, own == kNoNode ? at : own,
                  fmt::format("nobody looks at the weights of `{}`", service.name),
                  "sidecars of Istio, Envoy and Consul do with ROUND_ROBIN and LEAST_REQUEST, ztunnels by connection");
  }
  if (std::any_of(all.begin(), all.end(), warms_up)) return;
  const auto warn = [&](const std::string& key, const models::DestinationPolicySpec& policy) {
    const NodeId at = find(find(find(root, "policy"), key), "warmup");
    if (!policy.warmup || policy.warmup->duration == 0 || at == kNoNode) return;
    context_.warn(Code::NoEffect, at, "no candidate has a warm-up",
                  "sidecars and waypoints of Istio and Envoy have, with ROUND_ROBIN and LEAST_REQUEST");
  };
  warn("defaults", spec.policy.defaults);
  for (const auto& [name, policy] : spec.policy.destinations) warn(name, policy);
}

}  // namespace reader
