#include "models/fleet/holders.h"

#include <fmt/format.h>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace models {
namespace {

class Checker {
 public:
  explicit Checker(const ScenarioSpec& spec) : spec_(spec) {
    for (const ServiceSpec& service : spec.services) services_.insert(service.name);
  }

  std::vector<Finding> check() {
    for (const TeamSpec& team : spec_.teams) {
      const std::string path = "teams." + team.name;
      for (const std::string& service : team.services) {
        known(service, fmt::format("team '{}' owns", team.name), path);
        const auto [owner, first] = owner_.emplace(service, team.name);
        if (!first)
          add("two-teams", fmt::format("service '{}' is in the teams '{}' and '{}'", service, owner->second, team.name),
              path);
      }
    }
    for (const CandidateSpec& candidate : spec_.candidates) check(candidate, "candidates." + candidate.name);
    return std::move(findings_);
  }

 private:
  void add(const char* code, std::string message, std::string path) {
    findings_.push_back({Finding::Severity::Error, code, std::move(message), std::move(path)});
  }
  void known(const std::string& service, const std::string& who, const std::string& path) {
    if (!services_.contains(service))
      add("missing-reference", fmt::format("{} service '{}', which does not exist", who, service), path);
  }

  void check(const CandidateSpec& candidate, const std::string& path) {
    if (candidate.enrolled) {
      for (const std::string& service : *candidate.enrolled)
        known(service, fmt::format("candidate '{}' enrols", candidate.name), path + ".enrolled");
    }
    for (std::size_t i = 0; i < candidate.deviations.size(); ++i) {
      const DeviationSpec& deviation = candidate.deviations[i];
      const std::string where = fmt::format("{}.deviations[{}]", path, i);
      if (!deviation.service.empty()) known(deviation.service, "a deviation is that of", where);
      if (!deviation.to.empty()) known(deviation.to, "a deviation is one towards", where);
      if (!deviation.team.empty() && !has_team(deviation.team))
        add("missing-reference", fmt::format("a deviation is that of team '{}', which does not exist", deviation.team),
            where);
      if (!(deviation.share >= 0 && deviation.share <= 1))
        add("bad-share", fmt::format("a deviation's share is {}, not between 0 and 1", deviation.share), where);
    }
    for (const auto& [knob, carrier] : candidate.carriers) {
      const bool none = candidate.enforced_by == EnforcedBy::Library || candidate.enforced_by == EnforcedBy::None;
      if (carrier == Carrier::Push && none)
        add("no-control-plane",
            fmt::format("candidate '{}' pushes {} but has no control plane", candidate.name, name_of(knob)),
            path + ".carriers");
      if (carrier == Carrier::ReplicaRatio && knob != Knob::Split)
        add("bad-carrier", fmt::format("numbers of replicas carry a split, not {}", name_of(knob)), path + ".carriers");
    }
  }
  bool has_team(const std::string& name) const {
    for (const TeamSpec& team : spec_.teams) {
      if (team.name == name) return true;
    }
    return false;
  }

  const ScenarioSpec& spec_;
  std::set<std::string> services_;
  std::map<std::string, std::string> owner_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_holders(const ScenarioSpec& spec) { return Checker(spec).check(); }

}  // namespace models
