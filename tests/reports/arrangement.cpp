#include "tests/reports/arrangement.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace reports_test {
namespace {

void add_windows(models::Results& results) {
  for (models::EntryResults& entry : results.entries) {
    models::EntryWindow before = entry.windows[0];
    before.merge(entry.windows[1]);
    const models::EntryWindow after = entry.windows[2];
    entry.windows.push_back(before);
    entry.windows.push_back(after);
  }
}

}  // namespace

void add_change(Made& made, const std::string& carrier, const Delay& delay) {
  models::Catalog& catalog = made.catalog;
  const auto at = static_cast<sim::Time>(kChangeAt * 1e9);
  catalog.changes.push_back({"fix", at, carrier.empty() ? std::vector<std::string>{} : std::vector{carrier}});
  catalog.windows.push_back({"before fix", 0, at});
  catalog.windows.push_back({"after fix", at, catalog.duration});
  models::Results merged;
  for (std::uint32_t r = 0; r < made.run.replications.size(); ++r) {
    models::Results& results = made.run.replications[r];
    add_windows(results);
    models::ChangeResults& change = results.changes.emplace_back();
    change.holders = carrier.empty() ? 0 : kClients;
    double last = 0.0;
    for (std::uint32_t c = 0; c < change.holders; ++c) {
      if (const double seconds = delay(r, c); seconds >= 0.0) {
        ++change.arrived;
        change.delay.observe(static_cast<std::int64_t>(seconds * 1e9));
        last = std::max(last, seconds);
      }
    }
    if (change.arrived == change.holders && change.holders > 0) {
      change.complete.observe(static_cast<std::int64_t>(last * 1e9));
    }
    change.stale_calls = 40;
    change.stale_failed = 10;
    merged.merge(results);
  }
  made.run.merged.entries = merged.entries;
  made.run.merged.changes = merged.changes;
}

Made library_with_change() {
  Shape shape = none_shape();
  shape.candidate = "library";
  Made made = make(shape);
  made.catalog.enforced_by = models::EnforcedBy::Library;
  made.catalog.enrolled = 3;
  made.catalog.distinct_policies = 2;
  made.catalog.edges[0].telemetry = true;
  made.catalog.edges[0].timeout = 250 * sim::kMillisecond;
  made.catalog.edges[0].attempts = 9;
  made.catalog.edges[0].retry_layers = 2;
  made.catalog.edges[1].mtls = true;
  made.catalog.edges[1].timeout = sim::kSecond;
  add_change(made, "timeout by redeploy",
             [](std::uint32_t r, std::uint32_t c) { return c < kClients / 2 ? 2.0 + 3.0 * c + 0.1 * r : -1.0; });
  return made;
}

Made sidecar_with_change() {
  Made made = make(sidecar_shape());
  for (models::Catalog::Edge& edge : made.catalog.edges) {
    edge.timeout = 250 * sim::kMillisecond;
  }
  add_change(made, "timeout by push", [](std::uint32_t r, std::uint32_t c) { return 0.2 + 0.1 * c + 0.01 * r; });
  return made;
}

const reports::Section& section(const std::vector<reports::Section>& sections, const std::string& key) {
  for (const reports::Section& section : sections) {
    if (section.key == key) {
      return section;
    }
  }
  throw std::logic_error("no section " + key);
}

const reports::Table& table(const std::vector<reports::Section>& sections, const std::string& key) {
  for (const reports::Section& section : sections) {
    for (const reports::Table& one : section.tables) {
      if (one.key == key) {
        return one;
      }
    }
  }
  throw std::logic_error("no table " + key);
}

const reports::Cell& cell(const reports::Table& table, std::size_t row, const std::string& key) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].key == key) {
      return table.rows.at(row).at(c);
    }
  }
  throw std::logic_error("no column " + key);
}

const reports::Estimate& number(const reports::Table& table, std::size_t row, const std::string& key) {
  return cell(table, row, key).number;
}

std::size_t card_row(const reports::Table& card, const std::string& candidate, const std::string& item,
                     const std::string& subject) {
  for (std::size_t r = 0; r < card.rows.size(); ++r) {
    if (cell(card, r, "candidate").text == candidate && cell(card, r, "item").text == item &&
        (subject.empty() || cell(card, r, "subject").text == subject)) {
      return r;
    }
  }
  throw std::logic_error("no line " + item + " " + subject);
}

}  // namespace reports_test
