// Retries: how many, on what, after which pause, and to whom; and whether any candidate can be told to whom.
#include <algorithm>

#include <fmt/format.h>

#include "models/policy/product.h"
#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::BackoffLaw;
using models::CandidateSpec;
using models::DestinationPolicySpec;
using models::EnforcedBy;
using models::RetryOn;
using models::RetrySpec;
using models::ScenarioSpec;

namespace {

// Whether one of those who act in the candidate can.
template <class Can>
bool anybody(const CandidateSpec& candidate, Can can) {
  const bool some = candidate.enrolled.has_value();
  for (const EnforcedBy by : {candidate.enforced_by, some ? candidate.others : candidate.enforced_by}) {
    if (by == EnforcedBy::None || (by == EnforcedBy::Ambient && candidate.waypoints.empty())) continue;
    if (can(models::product_of(candidate, by))) return true;
  }
  return false;
}

}  // namespace

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
    out.ignore_previous_hosts = o.boolean("retryIgnorePreviousHosts");
    if (const auto n = o.count("hostSelectionRetryMaxAttempts"))
      out.host_selection_attempts = static_cast<std::uint32_t>(*n);
    out.remote_localities = o.boolean("retryRemoteLocalities");
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
    if (text == "retriable-status-codes") return;  // Envoy's word for the statuses that are listed with it
    if (text == "retriable-headers" || text == "http3-post-connect-failure") {
      context_.error(Code::NotYetSupported, place, fmt::format("retry condition `{}` is not yet supported", text),
                     "remove it");
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

// Whoever compares candidates may well have one that cannot; nobody who can is a mistake.
void Decoder::check_retries(const ScenarioSpec& spec, NodeId root) {
  if (context_.report.failed()) return;
  const auto find = [&](NodeId at, const std::string& key) {
    return context_.is(at, NodeKind::Map) ? context_.tree.find(at, key) : kNoNode;
  };
  const auto some = [&](auto can) {
    return std::any_of(spec.candidates.begin(), spec.candidates.end(),
                       [&](const CandidateSpec& candidate) { return anybody(candidate, can); });
  };
  const bool choose = some([](const models::ProductDefaults& p) { return p.repicks > 0; });
  const bool leave = some([](const models::ProductDefaults& p) { return p.leaves_tried_zones; });
  const auto check = [&](const std::string& key, const DestinationPolicySpec& policy) {
    const NodeId at = find(find(find(root, "policy"), key), "retries");
    if (!policy.retries || at == kNoNode) return;
    for (const char* told : {"retryIgnorePreviousHosts", "hostSelectionRetryMaxAttempts"}) {
      const NodeId where = find(at, told);
      if (where == kNoNode || choose) continue;
      context_.warn(Code::NoEffect, where, "no candidate can be told which replicas its retries avoid",
                    "Istio, Envoy and libraries can; Linkerd, gRPC and Consul cannot");
    }
    const NodeId zones = find(at, "retryRemoteLocalities");
    if (zones == kNoNode || !policy.retries->remote_localities.value_or(false)) return;
    if (!leave) {
      context_.warn(Code::NoEffect, zones, "no candidate's retries can be told to leave a zone",
                    "those of Istio and Envoy can");
    } else if (spec.zones.size() < 2) {
      context_.warn(Code::NoEffect, zones, "there is but one zone", "`zones` at the top lists them: zones: [a, b]");
    }
  };
  check("defaults", spec.policy.defaults);
  for (const auto& [name, policy] : spec.policy.destinations) check(name, policy);
}

}  // namespace reader
