// Teams, libraries, and what a candidate says beyond its product: who is enrolled, how a change travels, who deviates.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::CandidateSpec;
using models::ControlPlaneSpec;
using models::DeviationSpec;
using models::EnforcedBy;
using models::LibrarySpec;
using models::TeamSpec;

namespace {

constexpr std::string_view kAutomatedRedeploy = "{median: 4h, p95: 2d}";  // bots' pull requests; assumed

bool pushes(EnforcedBy by) {
  return by == EnforcedBy::Sidecar || by == EnforcedBy::Proxyless || by == EnforcedBy::Gateway;
}

}  // namespace

std::vector<TeamSpec> Decoder::teams(NodeId at) {
  std::vector<TeamSpec> out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "{Team}");
    return out;
  }
  std::map<std::string, std::string> owner;
  for (const NodeId c : context_.tree.children(at)) {
    TeamSpec team;
    team.name = context_.tree.key_of(c);
    if (!context_.check_name(c, team.name, "team", true)) continue;
    const Object o(context_, c, "Team");
    team.redeploy = distribution_or(o, "redeploy");
    if (const NodeId list = o.get("services"); list != kNoNode) {
      team.services = service_list(list);
      for (const std::string& service : team.services) {
        const auto [before, fresh] = owner.emplace(service, team.name);
        if (!fresh)
          context_.error(Code::Conflict, list,
                         fmt::format("`{}` belongs to two teams: {} and {}", service, before->second, team.name),
                         "a service has one owner");
      }
    }
    out.push_back(std::move(team));
  }
  std::sort(out.begin(), out.end(), [](const TeamSpec& a, const TeamSpec& b) { return a.name < b.name; });
  return out;
}

std::vector<std::string> Decoder::service_list(NodeId at) {
  std::vector<std::string> out;
  for (const std::string& name : names(at, "service")) {
    if (check_service(at, name, false)) out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<LibrarySpec> Decoder::libraries(NodeId at, const std::vector<models::ServiceSpec>& services) {
  std::vector<LibrarySpec> out;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "{Library}");
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    LibrarySpec library;
    library.language = context_.tree.key_of(c);
    if (!context_.check_name(c, library.language, "language", true)) continue;
    const Object o(context_, c, "Library");
    library.supports = 0;
    for (const std::string& word : names(o.get("supports"), "feature")) {
      if (const auto feature = find_value(kFeatures, word)) {
        library.supports |= *feature;
        continue;
      }
      std::vector<std::string> allowed;
      for (const auto& [name, bits] : kFeatures) allowed.emplace_back(name);
      context_.error(Code::UnknownChoice, o.get("supports"), fmt::format("a library cannot support `{}`", word),
                     did_you_mean(word, allowed));
    }
    const bool used = std::any_of(services.begin(), services.end(),
                                  [&](const models::ServiceSpec& s) { return s.language == library.language; });
    if (!used)
      context_.warn(Code::NobodyConcerned, c, fmt::format("no service says `language: {}`", library.language),
                    "what this library supports decides nothing");
    out.push_back(std::move(library));
  }
  std::sort(out.begin(), out.end(), [](const LibrarySpec& a, const LibrarySpec& b) { return a.language < b.language; });
  return out;
}

// A distribution of the object, or the table's default (remembered, so that render can say it).
sim::Distribution Decoder::distribution_with_default(const Object& o, std::string_view key) {
  NodeId at = o.get(key);
  if (at == kNoNode) {
    const auto source = add_source(fmt::format("default of {}", key), o.field(key).fallback, context_.report);
    at = source ? parse(context_.tree, *source, context_.report) : kNoNode;
  }
  return at == kNoNode ? sim::Distribution() : distribution(at).value_or(sim::Distribution());
}

ControlPlaneSpec Decoder::control_plane(NodeId at) {
  ControlPlaneSpec out;
  const Object o(context_, at, "ControlPlane");
  out.watch_delay = distribution_with_default(o, "watchDelay");
  out.push_context = distribution_with_default(o, "pushContext");
  out.generate = distribution_with_default(o, "generate");
  out.network = distribution_with_default(o, "network");
  out.apply = distribution_with_default(o, "apply");
  out.throttle = static_cast<std::uint32_t>(o.count("throttle").value_or(out.throttle));
  out.instances = static_cast<std::uint32_t>(o.count("instances").value_or(out.instances));
  const Object debounce(context_, o.get("debounce"), "Debounce");
  out.debounce_quiet = debounce.duration("quiet").value_or(out.debounce_quiet);
  out.debounce_max = debounce.duration("max").value_or(out.debounce_max);
  if (out.debounce_max < out.debounce_quiet)
    context_.error(Code::Conflict, o.get("debounce"), "the debounce's `max` is below its `quiet`");
  return out;
}

std::vector<DeviationSpec> Decoder::deviations(NodeId at) {
  std::vector<DeviationSpec> out;
  if (!context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "[Deviation]");
    return out;
  }
  for (const NodeId c : context_.tree.children(at)) {
    const Object o(context_, c, "Deviation", "Destination");
    if (o.node() == kNoNode) continue;
    DeviationSpec deviation;
    deviation.service = o.name("service").value_or("");
    deviation.team = o.name("team").value_or("");
    deviation.language = o.name("language").value_or("");
    deviation.to = o.name("to").value_or("");
    deviation.share = o.real("share").value_or(1.0);
    if (const auto by = o.word("by")) deviation.by = find_value(kDeviationBy, *by).value_or(deviation.by);
    if (!deviation.service.empty()) check_service(o.get("service"), deviation.service, false);
    const bool known = deviation.to.empty() || check_service(o.get("to"), deviation.to, false);
    if (!deviation.team.empty()) check_team(o.get("team"), deviation.team);
    if (!deviation.language.empty() && languages_.count(deviation.language) == 0)
      context_.warn(Code::NobodyConcerned, o.get("language"),
                    fmt::format("no service says `language: {}`", printable(deviation.language, 60)),
                    "nobody deviates");
    deviation.policy = destination_parts(o, known ? deviation.to : std::string());
    if (deviation.policy == models::DestinationPolicySpec{})
      context_.error(Code::EmptyValue, c, "this deviation does not say what is done otherwise",
                     "e.g. {team: shop, to: payment, retries: 3}");
    out.push_back(std::move(deviation));
  }
  return out;
}

bool Decoder::check_team(NodeId at, const std::string& name) {
  std::vector<std::string> known;
  for (const TeamSpec& team : teams_) known.push_back(team.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  context_.error(Code::UnknownTeam, at, fmt::format("there is no team `{}`", printable(name, 60)),
                 known.empty() ? "`teams` at the top lists them" : did_you_mean(name, known));
  return false;
}

// Everything of a candidate that is not its product. `at` may be no map (a candidate that says its name only).
void Decoder::arrangement(NodeId at, CandidateSpec& out) {
  const Object o(context_, context_.is(at, NodeKind::Map) ? at : kNoNode, "Candidate");
  const auto only = [&](bool allowed, const char* key, const char* why) {
    if (o.has(key) && !allowed) context_.error_at_key(Code::Conflict, o.get(key), fmt::format("`{}` {}", key, why));
  };
  const bool proxies = out.enforced_by == EnforcedBy::Sidecar || out.enforced_by == EnforcedBy::Gateway;
  const bool acts = out.enforced_by != EnforcedBy::None;
  out.redeploy = distribution_or(o, "redeploy");
  if (!out.redeploy && out.name == "automated" && out.enforced_by == EnforcedBy::Library) {
    const auto source = add_source("default of automated", std::string(kAutomatedRedeploy), context_.report);
    const NodeId law = source ? parse(context_.tree, *source, context_.report) : kNoNode;
    if (law != kNoNode) out.redeploy = distribution(law);
  }
  out.has_runtime_config = o.has("runtimeConfig");
  out.runtime_config = distribution_with_default(o, "runtimeConfig");
  out.replica_ratio = distribution_with_default(o, "replicaRatio");
  out.library_cpu = o.duration("libraryCpu").value_or(0);
  out.keeps_library = o.boolean("keepsLibrary").value_or(false);
  if (const auto others = o.word("others")) out.others = find_value(kEnforcers, *others).value_or(out.others);
  if (const NodeId enrolled = o.get("enrolled"); enrolled != kNoNode) {
    const Object e(context_, enrolled, "Enrolled");
    std::set<std::string> services;
    if (const NodeId list = e.get("services"); list != kNoNode) {
      for (const std::string& name : service_list(list)) services.insert(name);
    }
    if (const NodeId list = e.get("teams"); list != kNoNode) {
      for (const std::string& name : names(list, "team")) {
        if (!check_team(list, name)) continue;
        for (const TeamSpec& team : teams_) {
          if (team.name == name) services.insert(team.services.begin(), team.services.end());
        }
      }
    }
    if (e.node() != kNoNode && !e.has("services") && !e.has("teams"))
      context_.error(Code::EmptyValue, enrolled, "nobody is enrolled", "e.g. enrolled: {teams: [shop]}");
    out.enrolled.emplace(services.begin(), services.end());
  }
  if (const NodeId list = o.get("deviations"); list != kNoNode) out.deviations = deviations(list);
  if (const NodeId carriers = o.get("carriers"); carriers != kNoNode) {
    const Object by(context_, carriers, "Carriers");
    for (std::size_t k = 0; k < models::kKnobs; ++k) {
      const auto knob = static_cast<models::Knob>(k);
      const auto word = by.word(models::name_of(knob));
      if (!word) continue;
      const auto carrier = find_value(kCarriers, *word);
      if (carrier == models::Carrier::Push && !pushes(out.enforced_by))
        context_.error(Code::Conflict, by.get(models::name_of(knob)), "nobody pushes in this candidate",
                       "runtimeConfig, replicaRatio or redeploy");
      if (carrier) out.carriers[knob] = *carrier;
    }
  }
  out.control_plane = control_plane(pushes(out.enforced_by) ? o.get("controlPlane") : kNoNode);
  only(pushes(out.enforced_by), "controlPlane", "goes with sidecar, proxyless and gateway: nobody pushes here");
  only(proxies || out.enforced_by == EnforcedBy::Proxyless, "enrolled",
       "goes with sidecar and proxyless: a library is everywhere");
  only(out.enrolled.has_value(), "others", "says who acts where the candidate is not enrolled: say `enrolled`");
  only(out.enforced_by == EnforcedBy::Sidecar, "keepsLibrary", "goes with sidecar: the library stays above the proxy");
  for (const char* key : {"deviations", "carriers", "redeploy", "runtimeConfig", "replicaRatio", "libraryCpu"}) {
    only(acts, key, "goes with those who enforce the policy: here nobody does");
  }
  const bool libraries_act = !proxies || out.keeps_library || (out.enrolled && out.others == EnforcedBy::Library);
  if (acts && !out.deviations.empty() && !libraries_act)
    context_.warn(
        Code::NobodyConcerned, o.get("deviations"),
        "these deviations reach the proxies of their callers: a mesh has one policy, but a route may be wrong",
        "with `enrolled` or `keepsLibrary` libraries deviate, too");
}

}  // namespace reader
