#include "scenarios/reader/fields.h"

#include <algorithm>
#include <array>

namespace reader {
namespace {

constexpr std::array<std::string_view, 18> kScalars = {
    "Duration", "Rate", "Percent", "Factor", "Size",   "Count", "Cores",         "Number",         "Seed",
    "Bool",     "Name", "Text",    "File",   "Target", "Any",   "VersionTarget", "RetryCondition", "Null"};

constexpr std::pair<std::string_view, const char*> kAdvice[] = {
    {"attempts", "say `retries: {max: n}`: tries after the first (Istio's `attempts: 2` is `max: 2`)"},
    {"numRetries", "say `retries: {max: n}`"},
    {"maxRetries", "say `retries: {max: n}`"},
    {"maxAttempts", "say `retries: {max: n}`: tries after the first (gRPC's `maxAttempts: 3` is `max: 2`)"},
    {"latency", "the time a service works is `serviceTime`; the network's delay is `network`"},
    {"duration", "the time a service works is `serviceTime`"},
    {"rps", "say `rate: 300/s`"},
    {"qps", "say `rate: 300/s`"},
    {"instances", "say `replicas`"},
    {"threads", "say `workers`"},
    {"concurrency", "say `workers`"},
    {"weight", "say `split: {v1: 90%, v2: 10%}` in the policy of the destination"},
    {"weights", "say `split: {v1: 90%, v2: 10%}`"},
    {"dependsOn", "say `calls: [other]`"},
    {"errorRate", "say `errors: 0.1%`"},
    {"cores", "say `cpu`"},
    {"baseInterval", "say `base`"},
    {"maxInterval", "say `max`"},
    {"simple", "say `loadBalancer: LEAST_REQUEST`"},
    {"controlPlane", "say it in a candidate: candidates: {sidecar: {controlPlane: {throttle: 25}}}"},
    {"entry", "say `to: service/endpoint`"},
    {"target", "say `to: service/endpoint`"},
    {"retry", "say `retries: {max: 2, retryOn: [503]}`: `attempts` of Gateway API is `max`, its `codes` are `retryOn`"},
    {"retryPolicy", "say `retries: {max: 2, retryOn: [unavailable]}`"},
    {"codes", "say `retryOn: [503]`"},
    {"timeouts", "say `timeout: 1s`; Gateway API's `backendRequest` is `retries: {perTryTimeout: 200ms}`"},
    {"backendRequest", "say `retries: {perTryTimeout: 200ms}`"},
    {"trafficPolicy", "its keys stand here themselves: loadBalancer, connectionPool, outlierDetection"},
    {"tcp", "its keys stand here themselves: connectionPool: {maxConnections: 100, connectTimeout: 1s}"},
    {"http", "its keys stand here themselves: connectionPool: {http1MaxPendingRequests: 10, maxRetries: 3}"},
    {"subsets", "say `versions` in the service"},
    {"consecutiveErrors", "say `consecutive5xxErrors` or `consecutiveGatewayErrors`"},
    {"budgetPercent", "say `percent: 20%`"},
    {"mirrorPercentage", "say `mirror: {to: v2, percentage: 10%}`"},
    {"circuitBreakers", "say `connectionPool`"},
};

}  // namespace

const Type* find_type(std::string_view name) {
  for (const Type& t : types()) {
    if (name == t.name) return &t;
  }
  return nullptr;
}

const Field* find_field(std::string_view type, std::string_view key) {
  for (const Field& f : fields()) {
    if (type == f.type && key == f.key) return &f;
  }
  return nullptr;
}

std::vector<const Field*> fields_of(std::string_view type) {
  std::vector<const Field*> out;
  for (const Field& f : fields()) {
    if (type == f.type) out.push_back(&f);
  }
  return out;
}

std::vector<Alternative> alternatives_of(std::string_view form) {
  std::vector<Alternative> out;
  if (!form.empty() && form[0] == '!') form.remove_prefix(1);
  while (!form.empty()) {
    const std::size_t bar = form.find('|');
    std::string_view one = form.substr(0, bar);
    form = bar == std::string_view::npos ? std::string_view{} : form.substr(bar + 1);
    if (one[0] == '=') {
      out.push_back({Alternative::Shape::Words, one.substr(1)});
    } else if (one[0] == '[') {
      out.push_back({Alternative::Shape::List, one.substr(1, one.size() - 2)});
    } else if (one[0] == '{') {
      out.push_back({Alternative::Shape::Map, one.substr(1, one.size() - 2)});
    } else {
      out.push_back({Alternative::Shape::One, one});
    }
  }
  return out;
}

bool is_scalar_type(std::string_view name) {
  return std::find(kScalars.begin(), kScalars.end(), name) != kScalars.end();
}

const char* advice_for(std::string_view key) {
  for (const auto& [word, advice] : kAdvice) {
    if (key == word) return advice;
  }
  return nullptr;
}

}  // namespace reader
