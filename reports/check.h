// What `meshsim check` found: one case per scenario file, one line per expectation or baseline. Plain data and its
// writers. Every text may hold hostile bytes (names and questions come from files); each writer escapes for its own
// sink, so that no name becomes markup, a workflow command or a control sequence.
// Not the judging (expect.h, baseline.h). Determinism: no wall time, no path but those given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/expect.h"

namespace reports {

struct CheckLine {
  enum class Rule : std::uint8_t { Expectation, Baseline, Precision };
  Rule rule = Rule::Expectation;
  std::string name;  // of the test case
  std::string candidate;
  std::string text;    // what was expected
  std::string detail;  // what was measured, and why it is no pass
  Verdict verdict = Verdict::Inconclusive;
  std::string file;
  std::uint32_t line = 0;  // 0: not known
};

struct CheckProblem {  // why a file could not be judged
  std::string code;    // "MS014", or our own word
  std::string message;
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct CheckCase {
  std::string file;
  std::uint64_t replications = 0;
  std::vector<CheckLine> lines;
  std::vector<CheckProblem> problems;
  std::vector<std::string> notes;
};

struct CheckReport {
  std::vector<CheckCase> cases;  // by path
};

// "error" beats "fail" beats "inconclusive" beats "pass". A case without lines is an error.
[[nodiscard]] std::string_view verdict_of(const CheckCase& one);
struct CheckCounts {
  std::size_t pass = 0;
  std::size_t fail = 0;
  std::size_t inconclusive = 0;
  std::size_t errors = 0;  // problems
};
[[nodiscard]] CheckCounts counts_of(const CheckCase& one);
[[nodiscard]] CheckCounts counts_of(const CheckReport& report);

[[nodiscard]] std::string write_check_text(const CheckReport& report);
[[nodiscard]] std::string write_check_json(const CheckReport& report);
[[nodiscard]] std::string write_check_junit(const CheckReport& report);
[[nodiscard]] std::string write_check_sarif(const CheckReport& report);
[[nodiscard]] std::string write_check_github(const CheckReport& report);    // workflow commands, one line each
[[nodiscard]] std::string write_check_markdown(const CheckReport& report);  // a job summary

}  // namespace reports
