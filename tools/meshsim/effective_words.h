// Rows of a plan in words, for effective.cpp; of no use to anybody else.
#pragma once

#include <string>

#include "models/plan/plan.h"

namespace meshsim {

[[nodiscard]] std::string words_of_timeout(sim::Duration timeout);
[[nodiscard]] std::string words_of_retries(const models::CallPolicy& policy);
[[nodiscard]] std::string words_of_hedging(const models::CallPolicy& policy);
[[nodiscard]] std::string words_of_backoff(const models::CallPolicy& policy);
[[nodiscard]] std::string words_of_budget(const models::RetryBudget& budget);
[[nodiscard]] std::string words_of_balancer(const models::Routing& routing);
[[nodiscard]] std::string words_of_warmup(const models::Plan& plan, const models::Routing& routing);
// REQUIRES: some service has weights.
[[nodiscard]] std::string words_of_weights(const models::Plan& plan, const models::Routing& routing,
                                           std::uint32_t callee);
[[nodiscard]] std::string words_of_split(const models::Plan& plan, const models::Routing& routing,
                                         std::uint32_t callee);
[[nodiscard]] std::string words_of_pool(const models::ConnectionPool& pool);
[[nodiscard]] std::string words_of_outliers(const models::OutlierDetection& detection);
[[nodiscard]] std::string words_of_fault(const models::FaultSpec& fault);
[[nodiscard]] std::string words_of_rate_limit(const models::RateLimitSpec& limit);
[[nodiscard]] std::string words_of_rules(const std::vector<models::AuthorizationRule>& rules);

}  // namespace meshsim
