#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::BackoffLaw;
using models::DestinationPolicySpec;
using models::LoadBalancer;
using models::PolicySpec;
using models::RetryOn;
using models::RetrySpec;

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

std::optional<RetrySpec> Decoder::retries(NodeId at) {
  RetrySpec out;
  const Field* max = find_field("Retries", "max");
  if (context_.is(at, NodeKind::Scalar)) {
    const auto n = context_.count(at, max);
    if (!n) return std::nullopt;
    out.max = static_cast<std::uint32_t>(*n);
  } else {
    if (!context_.is(at, NodeKind::Map)) {
      context_.wrong_type(at, "Count|Retries");
      return std::nullopt;
    }
    const Object o(context_, at, "Retries");
    out.max = static_cast<std::uint32_t>(o.count("max").value_or(0));
    out.per_try_timeout = o.duration("perTryTimeout");
    if (const NodeId on = o.get("retryOn"); on != kNoNode) retry_conditions(on, out);
    if (const NodeId b = o.get("backoff"); b != kNoNode) {
      const Object backoff(context_, b, "Backoff");
      out.backoff.emplace();
      out.backoff->law = find_value(kBackoffLaws, backoff.word("law").value_or("")).value_or(BackoffLaw::OfProduct);
      out.backoff->base = backoff.duration("base").value_or(0);
      // Envoy's cap is ten times the base unless said.
      out.backoff->max = backoff.has("max") || !backoff.has("base")
                             ? backoff.duration("max").value_or(0)
                             : std::min(out.backoff->base * 10, sim::kHorizonMax);
      if (out.backoff->max < out.backoff->base)
        context_.error(Code::Conflict, b, "the back-off's `max` is below its `base`");
    }
  }
  if (!out.retry_on && out.max > 0) {
    context_.note(Code::RetryConditionsFilled, at,
                  "retries without `retryOn`: every candidate retries on connect-failure, refused-stream, unavailable, "
                  "reset, 503",
                  "say `retryOn` to choose");
    out.retry_on = static_cast<std::uint32_t>(RetryOn::ConnectFailure) |
                   static_cast<std::uint32_t>(RetryOn::RefusedStream) |
                   static_cast<std::uint32_t>(RetryOn::Unavailable) | static_cast<std::uint32_t>(RetryOn::Reset);
    out.retriable_status_codes = {503};
  }
  return out;
}

void Decoder::retry_conditions(NodeId at, RetrySpec& retry) {
  retry.retry_on = 0;
  const auto one = [&](NodeId place, std::string_view text) {
    if (const auto bit = find_value(kRetryConditions, text)) {
      *retry.retry_on |= static_cast<std::uint32_t>(*bit);
      return;
    }
    if (text == "retriable-status-codes" || text == "retriable-headers" || text == "http3-post-connect-failure") {
      context_.error(Code::NotYetSupported, place, fmt::format("retry condition `{}` is not yet supported", text),
                     text == "retriable-status-codes" ? "write the statuses themselves, e.g. 503" : "remove it");
      return;
    }
    const auto status = parse_count(text);
    if (status.value && *status.value >= 100 && *status.value <= 599) {
      const auto code = static_cast<std::uint16_t>(*status.value);
      auto& list = retry.retriable_status_codes;
      if (const auto spot = std::lower_bound(list.begin(), list.end(), code); spot == list.end() || *spot != code)
        list.insert(spot, code);
      return;
    }
    std::vector<std::string> allowed;
    for (const auto& [name, bit] : kRetryConditions) allowed.emplace_back(name);
    context_.error(Code::UnknownChoice, place, fmt::format("`{}` is not a retry condition", printable(text, 60)),
                   did_you_mean(text, allowed) + " (or an HTTP status)");
  };
  const auto scalar = [&](NodeId place) {
    if (!context_.is(place, NodeKind::Scalar)) {
      context_.wrong_type(place, "RetryCondition");
      return;
    }
    const std::string text = context_.node(place).text;  // Istio's form: commas inside one text
    for (std::string_view rest = text;;) {
      const std::size_t comma = rest.find(',');
      std::string_view word = rest.substr(0, comma);
      while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
      while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
      one(place, word);
      if (comma == std::string_view::npos) break;
      rest = rest.substr(comma + 1);
    }
  };
  if (!context_.is(at, NodeKind::List)) {
    scalar(at);
    return;
  }
  for (const NodeId c : context_.tree.children(at)) scalar(c);
}

}  // namespace reader
