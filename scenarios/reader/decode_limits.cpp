#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::ConnectionPoolSpec;
using models::DestinationPolicySpec;
using models::FailureAccrualSpec;
using models::OutlierDetectionSpec;
using models::RetryBudgetSpec;

namespace {

// A limit; nothing if the key is absent.
std::optional<std::uint32_t> limit(const Object& o, std::string_view key, std::uint32_t unlimited = models::kNoLimit) {
  const auto n = o.count_or_unlimited(key);
  if (!n) return std::nullopt;
  return *n == kUnlimitedCount ? unlimited : static_cast<std::uint32_t>(*n);
}

std::optional<std::uint32_t> whole(const Object& o, std::string_view key) {
  const auto n = o.count(key);
  if (!n) return std::nullopt;
  return static_cast<std::uint32_t>(*n);
}

}  // namespace

// What a destination's policy says about limits, health and budgets.
void Decoder::limits_of(const Object& o, DestinationPolicySpec& out) {
  if (const NodeId at = o.get("connectionPool"); at != kNoNode) {
    const Object pool(context_, at, "ConnectionPool");
    ConnectionPoolSpec spec;
    spec.max_connections = limit(pool, "maxConnections");
    spec.max_pending = limit(pool, "http1MaxPendingRequests");
    spec.max_requests = limit(pool, "http2MaxRequests");
    spec.max_retries = limit(pool, "maxRetries");
    spec.max_requests_per_connection = limit(pool, "maxRequestsPerConnection", 0);
    spec.max_concurrent_streams = limit(pool, "maxConcurrentStreams");
    spec.connect_timeout = pool.duration("connectTimeout");
    spec.idle_timeout = pool.duration("idleTimeout");
    out.connection_pool = spec;
  }
  if (const NodeId at = o.get("outlierDetection"); at != kNoNode) out.outlier_detection = outlier_detection(at);
  if (const NodeId at = o.get("localityLbSetting"); at != kNoNode) {
    const Object locality(context_, at, "LocalityLbSetting");
    out.locality = models::LocalitySpec{locality.boolean("enabled").value_or(true)};
    if (zones_.size() < 2)
      context_.warn(Code::NoEffect, at, "there is but one zone", "`zones` at the top lists them: zones: [a, b]");
  }
  if (const NodeId at = o.get("failureAccrual"); at != kNoNode) {
    const Object accrual(context_, at, "FailureAccrual");
    FailureAccrualSpec spec;
    spec.max_failures = whole(accrual, "maxFailures").value_or(spec.max_failures);
    spec.min_penalty = accrual.duration("minPenalty").value_or(spec.min_penalty);
    spec.max_penalty = accrual.duration("maxPenalty").value_or(spec.max_penalty);
    spec.jitter = accrual.real("jitter").value_or(spec.jitter);
    if (spec.max_penalty < spec.min_penalty) {
      context_.error(Code::Conflict, at, "`maxPenalty` is below `minPenalty`");
    }
    out.failure_accrual = spec;
    if (o.has("outlierDetection")) {
      context_.error_at_key(Code::Conflict, at, "`failureAccrual` and `outlierDetection` exclude each other",
                            "failureAccrual is Linkerd's, outlierDetection that of Envoy, Istio and gRPC");
    }
  }
  if (const NodeId at = o.get("retryBudget"); at != kNoNode) out.retry_budget = retry_budget(at);
}

OutlierDetectionSpec Decoder::outlier_detection(NodeId at) {
  const Object o(context_, at, "OutlierDetection");
  OutlierDetectionSpec out;
  out.consecutive_5xx = whole(o, "consecutive5xxErrors");
  out.consecutive_gateway = whole(o, "consecutiveGatewayErrors");
  out.consecutive_local_origin = whole(o, "consecutiveLocalOriginFailures");
  out.split_local_origin = o.boolean("splitExternalLocalOriginErrors");
  out.interval = o.duration("interval");
  out.base_ejection_time = o.duration("baseEjectionTime");
  out.max_ejection_time = o.duration("maxEjectionTime");
  out.max_ejection_jitter = o.duration("maxEjectionTimeJitter");
  out.max_ejection = o.real("maxEjectionPercent");
  out.always_eject_one = o.boolean("alwaysEjectOneHost");
  out.min_health = o.real("minHealthPercent");
  out.enforcing_5xx = o.real("enforcingConsecutive5xx");
  out.enforcing_gateway = o.real("enforcingConsecutiveGatewayFailure");
  if (const NodeId rate = o.get("successRate"); rate != kNoNode) {
    const Object r(context_, rate, "SuccessRate");
    out.success_rate = {whole(r, "minimumHosts"), whole(r, "requestVolume"), r.real("stdevFactor"),
                        r.real("enforcing")};
  }
  if (const NodeId share = o.get("failurePercentage"); share != kNoNode) {
    const Object f(context_, share, "FailurePercentage");
    out.failure_percentage = {f.real("threshold"), f.real("enforcing"), whole(f, "minimumHosts"),
                              whole(f, "requestVolume")};
  }
  return out;
}

RetryBudgetSpec Decoder::retry_budget(NodeId at) {
  const Object o(context_, at, "RetryBudget");
  RetryBudgetSpec out;
  const std::size_t concurrency = o.count_of({"percent", "minRetryConcurrency"});
  const std::size_t window = o.count_of({"retryRatio", "minRetriesPerSecond", "ttl", "deposits"});
  const std::size_t tokens = o.count_of({"maxTokens", "tokenRatio"});
  if (o.node() != kNoNode && context_.node(at).size == 0) {
    out.kind = RetryBudgetSpec::Kind::OfProduct;
    return out;
  }
  if ((concurrency > 0) + (window > 0) + (tokens > 0) != 1 && o.node() != kNoNode) {
    context_.error(Code::Conflict, at, "a retry budget is of exactly one kind",
                   "{}: the product's own; percent, minRetryConcurrency (Envoy, Istio); or retryRatio, "
                   "minRetriesPerSecond, ttl, deposits "
                   "(Linkerd); or maxTokens, tokenRatio (gRPC)");
    return out;
  }
  if (concurrency > 0) {
    out.kind = RetryBudgetSpec::Kind::Concurrency;
    out.share = o.real("percent").value_or(out.share);
    out.min_concurrency = whole(o, "minRetryConcurrency").value_or(out.min_concurrency);
  } else if (window > 0) {
    out.kind = RetryBudgetSpec::Kind::Window;
    out.share = o.real("retryRatio").value_or(out.share);
    out.min_per_second = o.real("minRetriesPerSecond").value_or(out.min_per_second);
    out.ttl = o.duration("ttl").value_or(out.ttl);
    if (const auto word = o.word("deposits")) {
      out.deposits = find_value(kDeposits, *word).value_or(RetryBudgetSpec::Deposits::Completions);
    }
  } else if (tokens > 0) {
    out.kind = RetryBudgetSpec::Kind::Tokens;
    out.share = o.real("tokenRatio").value_or(0.1);
    out.max_tokens = o.real("maxTokens").value_or(out.max_tokens);
  }
  return out;
}

}  // namespace reader
