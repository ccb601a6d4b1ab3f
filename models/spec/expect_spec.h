// What must hold: one comparison of a measured quantity (or of a difference of two) with a value.
// Also the vocabulary of quantities, in one table: the reader parses by it, reports evaluate by it, the reference page
// prints it. Not the judging (reports/expect.h).
// Units of `value`: those of the quantity: nanoseconds, fractions, per second, factors, cores, megabytes, counts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace models {

enum class ExpectQuantity : std::uint8_t { Duration, Percent, Rate, Factor, Cores, Size, Count };

// What may stand in parentheses.
enum class ExpectTarget : std::uint8_t {
  Entry,     // an entry point; none: all of them together
  Callee,    // service[/endpoint], as its callers see it; none: all calls
  Endpoint,  // service[/endpoint], as it sees itself; none: all
  Service,   // a service
  Version,   // service@version
  Change,    // a change of policy in the timeline
  Nothing,   // the candidate as a whole
};

enum class ExpectMetric : std::uint8_t {
  Success,
  Failed,
  Degraded,
  Mean,
  Percentile,
  Rate,
  Goodput,
  Unfinished,
  Calls,
  CallSuccess,
  Amplification,
  LateAnswers,
  Mtls,
  Refused,
  Blind,
  Duplicates,
  Rejected,
  Errors,
  Utilisation,
  Share,
  Stale,
  StaleCalls,
  Vcpu,
  AppVcpu,
  ProxyVcpu,
  Memory,
  ProxyMemory,
  Wasted,
};

struct ExpectMetricInfo {
  ExpectMetric metric;
  const char* name;  // "pNN" stands for every percentile
  ExpectTarget target;
  ExpectQuantity quantity;
  const char* meaning;
};
[[nodiscard]] std::span<const ExpectMetricInfo> expect_metrics();
[[nodiscard]] const ExpectMetricInfo& info_of(ExpectMetric metric);
[[nodiscard]] bool target_required(ExpectTarget target);
[[nodiscard]] inline bool has_windows(ExpectTarget target) { return target == ExpectTarget::Entry; }

struct ExpectTerm {
  std::string candidate;  // empty: each
  ExpectMetric metric = ExpectMetric::Success;
  double q = 0.0;      // Percentile
  std::string target;  // canonical ("web/default"); empty: none
  std::string window;  // "during slow-payment"; empty: the whole run
  bool operator==(const ExpectTerm&) const = default;
};

enum class ExpectOperator : std::uint8_t { Less, LessOrEqual, Greater, GreaterOrEqual, Equal };
[[nodiscard]] const char* symbol_of(ExpectOperator op);

struct ExpectSpec {
  std::string name;  // any text
  ExpectTerm left;
  std::optional<ExpectTerm> right;  // subtracted from `left`
  ExpectOperator op = ExpectOperator::Less;
  double value = 0.0;
  std::string value_text;  // canonical: "250ms"
  std::string file;        // where it was written, for messages
  std::uint32_t line = 0;
};

[[nodiscard]] std::string name_of(const ExpectTerm& term);  // "p99(web/default) during slow-payment"
// "sidecar p99(web/default) during slow-payment < 250ms"; `candidate` stands for each.
[[nodiscard]] std::string text_of(const ExpectSpec& expect, std::string_view candidate = "each");

}  // namespace models
