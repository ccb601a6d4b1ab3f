#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::DestinationPolicySpec;
using models::LoadBalancer;
using models::PolicySpec;

PolicySpec Decoder::policy(NodeId at) {
  PolicySpec out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Policy");
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    const std::string key = context_.tree.key_of(c);
    const Field* row = find_field("Policy", key);
    if (row != nullptr && row->later) {
      context_.error_at_key(Code::NotYetSupported, c, fmt::format("`{}` is not yet supported", key), row->doc);
    } else if (key == "defaults") {
      out.defaults = destination(c, {});
    } else if (check_service(c, key, true)) {
      out.destinations[key] = destination(c, key);
    }
  }
  return out;
}

DestinationPolicySpec Decoder::destination(NodeId at, const std::string& service) {
  const Object o(context_, at, "Destination");
  return o.node() == kNoNode ? DestinationPolicySpec{} : destination(o, service);
}

// `o` may have other keys beside a destination's.
DestinationPolicySpec Decoder::destination(const Object& o, const std::string& service) {
  DestinationPolicySpec out;
  out.timeout = o.duration("timeout");
  if (const auto mode = o.word("deadlinePropagation"))
    out.deadline_propagation = find_value(kDeadlinePropagations, *mode);
  if (const NodeId r = o.get("retries"); r != kNoNode) out.retries = retries(r);
  if (const NodeId h = o.get("hedging"); h != kNoNode) out.hedging = hedging(h);
  out.load_balancer = load_balancer(o);
  if (const auto n = o.count("leastRequestChoices")) out.least_request_choices = static_cast<std::uint32_t>(*n);
  if (const NodeId w = o.get("warmup"); w != kNoNode) {
    out.warmup = warmup(w);
    if (out.load_balancer && *out.load_balancer != LoadBalancer::RoundRobin &&
        *out.load_balancer != LoadBalancer::LeastRequest)
      context_.warn(Code::NoEffect, w, fmt::format("{} has no warm-up", *o.word("loadBalancer")),
                    "ROUND_ROBIN and LEAST_REQUEST have");
  }
  if (const auto mode = o.word("mtls")) out.mtls = find_value(kMtlsModes, *mode);
  guards(o, service, out);
  limits_of(o, out);
  const NodeId split = o.get("split");
  if (split == kNoNode) return out;
  if (service.empty()) {
    if (o.type() == "Deviation" || o.type() == "Found") {
      if (o.type() == "Found" || !o.has("to"))
        context_.error_at_key(Code::Conflict, split, "`split` needs `to`: versions belong to one service",
                              "add `to` with the service that is split");
    } else
      context_.error_at_key(Code::Conflict, split,
                            "`split` cannot stand in the defaults: versions belong to one service",
                            "move it to the service's entry");
    return out;
  }
  if (!context_.is(split, NodeKind::Map) || context_.node(split).size == 0) {
    context_.wrong_type(split, o.field("split").form);
    return out;
  }
  double sum = 0;
  bool complete = true;
  const std::vector<std::string>& versions = known_[service].versions;
  for (const NodeId c : context_.tree.children(split)) {
    const std::string version = context_.tree.key_of(c);
    const auto share = context_.real(c, &o.field("split"), "Percent");
    complete = complete && share;
    sum += share.value_or(0);
    if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
      context_.error_at_key(Code::UnknownVersion, c,
                            fmt::format("`{}` has no version `{}`", service, printable(version, 60)),
                            did_you_mean(version, versions));
    } else if (share) {
      out.split[version] = *share;
    }
  }
  if (complete && std::abs(sum - 1) > 1e-9) {
    context_.error(Code::BadSplit, split,
                   fmt::format("this split adds up to {}%, not 100%", write_number(std::round(sum * 1e8) / 1e6)),
                   "the shares of a split add up to 100%");
  }
  return out;
}

std::optional<LoadBalancer> Decoder::load_balancer(const Object& o) {
  const auto word = o.word("loadBalancer");
  return word ? find_value(kLoadBalancers, *word) : std::nullopt;
}

}  // namespace reader
