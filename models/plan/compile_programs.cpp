#include "models/plan/compile_programs.h"

#include <algorithm>
#include <stdexcept>

#include "models/plan/compile_layers.h"
#include "sim/random/keyed.h"

namespace models {
namespace {

constexpr std::size_t kOpsMax = 2'000'000;  // a repeat of repeats; far above any real fleet

class Compiler {
 public:
  Compiler(Plan& plan, const Names& names, std::uint32_t service, std::uint32_t endpoint)
      : plan_(plan), names_(names), service_(service), endpoint_(endpoint) {}

  void steps(const std::vector<StepSpec>& list, std::uint32_t salt) {
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      for (std::uint32_t r = 0; r < list[i].repeat; ++r) step(list[i], derive(salt, i, r), true);
    }
  }

  void emit_reply() { emit({.kind = OpKind::Reply}); }

 private:
  static std::uint32_t derive(std::uint32_t salt, std::uint32_t index, std::uint32_t repeat) {
    return static_cast<std::uint32_t>(sim::mix((static_cast<std::uint64_t>(salt) << 32) + (index << 16) + repeat + 1) >>
                                      32);
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(plan_.ops.size()); }

  std::uint32_t emit(Op op) {
    if (plan_.ops.size() >= kOpsMax) throw std::length_error("endpoint steps unroll to more than 2000000 operations");
    op.endpoint = endpoint_;
    plan_.ops.push_back(op);
    return here() - 1;
  }

  std::uint32_t duration(const sim::Distribution& d) {
    plan_.durations.push_back(d);
    return static_cast<std::uint32_t>(plan_.durations.size() - 1);
  }

  std::uint32_t call_plan(const CallSpec& call) {
    const std::uint32_t callee = names_.services.at(call.service);
    const std::uint32_t endpoint = names_.endpoints.at({callee, call.endpoint});
    CallPlan plan;
    plan.edge = names_.edges.at({service_, endpoint});
    plan.cluster = names_.clusters.at({service_, callee});
    plan.view = plan.cluster - plan_.services[service_].first_cluster;
    plan.service = callee;
    plan.endpoint = endpoint;
    plan.on_failure = call.on_failure;
    const ServicePlan& to = plan_.services[callee];
    plan.first_pod = to.first_pod;
    plan.pods = to.pods;
    plan.when_caller_gone = to.when_caller_gone;
    plan.http1 = to.http1;
    const ServicePlan& from = plan_.services[service_];
    plan.leg = plan_.catalog.edges[plan.edge].leg;
    if (plan.leg == Leg::FromWaypoint) {
      plan_.behind.resize(plan_.catalog.endpoints.size(), kNone);
      plan_.behind[endpoint_] = endpoint;
    }
    plan.lanes = from.lanes;
    plan.cancels = from.when_caller_gone == WhenCallerGone::Cancel;
    for (std::uint32_t c = from.first_cluster; c < plan.cluster; ++c) {
      plan.hosts += plan_.services[plan_.clusters[c].callee].pods;
    }
    plan.app_policy = app_policy(plan_, call, plan_.services[callee].grpc);
    plan_.calls.push_back(plan);
    return static_cast<std::uint32_t>(plan_.calls.size() - 1);
  }

  static bool one_op(const CallSpec& call) { return !call.fire_and_forget && call.on_failure != OnFailure::Fallback; }
  static bool plain_call(const StepSpec& step) {
    return step.kind == StepKind::Call && step.probability >= 1.0 && one_op(*step.call);
  }

  void step(const StepSpec& s, std::uint32_t salt, bool with_probability) {
    std::uint32_t skip = kNone;
    if (with_probability && s.probability < 1.0) {
      const std::uint64_t below = sim::draws_below(s.probability);
      if (s.kind == StepKind::Call && one_op(*s.call)) {
        emit({.kind = OpKind::CallMaybe, .index = call_plan(*s.call), .salt = salt, .below = below});
        return;
      }
      skip = emit({.kind = OpKind::Skip, .salt = salt, .below = below});
    }
    switch (s.kind) {
      case StepKind::Work: emit({.kind = OpKind::Work, .index = duration(*s.duration), .salt = salt}); break;
      case StepKind::Wait: emit({.kind = OpKind::Wait, .index = duration(*s.duration), .salt = salt}); break;
      case StepKind::Call: call(*s.call, salt); break;
      case StepKind::Sequence: steps(s.children, salt); break;
      case StepKind::Choose: choose(s, salt); break;
      case StepKind::Parallel: parallel(s, salt); break;
    }
    if (skip != kNone) plan_.ops[skip].jump = here();
  }

  void call(const CallSpec& spec, std::uint32_t salt) {
    const std::uint32_t plan = call_plan(spec);
    emit({.kind = spec.fire_and_forget ? OpKind::Detach : OpKind::Call, .index = plan, .salt = salt});
    if (spec.fire_and_forget || spec.on_failure != OnFailure::Fallback) return;
    const std::uint32_t skipped = emit({.kind = OpKind::Skipped});
    plan_.calls[plan].fallback = here();
    emit({.kind = OpKind::Work, .index = duration(*spec.fallback), .salt = derive(salt, 0xfa11, 0)});
    plan_.ops[skipped].jump = here();
  }

  void choose(const StepSpec& s, std::uint32_t salt) {
    const auto first = static_cast<std::uint32_t>(plan_.alternatives.size());
    plan_.alternatives.resize(first + s.children.size());
    const std::uint32_t op = emit(
        {.kind = OpKind::Choose, .count = static_cast<std::uint16_t>(s.children.size()), .index = first, .salt = salt});
    std::vector<std::uint32_t> ends;
    double cumulative = 0.0;
    for (std::uint32_t i = 0; i < s.children.size(); ++i) {
      cumulative += s.children[i].probability;
      plan_.alternatives[first + i] = {cumulative, here()};
      for (std::uint32_t r = 0; r < s.children[i].repeat; ++r) step(s.children[i], derive(salt, i, r), false);
      ends.push_back(emit({.kind = OpKind::Jump}));
    }
    for (const std::uint32_t end : ends) plan_.ops[end].jump = here();
    plan_.ops[op].jump = here();
  }

  void parallel(const StepSpec& s, std::uint32_t salt) {
    std::size_t count = 0;
    for (const StepSpec& child : s.children) count += child.repeat;
    if (count == 0) return;
    if (count > 0xffff) throw std::length_error("a parallel step has more than 65535 branches");
    const auto first = static_cast<std::uint32_t>(plan_.branches.size());
    plan_.branches.resize(first + count);
    const std::uint32_t op =
        emit({.kind = OpKind::Parallel, .count = static_cast<std::uint16_t>(count), .index = first, .salt = salt});
    std::uint32_t b = first;
    for (std::uint32_t i = 0; i < s.children.size(); ++i) {
      for (std::uint32_t r = 0; r < s.children[i].repeat; ++r, ++b) {
        Branch branch;
        branch.salt = derive(salt, i, r);
        if (plain_call(s.children[i])) {
          branch.call = call_plan(*s.children[i].call);
        } else {
          branch.start = here();
          step(s.children[i], branch.salt, true);
          emit({.kind = OpKind::EndBranch});
        }
        plan_.branches[b] = branch;
      }
    }
    plan_.ops[op].jump = here();
  }

  Plan& plan_;
  const Names& names_;
  std::uint32_t service_, endpoint_;
};

}  // namespace

std::uint32_t compile_program(Plan& plan, const Names& names, std::uint32_t service, std::uint32_t endpoint,
                              const EndpointSpec& spec) {
  const auto start = static_cast<std::uint32_t>(plan.ops.size());
  Compiler compiler(plan, names, service, endpoint);
  compiler.steps(spec.steps, 1);
  compiler.emit_reply();
  if (spec.errors.rate > 0.0) {
    // Where it is drawn: on arrival at the first op, or with the reply.
    const auto known = std::find(plan.errors.begin(), plan.errors.end(), spec.errors);
    const auto error = static_cast<std::uint32_t>(known - plan.errors.begin());
    if (known == plan.errors.end()) plan.errors.push_back(spec.errors);
    if (spec.errors.when == ErrorWhen::Before) plan.ops[start].error = error;
    for (std::size_t op = start; op < plan.ops.size() && spec.errors.when == ErrorWhen::After; ++op) {
      if (plan.ops[op].kind == OpKind::Reply) plan.ops[op].error = error;
    }
  }
  return start;
}

}  // namespace models
