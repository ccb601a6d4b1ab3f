#include "models/plan/gateway.h"

#include <algorithm>

namespace models {

std::string entry_name(const TrafficSpec& traffic) {
  return traffic.service == kGatewayName ? traffic.endpoint : traffic.service + "/" + traffic.endpoint;
}

ScenarioSpec with_gateway(const ScenarioSpec& spec) {
  ScenarioSpec result = spec;
  VersionSpec version;
  version.name = "v1";
  for (TrafficSpec& traffic : result.traffic) {
    if (!traffic.via_gateway) continue;
    const std::string name = entry_name(traffic);
    const auto known = std::find_if(version.endpoints.begin(), version.endpoints.end(),
                                    [&](const EndpointSpec& e) { return e.name == name; });
    if (known == version.endpoints.end()) {
      StepSpec step;
      step.kind = StepKind::Call;
      step.call = CallSpec{.service = traffic.service,
                           .endpoint = traffic.endpoint,
                           .timeout = {},
                           .retries = {},
                           .on_failure = OnFailure::Fail,
                           .fallback = {},
                           .fire_and_forget = false};
      version.endpoints.push_back(EndpointSpec{.name = name, .steps = {step}, .errors = {}, .idempotent = true});
    }
    traffic.service = std::string(kGatewayName);
    traffic.endpoint = name;
    traffic.via_gateway = false;
  }
  if (version.endpoints.empty()) return result;
  ServiceSpec gateway;
  gateway.name = std::string(kGatewayName);
  gateway.workers = kUnlimited;
  gateway.queue.capacity = kUnlimited;
  gateway.versions.push_back(version);
  result.services.push_back(gateway);
  return result;
}

}  // namespace models
