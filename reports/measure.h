// A quantity that an expectation names, as what statistics can be made of: per-replication values, ratios or latencies.
// Not a verdict. Units: seconds, fractions, per second, factors, cores, gigabytes, counts. Nothing is copied from the
// results but numbers: latencies point into them, so the view must outlive the measure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/spec/expect_spec.h"
#include "reports/report.h"
#include "reports/view.h"

namespace reports {

struct Measure {
  enum class Kind : std::uint8_t {
    None,        // there is nothing to measure; `reason` says why
    Constant,    // of the scenario
    Values,      // one per replication
    Ratios,      // the ratio of the sums
    Proportion,  // the same for "how many of them", with a bound when none was seen
    Complement,  // one minus a proportion
    Quantile,
    AtLeast,  // values per replication of which some are only lower bounds: it was not over when the run ended
  };
  Kind kind = Kind::None;
  std::vector<double> values;
  std::vector<Ratio> ratios;
  Latencies latencies;
  double q = 0.0;
  std::string reason;

  [[nodiscard]] Estimate estimate(double level) const;
  // What each replication says by itself; empty: some replication says nothing.
  [[nodiscard]] std::vector<double> by_replication() const;
};

[[nodiscard]] Measure measure(const View& view, const models::ExpectTerm& term);
[[nodiscard]] Unit unit_of(models::ExpectMetric metric);
[[nodiscard]] double in_report_units(models::ExpectMetric metric, double value);  // from the spec's

// a - b, paired by replication. Of two kinds of quantity: both intervals side by side, which is wide but safe.
[[nodiscard]] Estimate difference(const Measure& a, const Measure& b, double level);

struct Bounds {
  bool known = false;
  double lo = 0.0;
  double hi = 0.0;
};
// An upper bound is above zero, a lower bound below one (they are shares); AtLeast has no upper end.
[[nodiscard]] Bounds bounds_of(const Estimate& estimate, bool open_above = false);

}  // namespace reports
