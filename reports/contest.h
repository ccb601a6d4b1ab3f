// The candidates of a comparison as views, and the sections of it that need no paired statistics.
// Internal to reports/: the paired ones are in compare.cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "reports/report.h"
#include "reports/view.h"

namespace reports {

struct Contest {
  std::vector<std::unique_ptr<View>> views;
  std::size_t baseline = 0;

  [[nodiscard]] const View& base() const { return *views[baseline]; }
  [[nodiscard]] const std::string& name(std::size_t candidate) const { return views[candidate]->catalog().candidate; }
};

// One row per candidate each.
[[nodiscard]] Section attribution_side_by_side(const Contest& contest);
[[nodiscard]] Section work_side_by_side(const Contest& contest);
[[nodiscard]] Section resources_side_by_side(const Contest& contest);
[[nodiscard]] Section recovery_side_by_side(const Contest& contest);     // empty without disturbances
[[nodiscard]] Section propagation_side_by_side(const Contest& contest);  // empty without changes
[[nodiscard]] Section coverage_side_by_side(const Contest& contest);     // empty where nothing is amiss or differs

// CPU nanoseconds of all that computes: applications, proxies, libraries. Megabytes of all that stands there.
[[nodiscard]] View::Value all_cpu(const View& view);
[[nodiscard]] double megabytes(const models::Catalog& catalog);
[[nodiscard]] bool any_failure(const Windows& windows);

}  // namespace reports
