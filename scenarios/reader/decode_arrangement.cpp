// Who holds the policy in one candidate beyond `enforcedBy`: enrolment, carriers, control plane, laws of releases.
#include <algorithm>

#include <fmt/format.h>

#include "models/policy/product.h"
#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::CandidateSpec;
using models::Carrier;
using models::ControlPlaneSpec;
using models::EnforcedBy;

namespace {

constexpr unsigned flag(EnforcedBy by) { return 1u << static_cast<unsigned>(by); }
constexpr unsigned kLibrary = flag(EnforcedBy::Library);
constexpr unsigned kSidecar = flag(EnforcedBy::Sidecar);
constexpr unsigned kProxyless = flag(EnforcedBy::Proxyless);
constexpr unsigned kGateway = flag(EnforcedBy::Gateway);
constexpr unsigned kAmbient = flag(EnforcedBy::Ambient);
constexpr unsigned kNode = flag(EnforcedBy::Node);
constexpr unsigned kProxies = kSidecar | kGateway | kAmbient | kNode;
constexpr unsigned kSomebody = kLibrary | kProxyless | kProxies;

struct Placement {
  const char* key;
  unsigned with;
};
constexpr Placement kPlacements[] = {
    {"product", kProxies | kLibrary | kProxyless},
    {"profile", kProxies},
    {"enrolled", kSidecar | kProxyless | kAmbient | kNode},
    {"others", kSidecar | kProxyless | kAmbient | kNode},
    {"keepsLibrary", kSidecar},
    {"deviations", kLibrary | kSidecar | kProxyless | kAmbient | kNode},
    {"carriers", kSomebody},
    {"redeploy", kSomebody},
    {"runtimeConfig", kLibrary | kSidecar | kProxyless | kAmbient | kNode},
    {"replicaRatio", kSomebody},
    {"inboundRetries", kSidecar | kNode},
    {"libraryCpu", kLibrary | kSidecar | kProxyless | kAmbient | kNode},
    {"controlPlane", kProxies | kProxyless},
    {"telemetry", kProxies},
    {"waypoints", kAmbient},
    {"waypoint", kAmbient},
};

std::string words_of(unsigned enforcers) {
  std::vector<std::string_view> words;
  for (const auto& [word, by] : kEnforcers) {
    if ((enforcers & flag(by)) != 0) words.push_back(word);
  }
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += fmt::format("{}{}", i == 0 ? "" : i + 1 == words.size() ? " and " : ", ", words[i]);
  return out;
}

}  // namespace

bool Decoder::has_control_plane(EnforcedBy by) { return (flag(by) & (kProxies | kProxyless)) != 0; }

void Decoder::refuse_misplaced(const Object& o, EnforcedBy by) {
  for (const Placement& p : kPlacements) {
    if ((p.with & flag(by)) != 0 || !o.has(p.key)) continue;
    context_.error_at_key(
        Code::Conflict, o.get(p.key),
        fmt::format("`{}` goes with {} only; this candidate's enforcer is {}", p.key, words_of(p.with), word_of(by)),
        "remove it, or say another `enforcedBy`");
  }
}

void Decoder::arrangement(const Object& o, CandidateSpec& out) {
  if (const NodeId at = o.get("enrolled"); at != kNoNode) out.enrolled = enrolled(at);
  if (const auto word = o.word("others")) out.others = find_value(kEnforcers, *word).value_or(out.others);
  if (o.has("others") && !o.has("enrolled"))
    context_.warn(Code::NoEffect, o.get("others"), "without `enrolled` there are no others",
                  "say which part of the fleet is enrolled, e.g. enrolled: {services: [web]}");
  out.keeps_library = o.boolean("keepsLibrary").value_or(false);
  if (const NodeId at = o.get("carriers"); at != kNoNode) carriers(at, out);
  if (const NodeId at = o.get("redeploy"); at != kNoNode) out.redeploy = lead_time(at);
  if (const NodeId at = o.get("runtimeConfig"); at != kNoNode) {
    out.runtime_config = delay(at).value_or(out.runtime_config);
    out.has_runtime_config = true;
  }
  if (const NodeId at = o.get("replicaRatio"); at != kNoNode) out.replica_ratio = delay(at).value_or(out.replica_ratio);
  out.library_cpu = o.duration("libraryCpu").value_or(0);
  if (const auto n = o.count("inboundRetries")) {
    out.inbound_retries = static_cast<std::uint32_t>(*n);
    if (*n > 0 && models::product_of(out, out.enforced_by).maker == models::Maker::Linkerd)
      context_.warn(Code::NoEffect, o.get("inboundRetries"),
                    "Linkerd's proxies do not retry towards their applications",
                    "those of Envoy, Istio and Consul can");
  }
  if (const NodeId at = o.get("telemetry"); at != kNoNode) out.telemetry = telemetry(at);
  if (const NodeId at = o.get("controlPlane"); at != kNoNode) out.control_plane = control_plane(at);
  if (const NodeId at = o.get("deviations"); at != kNoNode) deviations(at, out);
}

models::TelemetrySpec Decoder::telemetry(NodeId at) {
  models::TelemetrySpec out;
  if (context_.is(at, NodeKind::Scalar)) {
    const std::string& word = context_.node(at).text;
    out.metrics = word == "metrics";
    if (!out.metrics && word != "none")
      context_.error(Code::UnknownChoice, at, fmt::format("`{}` is not a choice for `telemetry`", printable(word, 60)),
                     "none, metrics, or {metrics: true, accessLog: 20us, tracing: 1%, spanCpu: 50us}");
    return out;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Telemetry");
    return out;
  }
  const Object o(context_, at, "Telemetry");
  out.metrics = o.boolean("metrics").value_or(true);
  out.access_log = o.duration("accessLog").value_or(0);
  out.tracing = o.real("tracing").value_or(0.0);
  out.span_cpu = o.duration("spanCpu").value_or(0);
  if (o.has("tracing") && !o.has("spanCpu"))
    context_.error(Code::MissingField, o.get("tracing"),
                   "`tracing` needs `spanCpu`: no figure is known that is general",
                   "measure it, or assume one, e.g. spanCpu: 50us");
  return out;
}

void Decoder::carriers(NodeId at, CandidateSpec& out) {
  const Object o(context_, at, "Carriers");
  for (const char* key : {"timeout", "retries", "loadBalancer", "split", "mtls", "connectionPool", "outlierDetection",
                          "fault", "mirror", "rateLimit", "authorization"}) {
    const auto word = o.word(key);
    const auto knob = find_value(kKnobWords, key);
    const auto carrier = word ? find_value(kCarriers, *word) : std::nullopt;
    if (!knob || !carrier) continue;
    if (*carrier == Carrier::Push && out.enforced_by == EnforcedBy::Library)
      context_.error(Code::Conflict, o.get(key), "`push` needs a control plane, and a library fleet has none",
                     "runtimeConfig or redeploy; a library with a control plane is `enforcedBy: proxyless`");
    out.carriers[*knob] = *carrier;
  }
}

std::vector<std::string> Decoder::enrolled(NodeId at) {
  const std::size_t before = context_.report.errors();
  const Object o(context_, at, "Enrolled");
  std::vector<std::string> out;
  if (o.node() == kNoNode) return out;
  if (const NodeId list = o.get("teams"); list != kNoNode) {
    for (const std::string& team :
         names(list, "team", [&](NodeId c, const std::string&name) { return check_team(c, name); })) {
      const std::vector<std::string>& services = teams_[team];
      out.insert(out.end(), services.begin(), services.end());
    }
  }
  if (const NodeId list = o.get("services"); list != kNoNode) {
    for (std::string& name :
         names(list, "service", [&](NodeId c, const std::string&service) { return check_service(c, service, false); }))
      out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (out.empty() && context_.report.errors() == before)
    context_.error(Code::EmptyValue, at, "no service is enrolled",
                   "name teams or services, e.g. enrolled: {services: [web]}; without `enrolled` all are");
  return out;
}

ControlPlaneSpec Decoder::control_plane(NodeId at) {
  ControlPlaneSpec out;
  const Object o(context_, at, "ControlPlane");
  if (o.node() == kNoNode) return out;
  const auto stage = [&](const char* key, sim::Distribution& law) {
    if (const NodeId child = o.get(key); child != kNoNode) law = delay(child).value_or(law);
  };
  stage("watchDelay", out.watch_delay);
  stage("pushContext", out.push_context);
  stage("generate", out.generate);
  stage("network", out.network);
  stage("apply", out.apply);
  if (const NodeId child = o.get("debounce"); child != kNoNode) {
    const Object debounce(context_, child, "Debounce");
    out.debounce_quiet = debounce.duration("quiet").value_or(out.debounce_quiet);
    out.debounce_max = debounce.duration("max").value_or(out.debounce_max);
    if (out.debounce_max < out.debounce_quiet)
      context_.error(Code::Conflict, child, "the debounce's `max` is below its `quiet`");
  }
  out.throttle = static_cast<std::uint32_t>(o.count("throttle").value_or(out.throttle));
  out.instances = static_cast<std::uint32_t>(o.count("instances").value_or(out.instances));
  return out;
}

}  // namespace reader
