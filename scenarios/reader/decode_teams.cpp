// Who owns what and what its libraries can do, and where the policy in them is not the intended one.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::CandidateSpec;
using models::DeviationBy;
using models::DeviationSpec;
using models::EnforcedBy;
using models::LibrarySpec;
using models::TeamSpec;

std::vector<TeamSpec> Decoder::teams(NodeId at) {
  std::vector<TeamSpec> out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, find_field("Scenario", "teams")->form);
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    TeamSpec team;
    team.name = context_.tree.key_of(c);
    if (!context_.check_name(c, team.name, "team", true)) continue;
    teams_[team.name];  // it exists, whatever is wrong inside
    const Object o(context_, c, "Team");
    if (o.node() == kNoNode) continue;
    if (const NodeId list = o.get("services"); list != kNoNode) {
      team.services = names(list, "service", [&](NodeId place, const std::string& name) {
        if (!check_service(place, name, false)) return false;
        const auto [owner, first] = team_of_.emplace(name, team.name);
        if (!first)
          context_.error(Code::TwoTeams, place, fmt::format("`{}` is in team `{}` already", name, owner->second),
                         "a service has one team: its releases have one pace");
        return first;
      });
      if (context_.is(list, NodeKind::List) && context_.node(list).size == 0)
        context_.error(Code::EmptyValue, list, fmt::format("team `{}` owns no service", team.name),
                       "name them, or remove the team");
    }
    std::sort(team.services.begin(), team.services.end());
    if (const NodeId law = o.get("redeploy"); law != kNoNode) team.redeploy = lead_time(law);
    teams_[team.name] = team.services;
    out.push_back(std::move(team));
  }
  std::sort(out.begin(), out.end(), [](const TeamSpec& a, const TeamSpec& b) { return a.name < b.name; });
  return out;
}

bool Decoder::check_team(NodeId at, const std::string& name) {
  if (teams_.count(name) > 0) return true;
  std::vector<std::string> known;
  for (const auto& [team, services] : teams_) known.push_back(team);
  context_.error(
      Code::UnknownTeam, at, fmt::format("there is no team `{}`", printable(name, 60)),
      known.empty() ? "list the teams at the top: teams: {shop: {services: [web]}}" : did_you_mean(name, known));
  return false;
}

std::vector<LibrarySpec> Decoder::libraries(NodeId at) {
  std::vector<LibrarySpec> out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, find_field("Scenario", "libraries")->form);
    return out;
  }
  std::vector<std::string> words;
  for (const auto& [word, bit] : kSupports) words.emplace_back(word);
  for (const NodeId c : context_.tree.children(at)) {
    LibrarySpec library;
    library.language = context_.tree.key_of(c);
    const bool used = languages_.count(library.language) > 0;
    if (context_.boolean_word_reported(c, library.language, true)) continue;
    if (library.language.empty()) {
      context_.error_at_key(Code::BadName, c, "a language has a name", "e.g. go");
      continue;
    }
    if (!used && !context_.report.failed())
      context_.warn(Code::NoEffect, c, fmt::format("no service is written in `{}`", printable(library.language, 60)),
                    "a service says so with `language`");
    const Object o(context_, c, "Library");
    if (const NodeId list = o.get("supports"); list != kNoNode) {
      library.supports = 0;
      if (!context_.is(list, NodeKind::List)) context_.wrong_type(list, o.field("supports").form);
      for (const NodeId item : context_.tree.children(list)) {
        if (!context_.is(item, NodeKind::Scalar)) {
          context_.wrong_type(item, "Support");
          continue;
        }
        const std::string& word = context_.node(item).text;
        const auto bit = find_value(kSupports, word);
        if (bit)
          library.supports |= *bit;
        else if (!context_.boolean_word_reported(item, word, false))
          context_.error(Code::UnknownChoice, item,
                         fmt::format("`{}` is nothing that a library supports", printable(word, 60)),
                         did_you_mean(word, words));
      }
    }
    out.push_back(std::move(library));
  }
  for (const LibrarySpec& library : out) languages_.insert(library.language);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.language < b.language; });
  return out;
}

void Decoder::deviations(NodeId at, CandidateSpec& out) {
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, find_field("Candidate", "deviations")->form);
    return;
  }
  for (const NodeId c : context_.tree.children(at)) {
    if (auto one = deviation(c)) out.deviations.push_back(std::move(*one));
  }
  const bool in_process = out.enforced_by == EnforcedBy::Library || out.enforced_by == EnforcedBy::Proxyless;
  if (out.deviations.empty() || in_process || out.keeps_library) return;
  const bool left = out.enrolled && out.others == EnforcedBy::Library && out.enrolled->size() < language_of_.size();
  if (!left && !context_.report.failed())
    context_.warn(Code::NoEffect, at, "these deviations act nowhere: no library acts in this candidate",
                  "libraries act where `enrolled` leaves them, or under `keepsLibrary: true`");
}

std::optional<DeviationSpec> Decoder::deviation(NodeId at) {
  const std::size_t before = context_.report.errors();
  const Object o(context_, at, "Deviation", "Destination");
  if (o.node() == kNoNode) return std::nullopt;
  DeviationSpec out;
  if (const auto name = o.name("service"); name && check_service(o.get("service"), *name, false)) out.service = *name;
  if (const auto name = o.name("team"); name && check_team(o.get("team"), *name)) out.team = *name;
  if (const auto name = o.text("language")) {
    const NodeId place = o.get("language");
    if (languages_.count(*name) > 0) {
      out.language = *name;
    } else if (!context_.boolean_word_reported(place, *name, false)) {
      context_.error(Code::UnknownLanguage, place, fmt::format("there is no language `{}`", printable(*name, 60)),
                     languages_.empty() ? "a service says its own with `language`"
                                        : did_you_mean(*name, {languages_.begin(), languages_.end()}));
    }
  }
  if (const auto name = o.name("to"); name && check_service(o.get("to"), *name, false)) out.to = *name;
  out.share = o.real("share").value_or(1.0);
  out.by = find_value(kDeviationBy, o.word("by").value_or("service")).value_or(out.by);
  out.policy = destination(o, out.to);
  surveyed(o, out);
  if (context_.report.errors() != before) return std::nullopt;
  if (out.policy == models::DestinationPolicySpec{} && out.survey.empty()) {
    context_.error(
        Code::MissingField, at, "this deviation does not say what is different",
        "add timeout, retries, loadBalancer, leastRequestChoices, mtls or split, e.g. retries: 3; or from: FILE");
    return std::nullopt;
  }
  check_matches(at, out);
  return out;
}

// The groups are those of the model: what has no team or language is a group of its own.
void Decoder::check_matches(NodeId at, const DeviationSpec& deviation) {
  std::set<std::pair<bool, std::string>> groups;
  for (const auto& [service, language] : language_of_) {
    const auto owner = team_of_.find(service);
    const std::string team = owner == team_of_.end() ? std::string() : owner->second;
    if (!deviation.service.empty() && deviation.service != service) continue;
    if (!deviation.team.empty() && deviation.team != team) continue;
    if (!deviation.language.empty() && deviation.language != language) continue;
    const std::string& group = deviation.by == DeviationBy::Team ? team : language;
    const bool own = deviation.by == DeviationBy::Service || group.empty();
    groups.emplace(own, own ? service : group);
  }
  if (context_.report.failed()) return;
  if (groups.empty()) {
    context_.warn(Code::NoEffect, at, "this deviation concerns nobody: no service matches",
                  "service, team and language must all fit");
  } else if (deviation.share > 0 && std::floor(deviation.share * static_cast<double>(groups.size()) + 0.5) < 1) {
    context_.warn(Code::NoEffect, at,
                  fmt::format("{} of {} group{} is nobody, to the nearest whole number", write_percent(deviation.share),
                              groups.size(), groups.size() == 1 ? "" : "s"),
                  "a larger share, or other groups (`by`)");
  }
}

}  // namespace reader
