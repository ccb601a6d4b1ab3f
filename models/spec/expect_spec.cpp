#include "models/spec/expect_spec.h"

#include <fmt/format.h>

namespace models {
namespace {

using M = ExpectMetric;
using Q = ExpectQuantity;
using T = ExpectTarget;

// In the order of the enumerators.
constexpr ExpectMetricInfo kMetrics[] = {
    {M::Success, "success", T::Entry, Q::Percent, "requests answered with success, degraded answers included"},
    {M::Failed, "failed", T::Entry, Q::Percent, "requests not answered with success, unfinished ones included"},
    {M::Degraded, "degraded", T::Entry, Q::Percent, "requests answered with an optional call missing"},
    {M::Mean, "mean", T::Entry, Q::Duration, "mean latency of successes"},
    {M::Percentile, "pNN", T::Entry, Q::Duration, "percentile of the latency of successes: p50, p90, p99, p99.9, ..."},
    {M::Rate, "rate", T::Entry, Q::Rate, "requests that came"},
    {M::Goodput, "goodput", T::Entry, Q::Rate, "requests that were answered with success"},
    {M::Unfinished, "unfinished", T::Entry, Q::Count, "requests still open when the drain ended, per replication"},
    {M::Calls, "calls", T::Callee, Q::Rate, "calls of services to it, retries not counted"},
    {M::CallSuccess, "callSuccess", T::Callee, Q::Percent, "calls to it that succeeded in the end"},
    {M::Amplification, "amplification", T::Callee, Q::Factor, "attempts per call: 1x without retries"},
    {M::LateAnswers, "lateAnswers", T::Callee, Q::Count, "answers nobody waited for any more, per replication"},
    {M::Mtls, "mtls", T::Callee, Q::Percent, "edges (caller and callee) with mTLS, of all edges to it"},
    {M::Refused, "refused", T::Callee, Q::Count, "edges whose callee insists on mTLS and whose caller cannot"},
    {M::Blind, "blind", T::Callee, Q::Count, "edges whose calls nobody reports"},
    {M::Duplicates, "duplicates", T::Endpoint, Q::Count, "extra executions of what is not idempotent, per replication"},
    {M::Rejected, "rejected", T::Endpoint, Q::Percent, "requests at the server that found its queue full"},
    {M::Errors, "errors", T::Endpoint, Q::Percent, "requests at the server that failed by themselves"},
    {M::Utilisation, "utilisation", T::Service, Q::Percent, "workers held or cores in use, whichever is higher"},
    {M::Share, "share", T::Version, Q::Percent, "requests of the service that went to this version"},
    {M::Stale, "stale", T::Change, Q::Duration, "from the change until the last client acts by it"},
    {M::StaleCalls, "staleCalls", T::Change, Q::Count, "calls made without it that it would alter, per replication"},
    {M::Vcpu, "vcpu", T::Nothing, Q::Cores, "CPU of applications, proxies and libraries"},
    {M::AppVcpu, "appVcpu", T::Nothing, Q::Cores, "CPU of applications"},
    {M::ProxyVcpu, "proxyVcpu", T::Nothing, Q::Cores, "CPU of proxies"},
    {M::Memory, "memory", T::Nothing, Q::Size, "stated memory of applications and proxies"},
    {M::ProxyMemory, "proxyMemory", T::Nothing, Q::Size, "stated memory of proxies"},
    {M::Wasted, "wasted", T::Nothing, Q::Percent, "CPU of applications that did not contribute to a success"},
};

std::string percentile_name(double q) {
  std::string digits = fmt::format("{:.4f}", q * 100.0);
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return "p" + digits;
}

}  // namespace

std::span<const ExpectMetricInfo> expect_metrics() { return kMetrics; }

const ExpectMetricInfo& info_of(ExpectMetric metric) { return kMetrics[static_cast<std::size_t>(metric)]; }

bool target_required(ExpectTarget target) {
  switch (target) {
    case T::Service:
    case T::Version:
    case T::Change: return true;
    case T::Entry:
    case T::Callee:
    case T::Endpoint:
    case T::Nothing: return false;
  }
  return false;
}

const char* symbol_of(ExpectOperator op) {
  switch (op) {
    case ExpectOperator::Less: return "<";
    case ExpectOperator::LessOrEqual: return "<=";
    case ExpectOperator::Greater: return ">";
    case ExpectOperator::GreaterOrEqual: return ">=";
    case ExpectOperator::Equal: return "=";
  }
  return "";
}

std::string name_of(const ExpectTerm& term) {
  std::string text = term.metric == M::Percentile ? percentile_name(term.q) : info_of(term.metric).name;
  if (!term.target.empty()) text += "(" + term.target + ")";
  if (!term.window.empty()) text += " " + term.window;
  return text;
}

std::string text_of(const ExpectSpec& expect, std::string_view candidate) {
  const auto side = [&](const ExpectTerm& term) {
    return fmt::format("{} {}", term.candidate.empty() ? candidate : std::string_view(term.candidate), name_of(term));
  };
  std::string text = side(expect.left);
  if (expect.right) text += " - " + side(*expect.right);
  return fmt::format("{} {} {}", text, symbol_of(expect.op), expect.value_text);
}

}  // namespace models
