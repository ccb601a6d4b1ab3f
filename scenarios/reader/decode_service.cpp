#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/words.h"

namespace reader {

using models::EndpointSpec;
using models::ErrorSpec;
using models::ServiceSpec;
using models::VersionSpec;

void Decoder::learn_endpoints(NodeId at, std::vector<std::string>& into) {
  if (!context_.is(at, NodeKind::Map)) return;
  const NodeId endpoints = context_.tree.find(at, "endpoints");
  if (!context_.is(endpoints, NodeKind::Map)) return;
  for (const NodeId c : context_.tree.children(endpoints)) into.push_back(context_.tree.key_of(c));
}

// Names first, so that calls can be checked whatever the order in the file.
void Decoder::learn_services(NodeId at) {
  if (!context_.is(at, NodeKind::Map)) return;
  for (const NodeId c : context_.tree.children(at)) {
    Known known;
    learn_endpoints(c, known.endpoints);
    if (context_.is(c, NodeKind::Map)) {
      const NodeId versions = context_.tree.find(c, "versions");
      if (context_.is(versions, NodeKind::Map)) {
        for (const NodeId v : context_.tree.children(versions)) {
          known.versions.push_back(context_.tree.key_of(v));
          learn_endpoints(v, known.endpoints);
        }
      }
    }
    if (known.endpoints.empty()) known.endpoints.push_back("default");
    if (known.versions.empty()) known.versions.push_back("v1");
    for (auto* list : {&known.endpoints, &known.versions}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    known_[context_.tree.key_of(c)] = std::move(known);
  }
}

std::vector<std::string> Decoder::service_names() const {
  std::vector<std::string> out;
  if (context_.report.full()) return out;  // only hints need them, and a fleet may have many
  for (const auto& [name, known] : known_) out.push_back(name);
  return out;
}

bool Decoder::check_service(NodeId at, const std::string& name, bool at_key) {
  if (known_.count(name) > 0) return true;
  if (context_.boolean_word_reported(at, name, at_key)) return false;
  std::string message = fmt::format("there is no service `{}`", printable(name, 60));
  std::string hint = did_you_mean(name, service_names());
  at_key ? context_.error_at_key(Code::UnknownService, at, std::move(message), std::move(hint))
         : context_.error(Code::UnknownService, at, std::move(message), std::move(hint));
  return false;
}

ErrorSpec Decoder::errors(NodeId at) {
  ErrorSpec out;
  if (context_.is(at, NodeKind::Scalar)) {
    out.rate = context_.real(at, find_field("Errors", "rate"), "Percent").value_or(0);
    return out;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Percent|Errors");
    return out;
  }
  const Object o(context_, at, "Errors");
  out.rate = o.real("rate").value_or(0);
  out.status = static_cast<std::uint16_t>(o.count("status").value_or(500));
  out.when = find_value(kErrorWhen, o.word("when").value_or("")).value_or(out.when);
  out.per = find_value(kErrorPer, o.word("per").value_or("")).value_or(out.per);
  return out;
}

void Decoder::replicas(const Object& o, VersionSpec& version) {
  version.replicas = static_cast<std::uint32_t>(o.count("replicas").value_or(1));
  const NodeId zones = o.get("zones");
  if (zones == kNoNode) return;
  if (!context_.is(zones, NodeKind::Map)) {
    context_.wrong_type(zones, o.field("zones").form);
    return;
  }
  std::uint64_t sum = 0;
  bool known = true;
  for (const NodeId c : context_.tree.children(zones)) {
    const std::string zone = context_.tree.key_of(c);
    if (std::find(zones_.begin(), zones_.end(), zone) == zones_.end()) {
      context_.error_at_key(Code::UnknownZone, c, fmt::format("there is no zone `{}`", printable(zone, 60)),
                            zones_.empty() ? "list the zones at the top: zones: [a, b]" : did_you_mean(zone, zones_));
      known = false;
      continue;
    }
    const auto n = context_.count(c, &o.field("zones"));
    known = known && n;
    if (!n) continue;
    sum += *n;
    if (*n > 0) version.zones[zone] = static_cast<std::uint32_t>(*n);
  }
  if (!known) return;
  if (o.has("replicas") && sum != version.replicas) {
    context_.error(Code::ReplicaMismatch, zones,
                   fmt::format("the zones add up to {} replicas, `replicas` says {}", sum, version.replicas),
                   "leave `replicas` out: the zones say it");
  } else if (sum == 0 || sum > 1'000'000) {
    context_.error(Code::OutOfRange, zones, fmt::format("the zones add up to {} replicas", sum), "from 1 to 1000000");
  } else {
    version.replicas = static_cast<std::uint32_t>(sum);
  }
}

// Precedence, most specific first: the version's endpoint, the version, the service's endpoint, the service.
EndpointSpec Decoder::endpoint(const std::string& name, NodeId service_node, NodeId version_node,
                               const std::string& service_name, bool report_here) {
  const auto endpoint_in = [&](NodeId owner) {
    if (!context_.is(owner, NodeKind::Map)) return kNoNode;
    const NodeId list = context_.tree.find(owner, "endpoints");
    if (!context_.is(list, NodeKind::Map)) return kNoNode;
    const NodeId found = context_.tree.find(list, name);
    return context_.is(found, NodeKind::Map) ? found : kNoNode;
  };
  const NodeId layers[] = {endpoint_in(version_node), version_node, endpoint_in(service_node), service_node};
  const auto find = [&](std::initializer_list<const char*> keys) -> std::pair<NodeId, std::string_view> {
    for (const NodeId layer : layers) {
      if (!context_.is(layer, NodeKind::Map)) continue;
      for (const char* key : keys) {
        const NodeId found = context_.tree.find(layer, key);
        if (found != kNoNode && context_.node(found).kind != NodeKind::Null) return {found, key};
      }
    }
    return {kNoNode, {}};
  };
  EndpointSpec out;
  out.name = name;
  const NodeId time = find({"serviceTime"}).first;
  const auto [body, key] = find({"steps", "calls"});
  if (time != kNoNode) {
    models::StepSpec work;
    work.duration = distribution(time);
    if (work.duration) out.steps.push_back(std::move(work));
  }
  if (body != kNoNode) {
    for (auto& s : steps(body, key == "calls", find_field("Endpoint", key)->form)) out.steps.push_back(std::move(s));
  }
  if (time == kNoNode && body == kNoNode && report_here) {
    NodeId at = layers[2] != kNoNode ? layers[2] : service_node;
    if (layers[0] != kNoNode) at = layers[0];
    context_.error_at_key(
        Code::EmptyEndpoint, at,
        fmt::format("endpoint `{}/{}` does nothing", printable(service_name, 60), printable(name, 60)),
        "give it a serviceTime (0s is allowed), calls or steps");
  }
  if (const NodeId at = find({"errors"}).first; at != kNoNode) out.errors = errors(at);
  if (const NodeId at = find({"idempotent"}).first; at != kNoNode) out.idempotent = context_.node(at).text != "false";
  return out;
}

// Reads a layer for its reports alone: a value that a more specific layer hides must be right all the same.
void Decoder::check_layer(const Object& o) {
  if (const NodeId at = o.get("serviceTime"); at != kNoNode) (void)distribution(at);
  if (const NodeId at = o.get("calls"); at != kNoNode) (void)steps(at, true, o.field("calls").form);
  if (const NodeId at = o.get("steps"); at != kNoNode) (void)steps(at, false, o.field("steps").form);
  if (const NodeId at = o.get("errors"); at != kNoNode) (void)errors(at);
  (void)o.boolean("idempotent");
  if (o.has("calls") && o.has("steps")) {
    context_.error_at_key(Code::Conflict, o.get("calls"), "`calls` and `steps` exclude each other",
                          "steps take calls too: steps: [{work: 2ms}, {call: cart}]");
  }
  const NodeId endpoints = find_field(o.type(), "endpoints") != nullptr ? o.get("endpoints") : kNoNode;
  if (endpoints == kNoNode) return;
  if (!context_.is(endpoints, NodeKind::Map)) {
    context_.wrong_type(endpoints, o.field("endpoints").form);
    return;
  }
  for (const NodeId c : context_.tree.children(endpoints)) {
    (void)context_.check_name(c, context_.tree.key_of(c), "endpoint", true);
    check_layer(Object(context_, c, "Endpoint"));
  }
  for (const char* key : {"calls", "steps"}) {
    if (const NodeId own = o.get(key); own != kNoNode) {
      context_.error_at_key(Code::Conflict, own,
                            fmt::format("`{}` beside `endpoints`: which endpoint makes these calls?", key),
                            "move it into an endpoint");
    }
  }
}

VersionSpec Decoder::version(NodeId at, NodeId service_node, const std::string& service_name, const std::string& name) {
  VersionSpec out;
  out.name = name;
  const Object o(context_, at, at == service_node ? "Service" : "Version");
  if (o.node() != kNoNode) {
    replicas(o, out);
    if (const NodeId w = o.get("weights"); w != kNoNode) weights(w, o.field("weights"), out);
    check_layer(o);
  }
  const NodeId version_node = at == service_node ? kNoNode : at;
  for (const std::string& endpoint_name : known_[service_name].endpoints) {
    if (is_name(endpoint_name))
      out.endpoints.push_back(endpoint(endpoint_name, service_node, version_node, service_name, true));
  }
  return out;
}

ServiceSpec Decoder::service(NodeId at, const std::string& name) {
  ServiceSpec out;
  out.name = name;
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Service");
    return out;
  }
  const auto narrow = [](std::uint64_t n) {
    return n == kUnlimitedCount ? models::kUnlimited : static_cast<std::uint32_t>(n);
  };
  const NodeId versions = context_.tree.find(at, "versions");
  const bool has_versions = context_.is(versions, NodeKind::Map) && context_.node(versions).size > 0;
  std::optional<VersionSpec> only;
  if (!has_versions) only = version(at, at, name, "v1");  // checks the service's keys, too
  const Object o(context_, at, "Service");                // identical reports are merged
  out.language = o.text("language").value_or("");
  const std::string protocol = o.word("protocol").value_or("http2");
  out.protocol = find_value(kProtocols, protocol).value_or(out.protocol);
  if (protocol == "tcp")
    context_.error(Code::NotYetSupported, o.get("protocol"), "protocol `tcp` is not yet supported",
                   "http, http1, http2 or grpc");
  out.workers = narrow(o.count_or_unlimited("workers").value_or(4));
  out.cpu = o.real("cpu");
  out.blocking = o.boolean("blocking").value_or(false);
  out.memory_mb = o.real("memory").value_or(0);
  if (const NodeId q = o.get("queue"); q != kNoNode) {
    const Object queue(context_, q, "Queue");
    out.queue.capacity = narrow(queue.count_or_unlimited("capacity").value_or(1024));
    out.queue.discipline =
        find_value(kDisciplines, queue.word("discipline").value_or("")).value_or(out.queue.discipline);
    out.queue.when_caller_gone =
        find_value(kWhenCallerGone, queue.word("whenCallerGone").value_or("")).value_or(out.queue.when_caller_gone);
    out.queue.when_deadline_passed = find_value(kWhenDeadlinePassed, queue.word("whenDeadlinePassed").value_or(""))
                                         .value_or(out.queue.when_deadline_passed);
  }
  if (only) {
    out.versions.push_back(std::move(*only));
    if (versions != kNoNode && !has_versions) context_.wrong_type(versions, o.field("versions").form);
    return out;
  }
  for (const char* key : {"replicas", "zones", "weights"}) {
    if (const NodeId own = o.get(key); own != kNoNode) {
      context_.error_at_key(Code::ReplicaMismatch, own,
                            fmt::format("`{}` stands on the service and there are versions", key),
                            "say it on the versions only");
    }
  }
  check_layer(o);
  for (const NodeId v : context_.tree.children(versions)) {
    const std::string version_name = context_.tree.key_of(v);
    if (!context_.check_name(v, version_name, "a version", true)) continue;
    if (context_.is(v, NodeKind::Map))
      out.versions.push_back(version(v, at, name, version_name));
    else
      context_.wrong_type(v, "Version");
  }
  const bool any = std::any_of(out.versions.begin(), out.versions.end(), [](const auto& v) { return v.replicas > 0; });
  if (!out.versions.empty() && !any)
    context_.error(Code::OutOfRange, versions, fmt::format("no version of `{}` has a replica", name),
                   "replicas: 0 on all but one of them at most");
  std::sort(out.versions.begin(), out.versions.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace reader
