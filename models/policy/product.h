// What a product does where the policy is silent: one row per product family. Values, no behaviour.
// Source: mesh semantics section 0 (preset table), 2.1, 2.2, 3.5, 9.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/policy/connection_pool.h"
#include "models/spec/policy_spec.h"

namespace models {

struct ProductDefaults {
  std::string_view family;
  LoadBalancer load_balancer = LoadBalancer::RoundRobin;
  sim::Duration timeout = 0;  // overall; 0: none
  std::uint32_t retries = 0;  // when the policy says nothing
  std::uint32_t retry_on = 0;
  bool avoid_tried_hosts = false;
  std::uint8_t repicks = 0;
  BackoffSpec backoff = {};
  ConnectionPool pool = {};    // without limits unless the product has some
  std::string_view note = {};  // one clause for the report
};

// By longest matching prefix of the product's name ("istio-1.24" -> istio); unknown names get the library's.
[[nodiscard]] const ProductDefaults& product_defaults(std::string_view product);

}  // namespace models
