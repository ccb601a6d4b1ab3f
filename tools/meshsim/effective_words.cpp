#include "tools/meshsim/effective_words.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "scenarios/reader/scalars.h"
#include "scenarios/reader/words.h"

namespace meshsim {
namespace {

using models::kNoLimit;
using reader::write_duration;
using reader::write_number;
using reader::write_percent;

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::string words_of_conditions(const models::RetryPolicy& retry) {
  std::vector<std::string> on;
  for (const auto& [word, condition] : reader::kRetryConditions) {
    if (has(retry.retry_on, condition)) on.emplace_back(word);
  }
  for (const std::uint16_t status : retry.status_codes) {
    if (status != 0) on.push_back(fmt::format("{}", status));
  }
  return on.empty() ? "nothing" : joined(on);
}

}  // namespace

std::string words_of_timeout(sim::Duration timeout) { return timeout > 0 ? write_duration(timeout) : "none"; }

std::string words_of_retries(const models::CallPolicy& policy) {
  if (policy.hedging == models::Hedging::ByDelay) return "none: hedging in their place";
  if (policy.retry.max == 0) return "none";
  std::string out = fmt::format("{} on {}", policy.retry.max, words_of_conditions(policy.retry));
  if (policy.per_try > 0) out += "; per try " + write_duration(policy.per_try);
  if (policy.retry.avoid_tried_hosts)
    out += fmt::format("; to replicas not tried before (at most {} more picks)", policy.retry.repicks);
  if (policy.retry.leave_tried_zones) out += "; zones tried are left after every second try";
  if (policy.retry.style == models::RetryStyle::Linkerd) out += "; never of connections; each draws the split anew";
  return out;
}

std::string words_of_hedging(const models::CallPolicy& policy) {
  switch (policy.hedging) {
    case models::Hedging::None: break;
    case models::Hedging::OnPerTryTimeout: return "on the per-try timeout, the late try goes on";
    case models::Hedging::ByDelay:
      return fmt::format("after {}, {} tries at most; {}", write_duration(policy.hedging_delay), policy.retry.max + 1,
                         policy.retry.retry_on == 0 && policy.retry.status_codes[0] == 0
                             ? "any failure is final"
                             : "not final: " + words_of_conditions(policy.retry));
  }
  return "none";
}

std::string words_of_backoff(const models::CallPolicy& policy) {
  if (policy.backoff.base == 0) return "none";
  return fmt::format("{}, {} to {}", reader::word_of(policy.backoff.law), write_duration(policy.backoff.base),
                     write_duration(policy.backoff.max));
}

std::string words_of_budget(const models::RetryBudget& budget) {
  switch (budget.kind) {
    case models::RetryBudget::Kind::None:
    case models::RetryBudget::Kind::OfProduct: return "none";
    case models::RetryBudget::Kind::Concurrency:
      return fmt::format("{} of the requests in progress, at least {}", write_percent(budget.share),
                         budget.min_concurrency);
    case models::RetryBudget::Kind::Window:
      return fmt::format("{} retries per {} within {}, at least {} per second", write_number(budget.share),
                         budget.deposits == models::RetryBudget::Deposits::Requests ? "request" : "completion",
                         write_duration(budget.ttl), write_number(budget.min_per_second));
    case models::RetryBudget::Kind::Tokens:
      return fmt::format("{} tokens, {} back for each success", write_number(budget.max_tokens),
                         write_number(budget.share));
  }
  return "?";
}

std::string words_of_balancer(const models::Routing& routing) {
  std::string out(reader::word_of(routing.balancer));
  if (routing.balancer == models::LoadBalancer::LeastRequest && routing.choices != 2) {
    out += fmt::format(" of {} choices", routing.choices);
  }
  if (routing.weighted) out += " by weight";
  return out;
}

std::string words_of_warmup(const models::Plan& plan, const models::Routing& routing) {
  if (routing.warmup == models::kNoExtra) return "none";
  const models::WarmupSpec& warmup = plan.warmups[routing.warmup];
  std::string out = fmt::format("{} from {}", write_duration(warmup.duration), write_percent(warmup.minimum));
  if (warmup.aggression != 1.0) out += ", aggression " + write_number(warmup.aggression);
  return out;
}

std::string words_of_weights(const models::Plan& plan, const models::Routing& routing, std::uint32_t callee) {
  const models::ServicePlan& service = plan.services[callee];
  const auto first = plan.weights.begin() + service.first_pod;
  const std::vector<std::uint32_t> weights(first, first + service.pods);
  const std::string list =
      weights.size() > 12 ? fmt::format("of {} replicas", weights.size()) : fmt::format("{}", fmt::join(weights, " "));
  return list + (routing.weighted ? "" : ", not looked at");
}

std::string words_of_split(const models::Plan& plan, const models::Routing& routing, std::uint32_t callee) {
  if (routing.split == models::kNone) return "by replicas";
  std::vector<std::string> parts;
  parts.reserve(routing.split_count);
  double before = 0.0;
  for (std::uint32_t i = 0; i < routing.split_count; ++i) {
    const models::SplitRow& row = plan.splits[routing.split + i];
    const std::uint32_t version = row.version - plan.services[callee].first_version;
    const double share = std::round((row.cumulative - before) * 1e8) / 1e8;
    parts.push_back(fmt::format("{} {}", plan.catalog.services[callee].versions[version], write_percent(share)));
    before = row.cumulative;
  }
  return joined(parts);
}

std::string words_of_pool(const models::ConnectionPool& pool) {
  std::vector<std::string> parts;
  const auto limit = [&](std::uint32_t n, const char* what) {
    if (n != kNoLimit) parts.push_back(fmt::format("{} {}", n, what));
  };
  limit(pool.connections, "connections");
  limit(pool.pending, "waiting");
  limit(pool.requests, "active");
  limit(pool.retries, "retries");
  limit(pool.streams, "streams a connection");
  if (pool.per_connection > 0) limit(pool.per_connection, "requests a connection");
  if (pool.connect_timeout > 0) parts.push_back("connecting " + write_duration(pool.connect_timeout));
  if (pool.idle_timeout > 0) parts.push_back("idle " + write_duration(pool.idle_timeout));
  return parts.empty() ? "no limits" : joined(parts);
}

std::string words_of_outliers(const models::OutlierDetection& d) {
  if (d.accrual) {
    return fmt::format("accrual: {} failures in a row, {} to {}", d.shut.max_failures,
                       write_duration(d.shut.min_penalty), write_duration(d.shut.max_penalty));
  }
  std::vector<std::string> parts;
  if (d.consecutive_5xx > 0 && d.enforcing_5xx > 0) parts.push_back(fmt::format("{} 5xx in a row", d.consecutive_5xx));
  if (d.consecutive_gateway > 0 && d.enforcing_gateway > 0)
    parts.push_back(fmt::format("{} gateway errors in a row", d.consecutive_gateway));
  if (d.split_local && d.consecutive_local > 0)
    parts.push_back(fmt::format("{} local failures in a row", d.consecutive_local));
  if (d.success_rate && d.sr_enforcing > 0)
    parts.push_back(fmt::format("success rate {} deviations low", write_number(d.sr_factor)));
  if (d.failure_percentage && d.fp_enforcing > 0)
    parts.push_back(fmt::format("{} failures", write_percent(d.fp_threshold)));
  return fmt::format("{}; every {}, out for {}, at most {}{}; panic {}",
                     parts.empty() ? "nothing ejects" : joined(parts), write_duration(d.interval),
                     write_duration(d.base_time), write_percent(d.max_ejection),
                     d.grpc || d.always_one ? " or one" : "",
                     d.panic_threshold > 0 ? "below " + write_percent(d.panic_threshold) : "never");
}

std::string words_of_fault(const models::FaultSpec& fault) {
  std::vector<std::string> parts;
  if (fault.delay_share > 0)
    parts.push_back(fmt::format("{} held {}", write_percent(fault.delay_share), write_duration(fault.delay)));
  if (fault.abort_share > 0)
    parts.push_back(fmt::format("{} answered {}", write_percent(fault.abort_share), fault.abort_status));
  return joined(parts);
}

std::string words_of_rate_limit(const models::RateLimitSpec& limit) {
  if (limit.max_tokens == 0) return "none";
  return fmt::format("{} tokens in each pod, {} every {}", limit.max_tokens, limit.tokens_per_fill,
                     write_duration(limit.fill_interval));
}

std::string words_of_rules(const std::vector<models::AuthorizationRule>& rules) {
  if (rules.empty()) return "nobody";
  std::vector<std::string> parts;
  parts.reserve(rules.size());
  for (const models::AuthorizationRule& rule : rules) {
    parts.push_back(fmt::format("{}{}", rule.from.empty() ? "anybody" : fmt::format("{}", fmt::join(rule.from, " ")),
                                rule.to.empty() ? "" : fmt::format(" to {}", fmt::join(rule.to, " "))));
  }
  return joined(parts);
}

}  // namespace meshsim
