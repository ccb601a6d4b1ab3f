// The shop of fixture.h with what arrangements add: a change of policy that travels, and edges that differ.
#pragma once

#include <functional>
#include <string>

#include "reports/report.h"
#include "tests/reports/fixture.h"

namespace reports_test {

inline constexpr double kChangeAt = 35.0;  // seconds; the run ends 25 s later
inline constexpr std::uint32_t kClients = 12;

// Seconds until client `client` of replication `replication` acts by the change; negative: not within the run.
using Delay = std::function<double(std::uint32_t replication, std::uint32_t client)>;

// Adds the change "fix" and its windows. Every replication has 40 calls under the old policy, 10 of them failed.
void add_change(Made& made, const std::string& carrier, const Delay& delay);

[[nodiscard]] Made library_with_change();  // by redeploy: half of the clients within the run
[[nodiscard]] Made sidecar_with_change();  // by push: all within two seconds; everything covered

// Look-ups in a report; a missing one throws.
[[nodiscard]] const reports::Table& table(const std::vector<reports::Section>& sections, const std::string& key);
[[nodiscard]] const reports::Cell& cell(const reports::Table& table, std::size_t row, const std::string& key);
[[nodiscard]] const reports::Estimate& number(const reports::Table& table, std::size_t row, const std::string& key);
[[nodiscard]] const reports::Section& section(const std::vector<reports::Section>& sections, const std::string& key);
// The row of the card with this item and subject (any subject if empty) of this candidate.
[[nodiscard]] std::size_t card_row(const reports::Table& card, const std::string& candidate, const std::string& item,
                                   const std::string& subject = "");

}  // namespace reports_test
