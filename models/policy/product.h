// What a product does where the policy is silent, and what it cannot do whatever the policy says: one row per product
// family. Values, no behaviour but the shaping of a retry policy into what the product makes of it.
// Source: mesh semantics section 0 (preset table), 2.1, 2.2, 3.5 to 3.7, 4, 9.2 to 9.4, 22 to 24.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/policy/connection_pool.h"
#include "models/policy/retry.h"
#include "models/spec/candidate_spec.h"

namespace models {

enum class Maker : std::uint8_t { Library, Istio, Envoy, Consul, Linkerd, Grpc };

// Whether a product's ROUND_ROBIN, LEAST_REQUEST and RANDOM keep to the client's zone.
enum class Zones : std::uint8_t {
  Ignored,
  IfAsked,               // by localityLbSetting
  WithOutlierDetection,  // unless localityLbSetting says no (Istio)
};

// How a product sends hedged requests, where it can: one of the ways of HedgingSpec.
enum class Hedges : std::uint8_t { Never, OnPerTryTimeout, ByDelay };

struct ProductDefaults {
  std::string_view family;
  std::string_view title;  // for people: "Istio"
  Maker maker = Maker::Library;
  LoadBalancer load_balancer = LoadBalancer::RoundRobin;
  sim::Duration timeout = 0;  // overall; 0: none
  std::uint32_t retries = 0;  // when the policy says nothing
  std::uint32_t retry_on = 0;
  std::array<std::uint16_t, 6> status_codes = {};
  bool avoid_tried_hosts = false;   // unless told otherwise
  std::uint8_t repicks = 0;         // extra picks where it does; 0: it cannot be told to
  bool leaves_tried_zones = false;  // if told to
  BackoffSpec backoff = {};
  RetryBudgetSpec budget = {};     // what `retryBudget: {}` means
  ConnectionPool pool = {};        // without limits unless the product has some
  bool http1_idle = false;         // its idle timeout is of HTTP/1.1 connections alone
  bool outlier_detection = false;  // on without being asked for
  bool always_mtls = false;        // between its own proxies, whatever the policy says
  bool weighs = false;             // its ROUND_ROBIN and LEAST_REQUEST look at the weights of replicas
  bool warms_up = false;           // ... and at their age, if told to
  Zones zones = Zones::Ignored;
  Hedges hedges = Hedges::Never;
  // Of its servers' proxies towards their applications, on reset-before-request and HTTP only; what they answer in the
  // end (gRPC: UNAVAILABLE). Envoy's can be told to retry.
  std::uint32_t inbound_retries = 0;
  std::uint16_t without_application = 503;
  std::uint32_t lacks = 0;  // bits of Knob: what it cannot do
  std::uint32_t most_retries = kNoLimit;
  std::string_view note = {};  // one clause for the report
};

// By longest matching prefix of the product's name ("istio-1.24" -> istio); unknown names get the library's.
[[nodiscard]] const ProductDefaults& product_defaults(std::string_view product);

// Of who acts in this way at a service of the candidate: its product's, or a library's.
[[nodiscard]] const ProductDefaults& product_of(const CandidateSpec& candidate, EnforcedBy by);

// What the product makes of a policy that has been said: gRPC knows its own conditions only and gives up after five
// tries, Linkerd has rules of its own.
[[nodiscard]] RetryPolicy as_done_by(const ProductDefaults& product, RetryPolicy said);

}  // namespace models
