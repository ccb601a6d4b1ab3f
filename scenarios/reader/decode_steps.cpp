#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"

namespace reader {

using models::CallSpec;
using models::OnFailure;
using models::StepKind;
using models::StepSpec;

namespace {

constexpr std::uint64_t kMostBranches = 65'535;  // of one parallel step: what an operation counts in 16 bits

}  // namespace

std::optional<Decoder::Target> Decoder::target(NodeId at) {
  const Node& n = context_.node(at);
  if (n.kind != NodeKind::Scalar) {
    context_.wrong_type(at, "Target");
    return std::nullopt;
  }
  return target(at, n.text, false);
}

std::optional<Decoder::Target> Decoder::target(NodeId at, const std::string& text, bool at_key) {
  if (context_.boolean_word_reported(at, text, at_key)) return std::nullopt;
  const std::size_t slash = text.find('/');
  Target out{text.substr(0, slash), slash == std::string::npos ? "" : text.substr(slash + 1)};
  const auto complain = [&](Code code, std::string message, std::string hint) {
    at_key ? context_.error_at_key(code, at, std::move(message), std::move(hint))
           : context_.error(code, at, std::move(message), std::move(hint));
    return std::nullopt;
  };
  const auto found = known_.find(out.service);
  if (found == known_.end()) {
    return complain(Code::UnknownService, fmt::format("there is no service `{}`", printable(out.service, 60)),
                    did_you_mean(out.service, service_names()));
  }
  const std::vector<std::string>& endpoints = found->second.endpoints;
  if (slash == std::string::npos) {
    if (endpoints.size() > 1) {
      return complain(Code::AmbiguousEndpoint,
                      fmt::format("`{}` has {} endpoints: say which", out.service, endpoints.size()),
                      fmt::format("e.g. `{}/{}`", out.service, endpoints.front()));
    }
    out.endpoint = endpoints.empty() ? "default" : endpoints.front();
  } else if (!std::binary_search(endpoints.begin(), endpoints.end(), out.endpoint)) {
    return complain(Code::UnknownEndpoint,
                    fmt::format("`{}` has no endpoint `{}`", out.service, printable(out.endpoint, 60)),
                    did_you_mean(out.endpoint, endpoints));
  }
  return out;
}

std::vector<StepSpec> Decoder::steps(NodeId list, bool short_calls, std::string_view form) {
  std::vector<StepSpec> out;
  if (!context_.is(list, NodeKind::List)) {
    context_.wrong_type(list, form);
    return out;
  }
  for (const NodeId item : context_.tree.children(list)) {
    if (auto one = step_or_call(item, short_calls ? "Call" : "StepOrCall")) out.push_back(std::move(*one));
  }
  return out;
}

std::vector<StepSpec> Decoder::branches(NodeId list, bool short_calls, std::string_view form) {
  std::vector<StepSpec> out = steps(list, short_calls, form);
  std::uint64_t count = 0;
  for (const StepSpec& one : out) count += one.repeat;
  if (count > kMostBranches)
    context_.error(Code::OutOfRange, list, fmt::format("{} branches in parallel, at most {}", count, kMostBranches),
                   "a service in between can fan out further");
  return out;
}

// A target, a nested list (in parallel), or a map of the form's own type.
std::optional<StepSpec> Decoder::step_or_call(NodeId at, std::string_view form) {
  switch (context_.node(at).kind) {
    case NodeKind::Scalar: {
      const auto to = target(at);
      if (!to) return std::nullopt;
      StepSpec out;
      out.kind = StepKind::Call;
      out.call.emplace();
      out.call->service = to->service;
      out.call->endpoint = to->endpoint;
      return out;
    }
    case NodeKind::List: {
      StepSpec out;
      out.kind = StepKind::Parallel;
      out.children = branches(at, true, form);
      if (context_.node(at).size == 0)
        context_.error(Code::EmptyValue, at, "this list is empty", "name the calls that run in parallel");
      return out;
    }
    case NodeKind::Map: return step(at, form == "Call" ? "CallStep" : "Step");
    case NodeKind::Null: break;
  }
  context_.wrong_type(at, form);
  return std::nullopt;
}

std::optional<StepSpec> Decoder::step(NodeId at, std::string_view type) {
  const bool call_only = type == "CallStep";
  const Object o(context_, at, type);
  if (o.node() == kNoNode) return std::nullopt;
  StepSpec out;
  out.probability = o.real("probability").value_or(1.0);
  out.repeat = static_cast<std::uint32_t>(o.count("repeat").value_or(1));
  const std::size_t kinds = call_only ? 1 : o.count_of({"work", "wait", "call", "parallel", "sequence", "choose"});
  if (kinds != 1) {
    context_.error(Code::Conflict, at, kinds == 0 ? "this step does nothing" : "this step does several things at once",
                   "a step has exactly one of work, wait, call, parallel, sequence, choose");
    return std::nullopt;
  }
  if (const NodeId call = o.get("call"); call != kNoNode) {
    const auto to = target(call);
    out.kind = StepKind::Call;
    out.call.emplace();
    if (to) {
      out.call->service = to->service;
      out.call->endpoint = to->endpoint;
    }
    call_parts(o, *out.call);
    return out;
  }
  if (call_only) return std::nullopt;  // the missing `call` has been reported
  for (const char* key : {"timeout", "retries", "onFailure", "fireAndForget"}) {
    if (const NodeId child = o.get(key); child != kNoNode)
      context_.error_at_key(Code::Conflict, child, fmt::format("`{}` goes with `call` only", key));
  }
  for (const char* key : {"work", "wait"}) {
    if (const NodeId child = o.get(key); child != kNoNode) {
      out.kind = key[1] == 'o' ? StepKind::Work : StepKind::Wait;
      out.duration = distribution(child);
      if (!out.duration) return std::nullopt;
      return out;
    }
  }
  if (const NodeId child = o.get("choose"); child != kNoNode) {
    out.kind = StepKind::Choose;
    if (!context_.is(child, NodeKind::List)) {
      context_.wrong_type(child, o.field("choose").form);
      return std::nullopt;
    }
    double sum = 0;
    for (const NodeId branch : context_.tree.children(child)) {
      if (auto one = step(branch, "Branch")) {
        sum += one->probability;
        out.children.push_back(std::move(*one));
      }
    }
    if (sum > 1 + 1e-9)
      context_.error(
          Code::BadProbabilities, child,
          fmt::format("these probabilities add up to {}%, more than 100%", write_number(std::round(sum * 1e8) / 1e6)),
          "at most one branch runs; what is missing to 100% runs none");
    return out;
  }
  const bool parallel = o.has("parallel");
  const char* key = parallel ? "parallel" : "sequence";
  out.kind = parallel ? StepKind::Parallel : StepKind::Sequence;
  out.children =
      parallel ? branches(o.get(key), false, o.field(key).form) : steps(o.get(key), false, o.field(key).form);
  return out;
}

void Decoder::call_parts(const Object& o, CallSpec& call) {
  call.timeout = o.duration("timeout");
  if (const NodeId at = o.get("retries"); at != kNoNode) {
    call.retries = retries(at);
    for (const char* key : {"retryIgnorePreviousHosts", "hostSelectionRetryMaxAttempts", "retryRemoteLocalities"}) {
      const NodeId told = context_.is(at, NodeKind::Map) ? context_.tree.find(at, key) : kNoNode;
      if (told != kNoNode)
        context_.warn(Code::NoEffect, told, "an application's own retries do not choose replicas",
                      "say it where they are chosen: policy: {<service>: {retries: ...}}");
    }
  }
  call.fire_and_forget = o.boolean("fireAndForget").value_or(false);
  const NodeId at = o.get("onFailure");
  if (at == kNoNode) return;
  const Node& n = context_.node(at);
  if (n.kind == NodeKind::Scalar) {
    if (n.text == "ignore")
      call.on_failure = OnFailure::Ignore;
    else if (n.text != "fail")
      context_.error(Code::UnknownChoice, at,
                     fmt::format("`{}` is not a choice for `onFailure`", printable(n.text, 60)),
                     "fail, ignore, or {fallback: {work: 2ms}}");
    return;
  }
  const Object failure(context_, at, "OnFailure");
  const NodeId fallback = failure.get("fallback");
  if (fallback == kNoNode) return;
  const Object work(context_, fallback, "Fallback");
  call.on_failure = OnFailure::Fallback;
  call.fallback = distribution_or(work, "work");
}

}  // namespace reader
