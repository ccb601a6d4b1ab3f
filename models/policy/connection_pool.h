// Limits of a client's connections and requests towards one cluster, as Envoy applies them: values and pure decisions.
// Not here: the pools themselves (models/traffic/pool.cpp). The counts compared are the cluster's, over all workers of
// one proxy; a pool is what one worker has towards one replica.
// Source: mesh semantics 6 (Envoy's conn_pool_base and resource manager; Istio's defaults).
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/spec/limits_spec.h"

namespace models {

struct ConnectionPool {
  std::uint32_t connections = kNoLimit;
  std::uint32_t pending = kNoLimit;
  std::uint32_t requests = kNoLimit;
  std::uint32_t retries = kNoLimit;
  std::uint32_t per_connection = 0;  // requests; 0: no limit
  std::uint32_t streams = kNoLimit;  // at once on an HTTP/2 connection
  sim::Duration connect_timeout = 0;
  sim::Duration idle_timeout = 0;
  bool operator==(const ConnectionPool&) const = default;
};

inline constexpr int kConnectionsAtOnce = 3;  // that one request may open (Envoy's preconnect loop)

// A pool without any connection may always have one, so that what it queues can be served: the limit is exceeded by at
// most one connection for each replica and worker.
[[nodiscard]] constexpr bool may_connect(const ConnectionPool& limits, std::uint32_t of_cluster,
                                         std::uint32_t of_pool) {
  return of_cluster < limits.connections || of_pool == 0;
}

// More requests wait than connections under way can take.
[[nodiscard]] constexpr bool wants_connection(std::uint32_t pending, std::uint64_t connecting_capacity) {
  return pending > connecting_capacity;
}

[[nodiscard]] constexpr std::uint32_t capacity_of(const ConnectionPool& limits, bool http1) {
  const std::uint32_t at_once = http1 ? 1 : limits.streams;
  return limits.per_connection == 0 ? at_once : std::min(at_once, limits.per_connection);
}

[[nodiscard]] constexpr ConnectionPool overlay(ConnectionPool limits, const ConnectionPoolSpec& said) {
  limits.connections = said.max_connections.value_or(limits.connections);
  limits.pending = said.max_pending.value_or(limits.pending);
  limits.requests = said.max_requests.value_or(limits.requests);
  limits.retries = said.max_retries.value_or(limits.retries);
  limits.per_connection = said.max_requests_per_connection.value_or(limits.per_connection);
  limits.streams = said.max_concurrent_streams.value_or(limits.streams);
  limits.connect_timeout = said.connect_timeout.value_or(limits.connect_timeout);
  limits.idle_timeout = said.idle_timeout.value_or(limits.idle_timeout);
  return limits;
}

}  // namespace models
