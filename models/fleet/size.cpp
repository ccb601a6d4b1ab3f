#include "models/fleet/size.h"

#include <fmt/format.h>
#include <map>
#include <set>
#include <string>

namespace models {
namespace {

constexpr double kMostViews = 268435456;  // 2^28

void collect_callees(const std::vector<StepSpec>& steps, std::set<std::string>& callees) {
  for (const StepSpec& step : steps) {
    if (step.call) callees.insert(step.call->service);
    collect_callees(step.children, callees);
  }
}

}  // namespace

std::vector<Finding> check_size(const ScenarioSpec& spec) {
  std::map<std::string, double> pods;
  for (const ServiceSpec& service : spec.services) {
    for (const VersionSpec& version : service.versions) pods[service.name] += version.replicas;
  }
  double rows = 0;
  for (const ServiceSpec& service : spec.services) {
    std::set<std::string> callees;
    for (const VersionSpec& version : service.versions) {
      for (const EndpointSpec& endpoint : version.endpoints) collect_callees(endpoint.steps, callees);
    }
    for (const std::string& callee : callees) rows += pods[service.name] * pods[callee];
  }
  if (rows <= kMostViews) return {};
  return {
      {Finding::Severity::Error, "fleet-too-large",
       fmt::format("client pods keep {:.3g} rows for replicas (pods of callers times pods of callees); at most {:.3g} "
                   "fit",
                   rows, kMostViews),
       "services"}};
}

}  // namespace models
