// A baseline: what a scenario gave when somebody looked at it and agreed. A small text beside the scenario, one line
// per figure, made to be reviewed. A candidate with the same trajectory fingerprint is the same at once; else its
// figures are compared with a margin:
//   equivalent    the whole interval of the difference lies within the margin (two one-sided tests)
//   different     it lies wholly outside
//   inconclusive  neither, or a figure has no interval
// Several figures are one family (Holm). The runs are taken as independent, which is wide but safe: they often are not.
// Source: D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987 (two one-sided tests).
// Units: seconds, fractions, per second, cores. Errors: read_baseline() says what is wrong with a text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/build.h"
#include "reports/check.h"

namespace reports {

inline constexpr double kMargin = 0.05;  // of latencies, rates and CPU, relative; of shares a tenth of it, absolute

struct BaselineFigure {
  std::string key;  // "p99"
  Estimate estimate;
};
struct BaselineCandidate {
  std::string name;
  std::string fingerprint;
  std::vector<BaselineFigure> figures;
};
struct Baseline {
  std::string scenario;  // digest of the scenario as it was run, expectations aside
  std::uint64_t replications = 0;
  double confidence = 0.95;
  double margin = kMargin;
  std::vector<BaselineCandidate> candidates;
};

[[nodiscard]] Baseline make_baseline(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs,
                                     std::string digest, double margin);
[[nodiscard]] std::string write_baseline(const Baseline& baseline);
[[nodiscard]] std::optional<Baseline> read_baseline(std::string_view text, std::string& problem);

// One line per candidate of either side. `file` stands in messages.
[[nodiscard]] std::vector<CheckLine> compare_baseline(const Baseline& baseline, const models::ScenarioSpec& scenario,
                                                      const std::vector<Input>& inputs, const std::string& file);

}  // namespace reports
