// From the checked tree to the ScenarioSpec: short forms expanded, references resolved, defaults applied.
// One member function per kind of thing, spread over decode_<kind>.cpp. Not the YAML parser and not the graph checks
// (cycles, load: models/fleet). Every problem is reported and a harmless value taken, so that one pass finds them all.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "scenarios/reader/context.h"

namespace reader {

class Decoder {
 public:
  explicit Decoder(Context& context) : context_(context) {}

  models::ScenarioSpec scenario(NodeId root);
  // A cost profile alone (a file of models/profiles, or an inline map).
  models::ProxyProfileSpec profile(NodeId at, std::string name);

 private:
  struct Known {                         // what other parts may refer to
    std::vector<std::string> endpoints;  // of any version, sorted
    std::vector<std::string> versions;   // sorted
  };
  struct Target {
    std::string service;
    std::string endpoint;
  };
  // The nodes that say what an endpoint does, the most specific last.
  using Layers = std::vector<NodeId>;

  // decode_scenario.cpp
  models::RunSpec run(NodeId at);
  std::vector<std::string> names(NodeId at, std::string_view what);
  models::LimitSpec limits(NodeId at);
  models::NodeSpec node_spec(NodeId at);
  void check_times(const models::ScenarioSpec& spec, NodeId root);
  // decode_distribution.cpp
  std::optional<sim::Distribution> distribution(NodeId at, std::optional<sim::Duration> default_min = std::nullopt);
  std::optional<sim::Distribution> distribution_or(const Object& object, std::string_view key);
  struct Law;  // a distribution with its canonical text
  std::optional<Law> law(NodeId at, bool part);
  std::optional<Law> shape(const Object& o, NodeId at);
  // decode_service.cpp
  void learn_services(NodeId at);
  void learn_endpoints(NodeId at, std::vector<std::string>& into);
  models::ServiceSpec service(NodeId at, const std::string& name);
  models::VersionSpec version(NodeId at, NodeId service_node, const std::string& service_name, const std::string& name);
  models::EndpointSpec endpoint(const std::string& name, NodeId service_node, NodeId version_node,
                                const std::string& service_name, bool report_here);
  void check_layer(const Object& o);
  void replicas(const Object& o, models::VersionSpec& version);
  models::ErrorSpec errors(NodeId at);
  // decode_steps.cpp
  std::vector<models::StepSpec> steps(NodeId list, bool short_calls, std::string_view form);
  std::optional<models::StepSpec> step_or_call(NodeId at, std::string_view form);
  std::optional<models::StepSpec> step(NodeId at, std::string_view type);
  void call_parts(const Object& o, models::CallSpec& call);
  std::optional<Target> target(NodeId at, const std::string& text, bool at_key);
  std::optional<Target> target(NodeId at);
  // decode_traffic.cpp
  std::vector<models::TrafficSpec> traffic(NodeId at);
  void traffic_entry(NodeId at, const std::string& key, bool from_map, std::vector<models::TrafficSpec>& out);
  void rate_shape(NodeId at, const Object& entry, models::TrafficSpec& traffic);
  // decode_policy.cpp
  models::PolicySpec policy(NodeId at);
  models::DestinationPolicySpec destination(NodeId at, const std::string& service);
  models::DestinationPolicySpec destination_parts(const Object& o, const std::string& service);
  std::optional<models::RetrySpec> retries(NodeId at);
  void retry_conditions(NodeId at, models::RetrySpec& retry);
  std::optional<models::LoadBalancer> load_balancer(const Object& o);
  // decode_arrangement.cpp
  std::vector<models::TeamSpec> teams(NodeId at);
  std::vector<models::LibrarySpec> libraries(NodeId at, const std::vector<models::ServiceSpec>& services);
  std::vector<models::DeviationSpec> deviations(NodeId at);
  models::ControlPlaneSpec control_plane(NodeId at);
  void arrangement(NodeId at, models::CandidateSpec& candidate);
  std::vector<std::string> service_list(NodeId at);
  bool check_team(NodeId at, const std::string& name);
  sim::Distribution distribution_with_default(const Object& object, std::string_view key);
  // decode_candidate.cpp
  std::vector<models::CandidateSpec> candidates(NodeId at);
  std::optional<models::CandidateSpec> candidate(NodeId at, const std::string& name);
  std::optional<models::ProxyProfileSpec> named_profile(NodeId at, const std::string& name);
  void cpu_points(NodeId at, models::ProxyProfileSpec& profile);
  // decode_timeline.cpp
  std::vector<models::TimelineEntrySpec> timeline(NodeId at);
  std::optional<models::TimelineEntrySpec> timeline_entry(NodeId at, sim::Duration duration);
  void version_target(NodeId at, models::TimelineEntrySpec& entry);

  bool check_service(NodeId at, const std::string& name, bool at_key);
  [[nodiscard]] std::vector<std::string> service_names() const;

  Context& context_;
  std::map<std::string, Known> known_;
  std::vector<std::string> zones_;
  sim::Duration duration_ = 0;
  std::vector<models::TeamSpec> teams_;
  std::set<std::string> languages_;  // that services say
};

}  // namespace reader
