#include "models/policy/product.h"

#include <array>

namespace models {
namespace {

constexpr std::uint32_t bit(RetryOn condition) { return static_cast<std::uint32_t>(condition); }

constexpr sim::Duration kHour = 3600 * sim::kSecond;

constexpr std::uint32_t kIstioRetryOn =
    bit(RetryOn::ConnectFailure) | bit(RetryOn::RefusedStream) | bit(RetryOn::Unavailable) | bit(RetryOn::Cancelled);

constexpr std::array<ProductDefaults, 3> kProducts{{
    {.family = "istio",
     .load_balancer = LoadBalancer::LeastRequest,
     .retries = 2,
     .retry_on = kIstioRetryOn,
     .avoid_tried_hosts = true,
     .repicks = 5,
     .pool = {.connect_timeout = 10 * sim::kSecond, .idle_timeout = kHour},
     .note = "Istio: no timeout, 2 retries on connect-failure, refused-stream, unavailable, cancelled to other "
             "replicas, LEAST_REQUEST"},
    {.family = "envoy",
     .load_balancer = LoadBalancer::RoundRobin,
     .timeout = 15 * sim::kSecond,
     .pool = {.connections = 1024,
              .pending = 1024,
              .requests = 1024,
              .retries = 3,
              .streams = 1024,
              .connect_timeout = 5 * sim::kSecond,
              .idle_timeout = kHour},
     .note = "Envoy: 15 s timeout, no retries, ROUND_ROBIN; per client and destination at most 1,024 connections, "
             "1,024 waiting and 1,024 active requests, 3 retries"},
    {.family = "", .load_balancer = LoadBalancer::RoundRobin, .note = "library: no timeout, no retries, ROUND_ROBIN"},
}};

}  // namespace

const ProductDefaults& product_defaults(std::string_view product) {
  for (const ProductDefaults& row : kProducts) {
    if (product.substr(0, row.family.size()) == row.family) return row;
  }
  return kProducts.back();
}

}  // namespace models
