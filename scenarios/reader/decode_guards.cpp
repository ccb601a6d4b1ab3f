// What stands before a policy's router and before a callee's application: faults, mirrors, rate limits, authorization.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/plan/gateway.h"
#include "scenarios/reader/decode.h"

namespace reader {

using models::AuthorizationRule;
using models::FaultSpec;
using models::MirrorSpec;
using models::RateLimitSpec;

void Decoder::guards(const Object& o, const std::string& service, models::DestinationPolicySpec& out) {
  if (const NodeId at = o.get("fault"); at != kNoNode) out.fault = fault(at);
  if (const NodeId at = o.get("mirror"); at != kNoNode) out.mirror = mirror(at, service);
  // Callers deviate in what callers do; what the callee's end does is the callee's.
  for (const char* key : {"rateLimit", "allow", "deny"}) {
    if (o.type() == "Deviation" && o.has(key)) {
      context_.error_at_key(Code::Conflict, o.get(key),
                            fmt::format("no caller deviates in `{}`: the callee applies it", key),
                            "remove it here, or say it in `policy`");
      return;
    }
  }
  if (const NodeId at = o.get("rateLimit"); at != kNoNode) out.rate_limit = rate_limit(at, o.field("rateLimit"));
  if (const NodeId at = o.get("allow"); at != kNoNode) out.allow = rules(at, service);
  if (const NodeId at = o.get("deny"); at != kNoNode) out.deny = rules(at, service);
}

std::optional<FaultSpec> Decoder::fault(NodeId at) {
  const Object o(context_, at, "Fault");
  if (o.node() == kNoNode) return std::nullopt;
  FaultSpec out;
  if (const NodeId d = o.get("delay"); d != kNoNode) {
    const Object delay(context_, d, "FaultDelay");
    out.delay_share = delay.real("percentage").value_or(0);
    out.delay = delay.duration("fixedDelay").value_or(0);
  }
  if (const NodeId a = o.get("abort"); a != kNoNode) {
    const Object abort(context_, a, "FaultAbort");
    out.abort_share = abort.real("percentage").value_or(0);
    out.abort_status = static_cast<std::uint16_t>(abort.count("httpStatus").value_or(500));
  }
  return out;
}

std::optional<MirrorSpec> Decoder::mirror(NodeId at, const std::string& service) {
  const Object o(context_, at, "Mirror");
  if (o.node() == kNoNode) return std::nullopt;
  MirrorSpec out;
  out.version = o.name("to").value_or("");
  out.share = o.real("percentage").value_or(0);
  if (service.empty()) {
    context_.error(Code::Conflict, at,
                   o.type() == "Deviation" ? "`mirror` needs `to`: versions belong to one service"
                                           : "`mirror` cannot stand in the defaults: versions belong to one service",
                   "move it to the service's entry");
    return std::nullopt;
  }
  const std::vector<std::string>& versions = known_[service].versions;
  if (out.version.empty()) return std::nullopt;
  if (std::find(versions.begin(), versions.end(), out.version) == versions.end()) {
    context_.error(Code::UnknownVersion, o.get("to"),
                   fmt::format("`{}` has no version `{}`", service, printable(out.version, 60)),
                   did_you_mean(out.version, versions));
    return std::nullopt;
  }
  return out;
}

std::optional<RateLimitSpec> Decoder::rate_limit(NodeId at, const Field& field) {
  RateLimitSpec out;
  if (context_.is(at, NodeKind::Scalar)) {
    const auto rate = context_.real(at, &field, "Rate");
    if (!rate) return std::nullopt;
    // Tokens are whole: a rate that is no whole number per second is one per minute or per hour.
    for (const double seconds : {1.0, 60.0, 3600.0}) {
      const double tokens = *rate * seconds;
      const double whole = std::round(tokens);
      if (std::abs(tokens - whole) > 1e-9 * tokens || whole > 1e6) continue;
      out.max_tokens = out.tokens_per_fill = static_cast<std::uint32_t>(whole);
      out.tokens_per_fill = std::max(out.tokens_per_fill, 1u);
      out.fill_interval = static_cast<sim::Duration>(seconds) * sim::kSecond;
      return out;
    }
    context_.error(Code::OutOfRange, at, "this rate is no whole number of requests per second, minute or hour",
                   "{maxTokens: 10, tokensPerFill: 10, fillInterval: 3s}");
    return std::nullopt;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, field.form);
    return std::nullopt;
  }
  const Object o(context_, at, "RateLimit");
  out.max_tokens = static_cast<std::uint32_t>(o.count("maxTokens").value_or(0));
  out.tokens_per_fill = static_cast<std::uint32_t>(o.count("tokensPerFill").value_or(1));
  out.fill_interval = o.duration("fillInterval").value_or(sim::kSecond);
  return out;
}

std::vector<AuthorizationRule> Decoder::rules(NodeId at, const std::string& service) {
  std::vector<AuthorizationRule> out;
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "[Rule]");
    return out;
  }
  const auto list = [&](NodeId place, std::string_view what, const auto& check) {
    std::vector<std::string> found;
    const auto one = [&](NodeId item) {
      const std::string& name = context_.node(item).text;
      if (check(item, name) && std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
    };
    if (context_.is(place, NodeKind::Scalar)) {
      one(place);
    } else {
      found = names(place, what, check);
      if (context_.is(place, NodeKind::List) && context_.node(place).size == 0)
        context_.error(Code::EmptyValue, place, fmt::format("a rule that names no {} matches nothing", what),
                       "remove the key to match any");
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  for (const NodeId c : context_.tree.children(at)) {
    AuthorizationRule rule;
    if (!context_.is(c, NodeKind::Map)) {
      context_.wrong_type(c, "Rule");
      continue;
    }
    const Object o(context_, c, "Rule");
    if (const NodeId from = o.get("from"); from != kNoNode) {
      rule.from = list(from, "service", [&](NodeId place, const std::string& name) {
        return (name == "gateway" && known_.count(name) == 0) || check_service(place, name, false);
      });
      for (std::string& name : rule.from) {
        if (name == "gateway" && known_.count(name) == 0) name = models::kGatewayName;
      }
    }
    if (const NodeId to = o.get("to"); to != kNoNode) {
      rule.to = list(to, "endpoint", [&](NodeId place, const std::string& name) {
        if (service.empty()) return true;  // of any service
        const std::vector<std::string>& endpoints = known_[service].endpoints;
        if (std::find(endpoints.begin(), endpoints.end(), name) != endpoints.end()) return true;
        context_.error(Code::UnknownEndpoint, place,
                       fmt::format("`{}` has no endpoint `{}`", service, printable(name, 60)),
                       did_you_mean(name, endpoints));
        return false;
      });
    }
    out.push_back(std::move(rule));
  }
  return out;
}

}  // namespace reader
