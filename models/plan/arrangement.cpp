#include "models/plan/arrangement.h"

#include <algorithm>
#include <map>
#include <utility>

#include "models/control/lead_time.h"
#include "models/plan/gateway.h"
#include "models/plan/intents.h"
#include "models/plan/waypoint.h"
#include "models/policy/product.h"
#include "models/spec/waypoint.h"
#include "sim/random/keyed.h"

namespace models {
namespace {

constexpr std::uint64_t kDeviation = 7;
constexpr std::uint64_t kSurvey = 8;

Carrier default_carrier(EnforcedBy by, Knob knob, bool runtime_config) {
  if (by == EnforcedBy::Sidecar || by == EnforcedBy::Proxyless || by == EnforcedBy::Ambient) return Carrier::Push;
  if (knob == Knob::Split) return Carrier::ReplicaRatio;
  const bool read = knob == Knob::Timeout || knob == Knob::Retries || knob == Knob::LoadBalancer ||
                    knob == Knob::ConnectionPool || knob == Knob::OutlierDetection;
  return runtime_config && read ? Carrier::RuntimeConfig : Carrier::Redeploy;
}

EnforcedBy acts(const CandidateSpec& candidate, const std::string& service) {
  const bool gateway = service == kGatewayName;
  if (candidate.enforced_by == EnforcedBy::Gateway) return gateway ? EnforcedBy::Sidecar : EnforcedBy::None;
  if (candidate.enforced_by == EnforcedBy::None) return EnforcedBy::None;
  const EnforcedBy by = candidate.enforced_by == EnforcedBy::Node ? EnforcedBy::Sidecar : candidate.enforced_by;
  if (gateway || is_waypoint(service)) return by == EnforcedBy::Ambient ? EnforcedBy::Sidecar : by;
  return is_enrolled(candidate, service) ? by : candidate.others;
}

// The row of a survey that a draw falls on; REQUIRES: some count is not 0.
std::size_t found_by(const std::vector<DeviationSpec::Found>& survey, std::uint64_t draw) {
  std::uint64_t all = 0;
  for (const DeviationSpec::Found& found : survey) all += found.count;
  std::uint64_t left = all == 0 ? 0 : draw % all;
  for (std::size_t row = 0; row < survey.size(); ++row) {
    if (left < survey[row].count) return row;
    left -= survey[row].count;
  }
  return 0;
}

}  // namespace

std::vector<HolderPlan> arrange(const ScenarioSpec& spec, const CandidateSpec& candidate,
                                const std::vector<std::string>& names) {
  std::map<std::string, const TeamSpec*> team_of;
  for (const TeamSpec& team : spec.teams) {
    for (const std::string& service : team.services) team_of[service] = &team;
  }
  std::map<std::string, std::string> language_of;
  for (const ServiceSpec& service : spec.services) language_of[service.name] = service.language;
  std::vector<HolderPlan> holders;
  for (const std::string& name : names) {
    HolderPlan holder;
    holder.by = acts(candidate, name);
    holder.always_mtls = holder.by == EnforcedBy::Ambient ||  // HBONE is mTLS
                         (holder.by == EnforcedBy::Sidecar && product_of(candidate, holder.by).always_mtls);
    holder.behind_waypoint = holder.by == EnforcedBy::Ambient &&
                             std::binary_search(candidate.waypoints.begin(), candidate.waypoints.end(), name);
    for (const LibrarySpec& library : spec.libraries) {
      if (library.language == language_of[name]) holder.library_supports = library.supports;
    }
    const bool in_process = holder.by == EnforcedBy::Library || holder.by == EnforcedBy::Proxyless;
    holder.has_library =
        in_process || (holder.by == EnforcedBy::Sidecar && candidate.keeps_library && name != kGatewayName);
    if (in_process) holder.supports = holder.library_supports;
    for (std::size_t k = 0; k < kKnobs; ++k) {
      const auto knob = static_cast<Knob>(k);
      const auto said = candidate.carriers.find(knob);
      holder.carriers[k] = default_carrier(holder.by, knob, candidate.has_runtime_config);
      const bool pushes = is_proxied(holder) || holder.by == EnforcedBy::Proxyless;
      if (said == candidate.carriers.end() || holder.by == EnforcedBy::None) continue;
      if (said->second != Carrier::Push || pushes) holder.carriers[k] = said->second;  // nobody pushes to a library
    }
    const auto team = team_of.find(name);
    holder.redeploy = candidate.redeploy                                            ? *candidate.redeploy
                      : team != team_of.end() && team->second->redeploy.has_value() ? *team->second->redeploy
                                                                                    : default_lead_time();
    holder.redeploy_assumed = !candidate.redeploy && (team == team_of.end() || !team->second->redeploy.has_value());
    holders.push_back(std::move(holder));
  }
  return holders;
}

Deviations::Deviations(const ScenarioSpec& spec, const CandidateSpec& candidate) {
  std::map<std::string, std::string> team_of;
  for (const TeamSpec& team : spec.teams) {
    for (const std::string& service : team.services) team_of[service] = team.name;
  }
  for (std::size_t d = 0; d < candidate.deviations.size(); ++d) {
    const DeviationSpec& deviation = candidate.deviations[d];
    std::map<std::string, std::vector<std::string>> groups;  // by name: the order of a file never matters
    for (const ServiceSpec& service : spec.services) {
      const auto team = team_of.find(service.name);
      const std::string of_team = team == team_of.end() ? std::string() : team->second;
      if (!deviation.service.empty() && deviation.service != service.name) continue;
      if (!deviation.team.empty() && deviation.team != of_team) continue;
      if (!deviation.language.empty() && deviation.language != service.language) continue;
      // What has no team or language is a group of its own.
      const std::string& group = deviation.by == DeviationBy::Team && !of_team.empty()                ? of_team
                                 : deviation.by == DeviationBy::Language && !service.language.empty() ? service.language
                                                                                                      : service.name;
      groups[group].push_back(service.name);
    }
    std::vector<std::pair<std::uint64_t, std::string>> drawn;
    for (const auto& [group, services] : groups) {
      const sim::Key key = sim::child_key(sim::mix(spec.seed) ^ sim::name_key(group), d);
      drawn.emplace_back(sim::bits(key, kDeviation), group);
    }
    std::sort(drawn.begin(), drawn.end());
    const auto count =
        static_cast<std::size_t>((deviation.share * static_cast<double>(drawn.size()) + 0x1p52) - 0x1p52);
    std::vector<Chosen> rows(std::max<std::size_t>(1, deviation.survey.size()));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      rows[row].to = deviation.to;
      rows[row].policy = deviation.survey.empty() ? deviation.policy : deviation.survey[row].policy;
    }
    for (std::size_t i = 0; i < std::min(count, drawn.size()); ++i) {
      const std::vector<std::string>& services = groups[drawn[i].second];
      const sim::Key key = sim::child_key(sim::mix(spec.seed) ^ sim::name_key(drawn[i].second), d);
      Chosen& chosen = rows[deviation.survey.empty() ? 0 : found_by(deviation.survey, sim::bits(key, kSurvey))];
      chosen.callers.insert(chosen.callers.end(), services.begin(), services.end());
    }
    for (Chosen& chosen : rows) {
      std::sort(chosen.callers.begin(), chosen.callers.end());
      if (!chosen.callers.empty()) chosen_.push_back(std::move(chosen));
    }
  }
}

DestinationPolicySpec Deviations::of(const std::string& caller, const std::string& callee) const {
  DestinationPolicySpec result;
  for (const Chosen& chosen : chosen_) {
    if (!chosen.to.empty() && chosen.to != callee) continue;
    if (!std::binary_search(chosen.callers.begin(), chosen.callers.end(), caller)) continue;
    result = overlay(result, chosen.policy);
  }
  return result;
}

}  // namespace models
