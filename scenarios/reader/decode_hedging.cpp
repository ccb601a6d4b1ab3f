// Hedged requests, and whether any candidate sends them the way that is asked for.
#include <algorithm>

#include <fmt/format.h>

#include "models/policy/product.h"
#include "scenarios/reader/decode.h"

namespace reader {

using models::CandidateSpec;
using models::DestinationPolicySpec;
using models::EnforcedBy;
using models::Hedges;
using models::HedgingSpec;
using models::ScenarioSpec;

namespace {

bool sends(const CandidateSpec& candidate, Hedges way) {
  const bool some = candidate.enrolled.has_value();
  for (const EnforcedBy by : {candidate.enforced_by, some ? candidate.others : candidate.enforced_by}) {
    if (by == EnforcedBy::None || (by == EnforcedBy::Ambient && candidate.waypoints.empty())) continue;
    if (models::product_of(candidate, by).hedges == way) return true;
  }
  return false;
}

bool has_per_try(const DestinationPolicySpec& policy) {
  return policy.retries && policy.retries->max > 0 && policy.retries->per_try_timeout.value_or(0) > 0;
}

}  // namespace

std::optional<HedgingSpec> Decoder::hedging(NodeId at) {
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, find_field("Destination", "hedging")->form);
    return std::nullopt;
  }
  const Object o(context_, at, "Hedging");
  HedgingSpec out;
  out.on_per_try_timeout = o.boolean("onPerTryTimeout").value_or(false);
  out.delay = o.duration("delay");
  out.max_attempts = static_cast<std::uint32_t>(o.count("maxAttempts").value_or(2));
  if (const NodeId codes = o.get("nonFatalStatusCodes"); codes != kNoNode) {
    models::RetrySpec said;
    retry_conditions(codes, said);
    out.non_fatal = said.retry_on.value_or(0);
    out.non_fatal_status_codes = std::move(said.retriable_status_codes);
  }
  if (!o.has("delay") && !o.has("onPerTryTimeout")) {
    context_.error_at_key(Code::MissingField, at, "`hedging` says neither `delay` nor `onPerTryTimeout`",
                          "delay: 30ms is the way of libraries and gRPC, onPerTryTimeout: true that of Envoy");
  }
  for (const char* key : {"maxAttempts", "nonFatalStatusCodes"}) {
    if (o.has(key) && !o.has("delay"))
      context_.warn(Code::NoEffect, o.get(key), fmt::format("`{}` belongs to hedging by `delay`", key),
                    "with onPerTryTimeout `retries` says how many tries follow");
  }
  return out;
}

// Whoever compares candidates may well have one that cannot; nobody who can is a mistake.
void Decoder::check_hedging(const ScenarioSpec& spec, NodeId root) {
  if (context_.report.failed()) return;
  const auto find = [&](NodeId at, const std::string& key) {
    return context_.is(at, NodeKind::Map) ? context_.tree.find(at, key) : kNoNode;
  };
  const auto some = [&](Hedges way) {
    return std::any_of(spec.candidates.begin(), spec.candidates.end(),
                       [&](const CandidateSpec& candidate) { return sends(candidate, way); });
  };
  const auto& destinations = spec.policy.destinations;
  const bool anywhere = std::any_of(destinations.begin(), destinations.end(),
                                    [](const auto& destination) { return has_per_try(destination.second); });
  const auto check = [&](const std::string& key, const DestinationPolicySpec& policy, bool per_try) {
    const NodeId at = find(find(find(root, "policy"), key), "hedging");
    if (!policy.hedging || at == kNoNode) return;
    const bool soft = policy.hedging->on_per_try_timeout && some(Hedges::OnPerTryTimeout);
    if (soft && !per_try) {
      context_.warn(Code::NoEffect, at, "no per-try timeout: nothing starts a further try",
                    "retries: {max: 1, perTryTimeout: 50ms} beside `hedging`");
    }
    if (soft || (policy.hedging->delay && some(Hedges::ByDelay))) return;
    context_.warn(Code::NoEffect, at, "no candidate sends hedged requests this way",
                  "libraries and gRPC without a control plane do by `delay`; Envoy, Istio and Consul by "
                  "`onPerTryTimeout`; Linkerd and gRPC over xDS not at all");
  };
  check("defaults", spec.policy.defaults, has_per_try(spec.policy.defaults) || anywhere);
  for (const auto& [name, policy] : destinations) {
    check(name, policy, policy.retries ? has_per_try(policy) : has_per_try(spec.policy.defaults));
  }
}

}  // namespace reader
