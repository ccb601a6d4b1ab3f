#include "models/plan/compile_limits.h"

#include <algorithm>

namespace models {
namespace {

template <class Row>
std::uint32_t row_of(std::vector<Row>& rows, const Row& row) {
  const auto found = std::find(rows.begin(), rows.end(), row);
  const auto index = static_cast<std::uint32_t>(found - rows.begin());
  if (found == rows.end()) rows.push_back(row);
  return index;
}

}  // namespace

std::uint32_t pool_row(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product, bool http1) {
  ConnectionPool limits = product.pool;
  if (product.http1_idle && !http1) limits.idle_timeout = 0;
  const bool limited = limits.connections != kNoLimit || limits.pending != kNoLimit || limits.requests != kNoLimit ||
                       limits.retries != kNoLimit || product.load_balancer == LoadBalancer::PeakEwma;
  if (!said.connection_pool && !limited) return kNone;
  return row_of(plan.connection_pools, overlay(limits, said.connection_pool.value_or(ConnectionPoolSpec{})));
}

std::uint32_t outlier_row(Plan& plan, const DestinationPolicySpec& said, const ProductDefaults& product,
                          EnforcedBy by) {
  OutlierDetection row;
  if (said.failure_accrual) {
    row.accrual = true;
    row.shut = *said.failure_accrual;
    row.panic_threshold = 0.0;
    return row_of(plan.outliers, row);
  }
  if (!said.outlier_detection && !product.outlier_detection) return kNone;
  const OutlierDetectionSpec spec = said.outlier_detection.value_or(OutlierDetectionSpec{});
  const bool istio = product.maker == Maker::Istio;
  const bool envoy = product.maker == Maker::Envoy || product.maker == Maker::Consul;
  row.on = true;
  row.grpc = by == EnforcedBy::Proxyless || product.maker == Maker::Grpc;
  row.consecutive_5xx = spec.consecutive_5xx.value_or(row.consecutive_5xx);
  row.consecutive_gateway = spec.consecutive_gateway.value_or(row.consecutive_gateway);
  row.consecutive_local = spec.consecutive_local_origin.value_or(row.consecutive_local);
  row.split_local = spec.split_local_origin.value_or(false);
  row.enforcing_5xx = spec.enforcing_5xx.value_or(1.0);
  // Istio enforces the gateway detector as soon as its threshold is said; Envoy only when told to.
  row.enforcing_gateway = spec.enforcing_gateway.value_or(spec.consecutive_gateway && !envoy ? 1.0 : 0.0);
  row.interval = spec.interval.value_or(row.interval);
  row.base_time = spec.base_ejection_time.value_or(row.base_time);
  row.max_time = std::max(spec.max_ejection_time.value_or(row.max_time), row.base_time);
  row.max_jitter = spec.max_ejection_jitter.value_or(0);
  row.max_ejection = spec.max_ejection.value_or(row.max_ejection);
  row.always_one = spec.always_eject_one.value_or(false);
  // By success rate: Envoy does unless told otherwise, Istio and gRPC (A50) only if told to.
  row.success_rate = spec.success_rate.has_value() || !(istio || row.grpc);
  if (spec.success_rate) {
    row.sr_hosts = spec.success_rate->minimum_hosts.value_or(row.sr_hosts);
    row.sr_volume = spec.success_rate->request_volume.value_or(row.sr_volume);
    row.sr_factor = spec.success_rate->stdev_factor.value_or(row.sr_factor);
    row.sr_enforcing = spec.success_rate->enforcing.value_or(row.sr_enforcing);
  }
  row.failure_percentage = spec.failure_percentage.has_value() || !row.grpc;
  if (spec.failure_percentage) {
    row.fp_threshold = spec.failure_percentage->threshold.value_or(row.fp_threshold);
    row.fp_hosts = spec.failure_percentage->minimum_hosts.value_or(row.fp_hosts);
    row.fp_volume = spec.failure_percentage->request_volume.value_or(row.fp_volume);
    row.fp_enforcing = spec.failure_percentage->enforcing.value_or(envoy ? 0.0 : 1.0);
  }
  if (row.grpc) row.consecutive_5xx = row.consecutive_gateway = row.consecutive_local = 0;
  row.panic_threshold = spec.min_health.value_or(istio || row.grpc ? 0.0 : row.panic_threshold);
  return row_of(plan.outliers, row);
}

bool unequal_weights(const Plan& plan, std::uint32_t service) {
  if (plan.weights.empty() || plan.services[service].pods == 0) return false;
  const auto first = plan.weights.begin() + plan.services[service].first_pod;
  const auto last = first + plan.services[service].pods;
  return std::any_of(first, last, [&](std::uint32_t weight) { return weight != *first; });
}

void mark_pooled(Plan& plan) {
  std::vector<bool> pooled(plan.clusters.size(), false);
  const auto budgeted = [&](std::uint32_t policy) {
    return policy != kNone && plan.policies[policy].budget.kind != RetryBudget::Kind::None;
  };
  for (std::size_t i = 0; i < plan.routings.size(); ++i) {
    const Routing& routing = plan.routings[i];
    if (routing.pool != kNone || routing.outlier != kNone || routing.balancer == LoadBalancer::PeakEwma ||
        budgeted(routing.policy) || routing.warmup != kNoExtra || routing.own_zone_first ||
        (routing.weighted && routing.balancer != LoadBalancer::ConnectionRandom) ||
        (!plan.reconnects.empty() && plan.reconnects[i % plan.clusters.size()] != Reconnects::None)) {
      pooled[i % plan.clusters.size()] = true;
    }
  }
  for (std::size_t i = 0; i < plan.routings.size(); ++i) {
    Routing& routing = plan.routings[i];
    if (pooled[i % plan.clusters.size()] && routing.pool == kNone) {
      routing.pool = row_of(plan.connection_pools, ConnectionPool{});
    }
  }
  for (CallPlan& call : plan.calls) call.pooled = pooled[call.cluster];
  plan.pooled = pooled;
}

}  // namespace models
