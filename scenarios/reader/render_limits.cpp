// The rendered form of a destination's warm-up, limits, health and budgets: see render.h.
#include <fmt/format.h>

#include "scenarios/reader/render_limits.h"
#include "scenarios/reader/words.h"

namespace reader {
namespace {

using namespace models;

class Parts {
 public:
  void add(std::string_view key, const std::string& value) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", key, value);
  }
  void limit(std::string_view key, const std::optional<std::uint32_t>& value) {
    if (value) add(key, *value == kNoLimit ? "unlimited" : fmt::format("{}", *value));
  }
  void duration(std::string_view key, const std::optional<sim::Duration>& value) {
    if (value) add(key, write_duration(*value));
  }
  void percent(std::string_view key, const std::optional<double>& value) {
    if (value) add(key, write_percent(*value));
  }
  void boolean(std::string_view key, const std::optional<bool>& value) {
    if (value) add(key, *value ? "true" : "false");
  }
  [[nodiscard]] std::string braces() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string pool(const ConnectionPoolSpec& s) {
  Parts p;
  p.limit("maxConnections", s.max_connections);
  p.limit("http1MaxPendingRequests", s.max_pending);
  p.limit("http2MaxRequests", s.max_requests);
  p.limit("maxRequestsPerConnection", s.max_requests_per_connection);
  p.limit("maxConcurrentStreams", s.max_concurrent_streams);
  p.limit("maxRetries", s.max_retries);
  p.duration("connectTimeout", s.connect_timeout);
  p.duration("idleTimeout", s.idle_timeout);
  return p.braces();
}

std::string outlier(const OutlierDetectionSpec& s) {
  Parts p;
  p.limit("consecutive5xxErrors", s.consecutive_5xx);
  p.limit("consecutiveGatewayErrors", s.consecutive_gateway);
  p.limit("consecutiveLocalOriginFailures", s.consecutive_local_origin);
  p.boolean("splitExternalLocalOriginErrors", s.split_local_origin);
  p.duration("interval", s.interval);
  p.duration("baseEjectionTime", s.base_ejection_time);
  p.duration("maxEjectionTime", s.max_ejection_time);
  p.duration("maxEjectionTimeJitter", s.max_ejection_jitter);
  p.percent("maxEjectionPercent", s.max_ejection);
  p.boolean("alwaysEjectOneHost", s.always_eject_one);
  p.percent("minHealthPercent", s.min_health);
  p.percent("enforcingConsecutive5xx", s.enforcing_5xx);
  p.percent("enforcingConsecutiveGatewayFailure", s.enforcing_gateway);
  if (s.success_rate) {
    Parts r;
    if (s.success_rate->stdev_factor) r.add("stdevFactor", write_number(*s.success_rate->stdev_factor));
    r.limit("minimumHosts", s.success_rate->minimum_hosts);
    r.limit("requestVolume", s.success_rate->request_volume);
    r.percent("enforcing", s.success_rate->enforcing);
    p.add("successRate", r.braces());
  }
  if (s.failure_percentage) {
    Parts f;
    f.percent("threshold", s.failure_percentage->threshold);
    f.limit("minimumHosts", s.failure_percentage->minimum_hosts);
    f.limit("requestVolume", s.failure_percentage->request_volume);
    f.percent("enforcing", s.failure_percentage->enforcing);
    p.add("failurePercentage", f.braces());
  }
  return p.braces();
}

std::string budget(const RetryBudgetSpec& s) {
  Parts p;
  switch (s.kind) {
    case RetryBudgetSpec::Kind::None:
    case RetryBudgetSpec::Kind::OfProduct: break;
    case RetryBudgetSpec::Kind::Concurrency:
      p.percent("percent", s.share);
      p.limit("minRetryConcurrency", s.min_concurrency);
      break;
    case RetryBudgetSpec::Kind::Window:
      p.add("retryRatio", write_number(s.share));
      p.add("minRetriesPerSecond", write_number(s.min_per_second));
      p.duration("ttl", s.ttl);
      p.add("deposits", std::string(find_word(kDeposits, s.deposits)));
      break;
    case RetryBudgetSpec::Kind::Tokens:
      p.add("maxTokens", write_number(s.max_tokens));
      p.add("tokenRatio", write_number(s.share));
      break;
  }
  return p.braces();
}

}  // namespace

void render_limits(const DestinationPolicySpec& d, std::vector<std::string>& parts) {
  if (d.warmup) {
    Parts p;
    p.duration("duration", d.warmup->duration);
    p.percent("minimumPercent", d.warmup->minimum);
    p.add("aggression", write_number(d.warmup->aggression));
    parts.push_back("warmup: " + p.braces());
  }
  if (d.locality) parts.push_back(fmt::format("localityLbSetting: {{enabled: {}}}", d.locality->enabled));
  if (d.connection_pool) parts.push_back("connectionPool: " + pool(*d.connection_pool));
  if (d.outlier_detection) parts.push_back("outlierDetection: " + outlier(*d.outlier_detection));
  if (d.failure_accrual) {
    Parts p;
    p.limit("maxFailures", d.failure_accrual->max_failures);
    p.duration("minPenalty", d.failure_accrual->min_penalty);
    p.duration("maxPenalty", d.failure_accrual->max_penalty);
    p.add("jitter", write_number(d.failure_accrual->jitter));
    parts.push_back("failureAccrual: " + p.braces());
  }
  if (d.hedging) {
    const models::HedgingSpec& h = *d.hedging;
    Parts p;
    if (h.on_per_try_timeout) p.add("onPerTryTimeout", "true");
    if (h.delay) {
      p.duration("delay", *h.delay);
      p.limit("maxAttempts", h.max_attempts);
      std::vector<std::string> codes;
      for (const auto& [word, condition] : kRetryConditions) {
        if ((h.non_fatal & static_cast<std::uint32_t>(condition)) != 0) codes.emplace_back(word);
      }
      for (const std::uint16_t status : h.non_fatal_status_codes) codes.push_back(fmt::format("{}", status));
      if (!codes.empty()) p.add("nonFatalStatusCodes", fmt::format("[{}]", fmt::join(codes, ", ")));
    }
    parts.push_back("hedging: " + p.braces());
  }
  if (d.retry_budget) parts.push_back("retryBudget: " + budget(*d.retry_budget));
}

}  // namespace reader
