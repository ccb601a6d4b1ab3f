#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/files.h"
#include "scenarios/reader/profiles.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::CandidateSpec;
using models::EnforcedBy;
using models::ProxyProfileSpec;

namespace {

constexpr std::string_view kAutomated = "automated";  // a library fleet whose releases are driven by tools
constexpr const char* kAutomatedRedeploy = "{median: 4h, p95: 2d}";

}  // namespace

std::vector<CandidateSpec> Decoder::candidates(NodeId at) {
  std::vector<CandidateSpec> out;
  std::set<std::string> names;
  if (context_.is(at, NodeKind::List)) {
    for (const NodeId c : context_.tree.children(at)) {
      if (!context_.is(c, NodeKind::Scalar)) {
        context_.wrong_type(c, "Name");
        continue;
      }
      const std::string name = context_.node(c).text;
      if (!names.insert(name).second) {
        context_.error(Code::DuplicateName, c, fmt::format("candidate `{}` is listed twice", printable(name, 60)));
      } else if (auto one = candidate(c, name)) {
        out.push_back(std::move(*one));
      }
    }
  } else if (context_.is(at, NodeKind::Map)) {
    for (const NodeId c : context_.tree.children(at)) {
      if (auto one = candidate(c, context_.tree.key_of(c))) out.push_back(std::move(*one));
    }
  } else {
    context_.wrong_type(at, "Candidates");
    return out;
  }
  if (context_.node(at).size == 0)
    context_.error(Code::EmptyValue, at, "there is no candidate", "e.g. candidates: [none, sidecar]");
  return out;
}

std::optional<CandidateSpec> Decoder::candidate(NodeId at, const std::string& name) {
  const bool listed = context_.is(at, NodeKind::Scalar);
  if (!context_.check_name(at, name, "candidate", !listed)) return std::nullopt;
  if (context_.is(at, NodeKind::List)) {
    context_.wrong_type(at, "Candidate");
    return std::nullopt;
  }
  CandidateSpec out;
  out.name = name;
  std::optional<EnforcedBy> by = name == kAutomated ? EnforcedBy::Library : find_value(kEnforcers, name);
  std::optional<Object> o;
  bool readable = true;
  if (context_.is(at, NodeKind::Map)) {
    o.emplace(context_, at, "Candidate");
    if (const auto word = o->word("enforcedBy")) {
      by = find_value(kEnforcers, *word);
      if (!by)
        context_.error(Code::NotYetSupported, o->get("enforcedBy"),
                       fmt::format("enforcedBy `{}` is not yet supported", *word),
                       "none, library, sidecar, proxyless, gateway, ambient or node");
    }
    if (o->has("enforcedBy") && !by) {
      readable = false;
      by = EnforcedBy::Sidecar;
    }
    if (!by && (o->has("waypoints") || o->has("waypoint"))) by = EnforcedBy::Ambient;
    if (!by && (o->has("product") || o->has("profile"))) {
      const Product* known = o->has("product") ? find_product(context_.node(o->get("product")).text) : nullptr;
      by = known != nullptr && known->in_process ? EnforcedBy::Proxyless : EnforcedBy::Sidecar;
    }
  } else if (!listed && !context_.is(at, NodeKind::Null)) {
    context_.wrong_type(at, "Candidate");
    return std::nullopt;
  }
  if (!by) {
    context_.error(
        Code::MissingField, at, fmt::format("candidate `{}` does not say who enforces the policy", name),
        "add `enforcedBy: none`, `library`, `sidecar`, `proxyless`, `gateway`, `ambient` or `node`; only these "
        "names, and automated, say it themselves");
    return std::nullopt;
  }
  out.enforced_by = *by;
  if (o) {
    if (readable) refuse_misplaced(*o, *by);
    out.load_balancer = load_balancer(*o);
    const Product* known = readable && *by != EnforcedBy::None ? product(*o, *by) : nullptr;
    if (known != nullptr) out.product = std::string(known->name);
    arrangement(*o, out);
  }
  if (name == kAutomated && *by == EnforcedBy::Library && !out.redeploy)
    out.redeploy = default_law("automated.redeploy", kAutomatedRedeploy);
  const bool in_process = *by == EnforcedBy::None || *by == EnforcedBy::Library || *by == EnforcedBy::Proxyless;
  if (!in_process) proxies(o ? &*o : nullptr, at, out);
  if (*by == EnforcedBy::Ambient) ambient(o ? &*o : nullptr, at, out);
  if (o && !out.telemetry.metrics && out.profile && out.profile->telemetry_share <= 0.0)
    context_.warn(Code::NoEffect, o->get("telemetry"),
                  fmt::format("profile `{}` does not say what metrics cost: leaving them out saves nothing here",
                              printable(out.profile->name, 60)),
                  "a profile with `telemetryShare` does");
  return out;
}

// What the candidate's product is; null if it says none that is known.
const Product* Decoder::product(const Object& o, EnforcedBy by) {
  const auto name = o.name("product");
  if (!name) return nullptr;
  const NodeId at = o.get("product");
  const Product* known = find_product(*name);
  const auto built = [](bool in_process) {
    std::vector<std::string> names;
    for (const Product& p : products()) {
      if (!p.later && p.in_process == in_process) names.emplace_back(p.name);
    }
    return names;
  };
  const bool in_process = by == EnforcedBy::Library || by == EnforcedBy::Proxyless;
  if (known == nullptr) {
    context_.error(Code::UnknownProfile, at, fmt::format("there is no product `{}`", printable(*name, 60)),
                   did_you_mean(*name, built(in_process)));
  } else if (known->later) {
    context_.error(Code::NotYetSupported, at, fmt::format("product `{}` is not yet supported", *name),
                   fmt::format("{}", fmt::join(built(in_process), ", ")));
  } else if (known->in_process != in_process) {
    context_.error(
        Code::Conflict, at,
        fmt::format("`{}` {}; this candidate's enforcer is {}", *name,
                    known->in_process ? "is a library: it has no proxies" : "has proxies", word_of(by)),
        known->in_process ? "enforcedBy: proxyless (with a control plane) or library" : "enforcedBy: sidecar");
  }
  return known;
}

// Product and profile of proxies. `o` is null for a candidate without a body.
void Decoder::proxies(const Object* o, NodeId at, CandidateSpec& out) {
  const NodeId profile_at = o == nullptr ? kNoNode : o->get("profile");
  if (out.product.empty()) out.product = std::string(kDefaultSidecar);
  const Product* known = find_product(out.product);
  const bool ambient = out.enforced_by == EnforcedBy::Ambient;
  if (ambient && out.product != kDefaultSidecar && known != nullptr && !known->in_process)
    context_.error(Code::NotYetSupported, o->get("product"),
                   fmt::format("product `{}` is not yet supported with ambient", printable(out.product, 60)),
                   "istio-1.24");
  if (profile_at != kNoNode) {
    out.profile = profile_at_key(profile_at, out.name);
    return;
  }
  if (ambient) {
    out.profile = named_profile(at, std::string(kZtunnel));
  } else if (known != nullptr && !known->later && !known->in_process) {
    out.profile = named_profile(at, std::string(known->profile));
  }
}

// By name, by path, or said in place.
std::optional<ProxyProfileSpec> Decoder::profile_at_key(NodeId at, const std::string& candidate) {
  if (context_.is(at, NodeKind::Map)) return profile(at, candidate);
  if (context_.is(at, NodeKind::Scalar)) return named_profile(at, context_.node(at).text);
  context_.wrong_type(at, "Text|Profile");
  return std::nullopt;
}

// A built-in profile, or a file below the root.
std::optional<ProxyProfileSpec> Decoder::named_profile(NodeId at, const std::string& name) {
  const bool path =
      name.find('/') != std::string::npos || (name.size() > 5 && name.compare(name.size() - 5, 5, ".yaml") == 0);
  std::optional<std::uint32_t> source;
  std::string title = name;
  if (path) {
    const auto file = resolve_below(context_, at, name);
    if (!file) return std::nullopt;
    source = read_source(*file, file->string(), context_.report);
    title = file->stem().string();
  } else {
    const EmbeddedFile* file = find_profile(name);
    if (file == nullptr) {
      std::vector<std::string> names;
      for (const EmbeddedFile& f : embedded_profiles()) names.emplace_back(f.name);
      context_.error(Code::UnknownProfile, at, fmt::format("there is no cost profile `{}`", printable(name, 60)),
                     did_you_mean(name, names));
      return std::nullopt;
    }
    source = add_source("built-in profile " + name, std::string(file->text), context_.report);
  }
  if (!source) return std::nullopt;
  const NodeId root = parse(context_.tree, *source, context_.report);
  if (root == kNoNode) return std::nullopt;
  refuse_boolean_words(context_, root);
  return profile(root, title);
}

ProxyProfileSpec Decoder::profile(NodeId at, std::string name) {
  ProxyProfileSpec out;
  const Object o(context_, at, "Profile");
  out.name = o.name("name").value_or(std::move(name));
  if (o.node() == kNoNode) return out;
  out.source = o.text("source").value_or("");
  out.date = o.text("date").value_or("");
  if (const NodeId list = o.get("assumed"); list != kNoNode) {
    if (!context_.is(list, NodeKind::List)) context_.wrong_type(list, o.field("assumed").form);
    for (const NodeId c : context_.tree.children(list)) {
      if (context_.is(c, NodeKind::Scalar))
        out.assumed.push_back(context_.node(c).text);
      else
        context_.wrong_type(c, "Text");
    }
  }
  const std::uint64_t workers = o.count_or_unlimited("workers").value_or(2);
  out.workers = workers == kUnlimitedCount ? models::kUnlimited : static_cast<std::uint32_t>(workers);
  if (const NodeId cpu = o.get("cpuPerRequest"); context_.is(cpu, NodeKind::List))
    cpu_points(cpu, out);
  else
    out.cpu_per_request = {{0.0, o.duration("cpuPerRequest").value_or(0)}};
  out.request_share = o.real("requestShare").value_or(0);
  out.response_share = o.real("responseShare").value_or(0);
  out.telemetry_share = o.real("telemetryShare").value_or(0);
  if (out.request_share + out.response_share + out.telemetry_share > 1 + 1e-9)
    context_.error(Code::BadProbabilities, at,
                   "requestShare, responseShare and telemetryShare together are more than 100%");
  if (const NodeId latency = o.get("latency"); latency != kNoNode) {
    const Object l(context_, latency, "ProxyLatency");
    if (auto d = distribution_or(l, "request")) out.request_latency = std::move(*d);
    if (auto d = distribution_or(l, "response")) out.response_latency = std::move(*d);
  }
  if (const NodeId handshake = o.get("handshake"); handshake != kNoNode) {
    const Object h(context_, handshake, "Handshake");
    out.handshake_round_trips = h.real("roundTrips").value_or(0);
    out.handshake_client_cpu = h.duration("clientCpu").value_or(0);
    out.handshake_server_cpu = h.duration("serverCpu").value_or(0);
  }
  out.memory_mb = o.real("memory").value_or(0);
  return out;
}

void Decoder::cpu_points(NodeId at, ProxyProfileSpec& profile) {
  for (const NodeId c : context_.tree.children(at)) {
    const Object o(context_, c, "CpuPoint");
    const NodeId at_rps = o.get("rps");
    const bool bare =
        context_.is(at_rps, NodeKind::Scalar) && context_.node(at_rps).text.find('/') == std::string::npos;
    const auto rps = bare ? context_.real(at_rps, &o.field("rps"), "Number") : o.real("rps");
    const auto cpu = o.duration("cpu");
    if (!rps || !cpu) continue;
    if (!profile.cpu_per_request.empty() && *rps <= profile.cpu_per_request.back().rps)
      context_.error(Code::Conflict, c, "the points go up in `rps`", "sort them, each rate once");
    profile.cpu_per_request.push_back({*rps, *cpu});
  }
  if (profile.cpu_per_request.empty()) {
    if (context_.node(at).size == 0)
      context_.error(Code::EmptyValue, at, "this list is empty", "e.g. cpuPerRequest: 200us");
    profile.cpu_per_request = {{0.0, 0}};
  }
}

}  // namespace reader
