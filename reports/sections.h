// The sections of one candidate's report, one function each. Internal to reports/.
#pragma once

#include <cstdint>
#include <string>

#include "reports/report.h"
#include "reports/view.h"

namespace reports {

// build_entries.cpp: what users feel
[[nodiscard]] Section entries_section(const View& view);
[[nodiscard]] Section outcomes_section(const View& view);
[[nodiscard]] Section attribution_section(const View& view);
[[nodiscard]] Section windows_section(const View& view);

// build_series.cpp: curves
[[nodiscard]] Section timeline_section(const View& view);
[[nodiscard]] Section latency_section(const View& view);  // the distribution functions, for plots

// build_recovery.cpp: whether goodput came back after each disturbance; empty without one that ends
[[nodiscard]] Section recovery_section(const View& view);

// build_fleet.cpp: what the fleet did
[[nodiscard]] Section edges_section(const View& view);
[[nodiscard]] Section services_section(const View& view);
[[nodiscard]] Section endpoints_section(const View& view);
[[nodiscard]] Section waste_section(const View& view);
[[nodiscard]] Section resources_section(const View& view);

// build_propagation.cpp: how changes of policy travelled; empty without any
[[nodiscard]] Section propagation_section(const View& view);

// build_limits.cpp: what pools, budgets and outlier detection did; empty where they did nothing
[[nodiscard]] Section limits_section(const View& view);

// build_coverage.cpp: what the arrangement reaches and how alike it is; for machines alone where nothing is amiss
[[nodiscard]] Section coverage_section(const View& view);

inline constexpr double kMega = 1e6;
// "UT 1.2%, error 0.3%": what failed, as shares of `total`, in the order of the outcomes.
[[nodiscard]] std::string failure_shares(const models::OutcomeCounts& outcomes, std::uint64_t total);
[[nodiscard]] Estimate success_of(const Windows& windows, double confidence);
// CPU nanoseconds of libraries: a stated constant per call, which the engine does not spend anywhere.
[[nodiscard]] View::Value library_cpu(const View& view);
// CPU seconds per second = cores, of a sum of CPU nanoseconds per replication.
[[nodiscard]] Estimate cores_of(const View& view, const View::Value& cpu_nanoseconds);

}  // namespace reports
