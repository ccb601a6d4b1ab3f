// From the checked tree to the ScenarioSpec: short forms expanded, references resolved, defaults applied.
// One member function per kind of thing, spread over decode_<kind>.cpp. Not the YAML parser and not the graph checks
// (cycles, load: models/fleet). Every problem is reported and a harmless value taken, so that one pass finds them all.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "scenarios/reader/context.h"

namespace reader {

struct Product;

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
  void stopping(const Object& replications, models::RunSpec& run);
  void check_stopping(const models::ScenarioSpec& spec, NodeId root);
  // Each one once; what `check` refuses (it reports) is left out.
  std::vector<std::string> names(NodeId at, std::string_view what,
                                 const std::function<bool(NodeId, const std::string&)>& check = {});
  models::LimitSpec limits(NodeId at);
  models::NodeSpec node_spec(NodeId at);
  void check_times(const models::ScenarioSpec& spec, NodeId root);
  // decode_weights.cpp
  void weights(NodeId at, const Field& field, models::VersionSpec& version);
  std::optional<models::WarmupSpec> warmup(NodeId at);
  void check_weights(const models::ScenarioSpec& spec, NodeId root);
  // decode_economics.cpp
  models::PricesSpec prices(NodeId at, const models::ScenarioSpec& scenario);
  models::SweepSpec sweep(NodeId at);
  void check_auto_warmup(const models::ScenarioSpec& scenario, NodeId root);
  // decode_distribution.cpp
  std::optional<sim::Distribution> distribution(NodeId at, std::optional<sim::Duration> default_min = std::nullopt);
  std::optional<sim::Distribution> distribution_or(const Object& object, std::string_view key);
  std::optional<sim::Distribution> delay(NodeId at);      // a duration alone is constant
  std::optional<sim::Distribution> lead_time(NodeId at);  // likewise, up to kLongestLeadTime
  std::optional<sim::Distribution> default_law(const std::string& what, const char* text);
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
  std::vector<models::StepSpec> branches(NodeId list, bool short_calls, std::string_view form);  // in parallel
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
  models::DestinationPolicySpec destination(const Object& o, const std::string& service);
  // decode_limits.cpp
  void limits_of(const Object& o, models::DestinationPolicySpec& out);
  models::OutlierDetectionSpec outlier_detection(NodeId at);
  models::RetryBudgetSpec retry_budget(NodeId at);
  // decode_hedging.cpp
  std::optional<models::HedgingSpec> hedging(NodeId at);
  void check_hedging(const models::ScenarioSpec& spec, NodeId root);
  // decode_retries.cpp
  std::optional<models::RetrySpec> retries(NodeId at);
  void retry_conditions(NodeId at, models::RetrySpec& retry);
  void check_retries(const models::ScenarioSpec& spec, NodeId root);
  // decode_policy.cpp
  std::optional<models::LoadBalancer> load_balancer(const Object& o);
  // decode_guards.cpp
  void guards(const Object& o, const std::string& service, models::DestinationPolicySpec& out);
  std::optional<models::FaultSpec> fault(NodeId at);
  std::optional<models::MirrorSpec> mirror(NodeId at, const std::string& service);
  std::optional<models::RateLimitSpec> rate_limit(NodeId at, const Field& field);
  std::vector<models::AuthorizationRule> rules(NodeId at, const std::string& service);
  // decode_candidate.cpp
  std::vector<models::CandidateSpec> candidates(NodeId at);
  std::optional<models::CandidateSpec> candidate(NodeId at, const std::string& name);
  std::optional<models::ProxyProfileSpec> named_profile(NodeId at, const std::string& name);
  void cpu_points(NodeId at, models::ProxyProfileSpec& profile);
  const Product* product(const Object& o, models::EnforcedBy by);
  void proxies(const Object* o, NodeId at, models::CandidateSpec& candidate);
  std::optional<models::ProxyProfileSpec> profile_at_key(NodeId at, const std::string& candidate);
  // decode_ambient.cpp
  void ambient(const Object* o, NodeId at, models::CandidateSpec& candidate);
  // decode_arrangement.cpp
  void refuse_misplaced(const Object& o, models::EnforcedBy by);
  void arrangement(const Object& o, models::CandidateSpec& candidate);
  void carriers(NodeId at, models::CandidateSpec& candidate);
  models::TelemetrySpec telemetry(NodeId at);
  std::vector<std::string> enrolled(NodeId at);
  models::ControlPlaneSpec control_plane(NodeId at);
  // decode_teams.cpp
  std::vector<models::TeamSpec> teams(NodeId at);
  std::vector<models::LibrarySpec> libraries(NodeId at);
  void deviations(NodeId at, models::CandidateSpec& candidate);
  std::optional<models::DeviationSpec> deviation(NodeId at);
  // decode_survey.cpp
  std::vector<models::DeviationSpec::Found> survey(NodeId at, const std::string& to);
  NodeId survey_root(NodeId at);
  void surveyed(const Object& o, models::DeviationSpec& deviation);
  void check_matches(NodeId at, const models::DeviationSpec& deviation);
  bool check_team(NodeId at, const std::string& name);
  // decode_timeline.cpp
  std::vector<models::TimelineEntrySpec> timeline(NodeId at);
  void part_of(NodeId at, const models::TimelineEntrySpec& entry, const std::vector<models::TimelineEntrySpec>& above);
  std::optional<models::TimelineEntrySpec> timeline_entry(NodeId at, sim::Duration duration);
  void version_target(NodeId at, models::TimelineEntrySpec& entry);
  // decode_expect.cpp
  std::vector<models::ExpectSpec> expectations(NodeId at, const models::ScenarioSpec& spec);

  [[nodiscard]] static bool has_control_plane(models::EnforcedBy by);
  bool check_service(NodeId at, const std::string& name, bool at_key);
  [[nodiscard]] std::vector<std::string> service_names() const;

  Context& context_;
  std::map<std::string, Known> known_;
  std::map<std::string, std::vector<std::string>> teams_;  // their services
  std::map<std::string, NodeId> surveys_;                  // files that have been read, by path
  std::map<std::string, std::string> team_of_;             // by service
  std::map<std::string, std::string> language_of_;         // by service
  std::set<std::string> languages_;                        // of a service, or listed
  bool control_plane_ = false;                             // some candidate has one
  std::vector<std::string> zones_;
  sim::Duration duration_ = 0;
};

}  // namespace reader
