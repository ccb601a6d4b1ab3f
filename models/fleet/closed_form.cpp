#include "models/fleet/closed_form.h"

#include <algorithm>

namespace models {
namespace {

constexpr double kAsGoodAsNever = 1e-9;  // of the chance that a queue below capacity is full

// What of a policy towards a service is said, for it or for all.
template <class Field>
bool says(const PolicySpec& policy, const std::string& service, Field field) {
  const auto found = policy.destinations.find(service);
  return (policy.defaults.*field).has_value() ||
         (found != policy.destinations.end() && (found->second.*field).has_value());
}

bool may_be_refused(const PolicySpec& policy, const std::string& service) {
  return says(policy, service, &DestinationPolicySpec::rate_limit) ||
         says(policy, service, &DestinationPolicySpec::allow) || says(policy, service, &DestinationPolicySpec::deny);
}

// A queue of M/M/1 at this load is that long with probability load^length, one of M/M/c more seldom.
bool never_full(double load, std::uint32_t capacity) {
  double chance = 1.0;
  for (std::uint32_t i = 0; i < capacity && chance > kAsGoodAsNever; ++i) chance *= load;
  return capacity == kUnlimited || chance <= kAsGoodAsNever;
}

// The mean of the one exponential piece of work that every endpoint of the version is; nothing if it is not.
std::optional<double> common_work(const VersionSpec& version) {
  std::optional<double> mean;
  for (const EndpointSpec& endpoint : version.endpoints) {
    if (endpoint.steps.size() != 1 || endpoint.errors.when == ErrorWhen::Before) return std::nullopt;
    const StepSpec& step = endpoint.steps.front();
    if (step.kind != StepKind::Work || step.probability < 1.0 || step.repeat != 1 || !step.duration)
      return std::nullopt;
    const double here = step.duration->mean();
    if (!(*step.duration == sim::Distribution::exponential(here))) return std::nullopt;
    if (mean && !(*mean >= here && *mean <= here)) return std::nullopt;
    mean = here;
  }
  return mean;
}

bool poisson(const TrafficSpec& traffic) {
  return traffic.users == 0 && traffic.arrivals == ArrivalKind::Poisson &&
         traffic.rate.kind == RateShape::Kind::Constant && !traffic.via_gateway;
}

}  // namespace

double erlang_wait(double rate, double mean_service, std::uint32_t servers) {
  const double load = rate * mean_service;
  double blocked = 1.0;  // Erlang B, by its recursion
  for (std::uint32_t k = 1; k <= servers; ++k) blocked = load * blocked / (k + load * blocked);
  const double waits = blocked / (1.0 - load / servers * (1.0 - blocked));  // Erlang C
  return waits * mean_service / (servers - load);
}

std::optional<double> station_wait(const ScenarioSpec& spec, const FleetGraph& graph, const Flow& flow,
                                   std::size_t service) {
  const ServiceSpec& station = spec.services[graph.services[service].spec];
  if (!spec.timeline.empty() || spec.node || station.versions.size() != 1) return std::nullopt;
  if (station.workers == kUnlimited) return station.cpu ? std::nullopt : std::optional<double>(0.0);
  if (boost::in_degree(service, graph.services) != 0 || may_be_refused(spec.policy, station.name)) return std::nullopt;
  const bool all_poisson = std::all_of(spec.traffic.begin(), spec.traffic.end(), [&](const TrafficSpec& traffic) {
    return traffic.service != station.name || poisson(traffic);
  });
  const std::optional<double> work = common_work(station.versions.front());
  if (!all_poisson || !work || (station.cpu && *station.cpu < station.workers)) return std::nullopt;
  const double seconds = *work * 1e-9;
  const double rate = flow.services[service].rate / station.versions.front().replicas;  // entries pick at random
  const double load = rate * seconds / station.workers;
  if (load >= 1.0 || !never_full(load, station.queue.capacity)) return std::nullopt;
  return erlang_wait(rate, seconds, station.workers);
}

std::optional<double> mean_tries(const ScenarioSpec& spec, const FleetGraph& graph, const Flow& flow,
                                 std::size_t endpoint, std::uint32_t attempts) {
  if (attempts == 1) return 1.0;
  const std::size_t service = graph.endpoints[endpoint].service;
  const ServiceSpec& callee = spec.services[graph.services[service].spec];
  if (!spec.timeline.empty() || callee.versions.size() != 1 || flow.services[service].utilisation >= 1.0 ||
      boost::out_degree(endpoint, graph.endpoints) != 0) {
    return std::nullopt;
  }
  const auto silent = [&](auto... fields) { return (!says(spec.policy, callee.name, fields) && ...); };
  using D = DestinationPolicySpec;
  if (!silent(&D::timeout, &D::connection_pool, &D::outlier_detection, &D::failure_accrual, &D::retry_budget, &D::fault,
              &D::rate_limit, &D::allow, &D::deny)) {
    return std::nullopt;
  }
  const auto found = spec.policy.destinations.find(callee.name);
  const std::optional<RetrySpec>& retries = found != spec.policy.destinations.end() && found->second.retries
                                                ? found->second.retries
                                                : spec.policy.defaults.retries;
  const EndpointSpec* target = endpoint_of(callee.versions.front(), graph.endpoints[endpoint].name);
  if (!retries || retries->max + 1 != attempts || retries->per_try_timeout || target == nullptr) return std::nullopt;
  const ErrorSpec& errors = target->errors;
  if ((retries->retry_on.value_or(0) & static_cast<std::uint32_t>(RetryOn::FiveXx)) == 0 || errors.status < 500 ||
      errors.per != ErrorPer::Attempt) {
    return std::nullopt;
  }
  double tries = 0.0;
  double reached = 1.0;
  for (std::uint32_t i = 0; i < attempts; ++i, reached *= errors.rate) tries += reached;
  return tries;
}

}  // namespace models
