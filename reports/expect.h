// Whether what a scenario expects holds: each line against its interval, three ways. Not the parsing (scenarios/reader)
// and not the printing (stopping.h makes the sections).
// Pass only if the whole interval is on the right side of the value, fail only if it is wholly on the wrong side; else
// inconclusive, with the reason. `=` asks each replication for exactly that value: it passes or fails.
// Several lines are one family: by Holm's procedure the chance that any of them is decided wrongly is at most
// 1 - level. Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "reports/report.h"

namespace reports {

enum class Verdict : std::uint8_t { Pass, Fail, Inconclusive };
[[nodiscard]] const char* name_of(Verdict verdict);  // "pass", "fail", "inconclusive"

struct Expectation {  // one line, for one candidate
  std::string name;   // any text, from the file
  std::string candidate;
  std::string text;  // canonical: "sidecar p99(web/default) < 250ms"
  Verdict verdict = Verdict::Inconclusive;
  Estimate measured;  // at `level`
  double level = 0.0;
  double threshold = 0.0;
  Unit unit = Unit::None;
  std::string reason;  // of what is not a pass, one sentence
  std::string file;
  std::uint32_t line = 0;
};

// Lines of `each` stand once for every candidate; those about candidates that were not run are left out.
[[nodiscard]] std::vector<Expectation> judge(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs,
                                             double level);

// "250 ±3 ms, and the interval contains 250 ms"; for people.
[[nodiscard]] std::string measured_words(const Expectation& expectation);

}  // namespace reports
