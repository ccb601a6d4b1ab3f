#include "models/plan/compile_layers.h"

#include <algorithm>

namespace models {
namespace {

std::uint32_t lane_of(Plan& plan, sim::Duration duration, bool per_try) {
  for (std::uint32_t i = 0; i < plan.lanes.size(); ++i) {
    if (plan.lanes[i] == duration && plan.lane_per_try[i] == static_cast<std::uint8_t>(per_try)) return i;
  }
  plan.lanes.push_back(duration);
  plan.lane_per_try.push_back(static_cast<std::uint8_t>(per_try));
  return static_cast<std::uint32_t>(plan.lanes.size() - 1);
}

constexpr std::uint32_t bit(RetryOn condition) { return static_cast<std::uint32_t>(condition); }

// Application code that retries does so on whatever failed: an answer of 5xx or none at all.
constexpr std::uint32_t kAnyFailure =
    bit(RetryOn::FiveXx) | bit(RetryOn::GatewayError) | bit(RetryOn::Reset) | bit(RetryOn::ConnectFailure) |
    bit(RetryOn::RefusedStream) | bit(RetryOn::Unavailable) | bit(RetryOn::Internal) | bit(RetryOn::DeadlineExceeded) |
    bit(RetryOn::ResourceExhausted) | bit(RetryOn::Cancelled);

void apply_retries(CallPolicy& policy, const RetrySpec& retries) {
  policy.retry.max = retries.max;
  policy.retry.status_codes = {};
  const std::size_t codes = std::min(retries.retriable_status_codes.size(), policy.retry.status_codes.size());
  std::copy_n(retries.retriable_status_codes.begin(), codes, policy.retry.status_codes.begin());
  if (retries.retry_on) policy.retry.retry_on = *retries.retry_on;
  if (retries.backoff) {
    const BackoffLaw of_product = policy.backoff.law;
    policy.backoff = *retries.backoff;
    if (policy.backoff.law == BackoffLaw::OfProduct) policy.backoff.law = of_product;
  }
  if (retries.per_try_timeout) policy.per_try = *retries.per_try_timeout;
  // Envoy: a per-try timeout at or above the overall one is ignored (mesh semantics 2.1).
  if (policy.timeout > 0 && policy.per_try >= policy.timeout) policy.per_try = 0;
}

// Which replicas its retries go to, as far as the product can be told.
void choose_replicas(RetryPolicy& retry, const RetrySpec& said, const ProductDefaults& product) {
  if (product.repicks > 0) {
    retry.avoid_tried_hosts = said.ignore_previous_hosts.value_or(product.avoid_tried_hosts);
    retry.repicks = static_cast<std::uint8_t>(said.host_selection_attempts.value_or(product.repicks));
  }
  retry.leave_tried_zones = product.leaves_tried_zones && said.remote_localities.value_or(false);
}

void hedge(CallPolicy& policy, const HedgingSpec& said, const ProductDefaults& product) {
  const bool retries = policy.retry.max > 0 && (policy.retry.retry_on != 0 || policy.retry.status_codes[0] != 0);
  if (product.hedges == Hedges::OnPerTryTimeout && said.on_per_try_timeout && policy.per_try > 0 && retries) {
    policy.hedging = Hedging::OnPerTryTimeout;
  }
  if (product.hedges != Hedges::ByDelay || !said.delay || said.max_attempts < 2) return;
  policy.hedging = Hedging::ByDelay;
  policy.hedging_delay = *said.delay;
  RetrySpec further;
  further.max = said.max_attempts - 1;
  further.retry_on = said.non_fatal;
  further.retriable_status_codes = said.non_fatal_status_codes;
  further.per_try_timeout = 0;
  further.backoff = BackoffSpec{.base = 0, .max = 0};  // what failed is followed by the next try at once
  apply_retries(policy, further);
}

void take_lanes(Plan& plan, CallPolicy& policy) {
  if (policy.timeout > 0) policy.timeout_lane = lane_of(plan, policy.timeout, false);
  if (policy.per_try > 0) policy.per_try_lane = lane_of(plan, policy.per_try, true);
}

}  // namespace

CallPolicy call_policy(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product, bool grpc) {
  CallPolicy policy;
  policy.retry.grpc = grpc;
  policy.timeout = said.timeout.value_or(product.timeout);
  policy.backoff = product.backoff;
  policy.retry.avoid_tried_hosts = product.avoid_tried_hosts;
  policy.retry.repicks = product.repicks;
  policy.retry.retry_on = product.retry_on;
  policy.retry.status_codes = product.status_codes;
  if (said.retries) {
    apply_retries(policy, *said.retries);
    choose_replicas(policy.retry, *said.retries, product);
  } else {
    policy.retry.max = product.retries;
  }
  if (said.hedging) hedge(policy, *said.hedging, product);
  policy.retry = as_done_by(product, policy.retry);
  if (product.maker == Maker::Grpc) policy.per_try = 0;  // it has none
  if (said.retry_budget) policy.budget = *said.retry_budget;
  plan.hedges = plan.hedges || policy.hedging != Hedging::None;
  if (policy.budget.kind == RetryBudget::Kind::OfProduct) policy.budget = product.budget;
  take_lanes(plan, policy);
  return policy;
}

std::uint32_t policy_row(Plan& plan, const CallPolicy& policy) {
  const auto found = std::find(plan.policies.begin(), plan.policies.end(), policy);
  if (found != plan.policies.end()) return static_cast<std::uint32_t>(found - plan.policies.begin());
  plan.policies.push_back(policy);
  return static_cast<std::uint32_t>(plan.policies.size() - 1);
}

std::uint32_t app_policy(Plan& plan, const CallSpec& call, bool grpc) {
  if (!call.timeout && !call.retries) return kNone;
  CallPolicy policy;
  policy.timeout = call.timeout.value_or(0);
  policy.retry.retry_on = kAnyFailure;
  policy.retry.grpc = grpc;
  policy.backoff.base = 0;  // code that says nothing about back-off retries at once
  if (call.retries) apply_retries(policy, *call.retries);
  if (policy.timeout == 0 && policy.per_try == 0 && policy.retry.max == 0) return kNone;
  take_lanes(plan, policy);
  return policy_row(plan, policy);
}

}  // namespace models
