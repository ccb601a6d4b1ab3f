#include "tools/meshsim/reachability.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "models/plan/compile_policies.h"
#include "models/plan/reachability.h"

namespace meshsim {
namespace {

using Json = nlohmann::ordered_json;
using models::Reach;
using models::ReachRow;

constexpr std::size_t kWidth = 100;

// The callers with this reach: by name, or by who is left out if that is shorter.
std::string who(const ReachRow& row, Reach reach) {
  std::vector<std::string> in, out;
  for (std::size_t c = 0; c < row.callers.size(); ++c) (row.reach[c] == reach ? in : out).push_back(row.callers[c]);
  if (in.empty()) return "";
  if (out.empty()) return fmt::format("everybody ({})", in.size());
  const bool turned = out.size() < in.size() / 2;
  return turned ? fmt::format("everybody ({}) but {}", in.size(), fmt::join(out, ", "))
                : fmt::format("{}", fmt::join(in, ", "));
}

void wrap(std::string& into, const std::string& label, const std::string& text) {
  const std::string margin(14, ' ');
  std::string line = fmt::format("    {:<10}", label);
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, to - from);
    if (line.size() + 1 + word.size() > kWidth && line.size() > margin.size()) {
      into += line + "\n";
      line = margin;
    }
    line += (line.size() > margin.size() ? " " : "") + word;
    from = to + 1;
  }
  into += line + "\n";
}

// Only what is not as `before` (empty: everything is new).
void describe(std::string& out, const std::vector<ReachRow>& rows, const std::vector<ReachRow>& before) {
  std::vector<bool> done(rows.size(), false);
  for (std::size_t r = 0; r < before.size(); ++r) done[r] = before[r].reach == rows[r].reach;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (done[r]) continue;
    std::string names = rows[r].callee;
    for (std::size_t same = r + 1; same < rows.size(); ++same) {  // endpoints that everybody reaches alike
      if (done[same] || rows[same].callers != rows[r].callers || rows[same].reach != rows[r].reach) continue;
      names += ", " + rows[same].callee;
      done[same] = true;
    }
    out += "  " + names + "\n";
    for (const Reach reach : {Reach::Mtls, Reach::Plaintext, Reach::Denied, Reach::Refused}) {
      const std::string text = who(rows[r], reach);
      if (!text.empty()) wrap(out, models::name_of(reach), text);
    }
  }
}

}  // namespace

std::string reachability_text(const models::ScenarioSpec& spec) {
  std::string out;
  const auto changes = models::changes_of(spec);
  for (std::size_t c = 0; c < spec.candidates.size(); ++c) {
    std::vector<ReachRow> before;
    for (std::uint32_t after = 0; after <= changes.size(); ++after) {
      const std::vector<ReachRow> rows = models::reachability(spec, c, after);
      const bool same = after > 0 && std::equal(rows.begin(), rows.end(), before.begin(), before.end(),
                                                [](const auto& a, const auto& b) { return a.reach == b.reach; });
      if (same) continue;
      out += fmt::format(
          "{}Who can call whom: {}, {}\n", out.empty() ? "" : "\n", spec.candidates[c].name,
          after == 0 ? std::string("at the start") : "changed once `" + changes[after - 1]->name + "` has arrived");
      describe(out, rows, before);
      before = rows;
    }
  }
  return out;
}

Json reachability_json(const models::ScenarioSpec& spec) {
  Json all = Json::array();
  const auto changes = models::changes_of(spec);
  for (std::size_t c = 0; c < spec.candidates.size(); ++c) {
    for (std::uint32_t after = 0; after <= changes.size(); ++after) {
      Json rows = Json::array();
      for (const ReachRow& row : models::reachability(spec, c, after)) {
        Json callers = Json::object();
        for (std::size_t i = 0; i < row.callers.size(); ++i) callers[row.callers[i]] = models::name_of(row.reach[i]);
        rows.push_back({{"callee", row.callee}, {"callers", callers}});
      }
      all.push_back({{"candidate", spec.candidates[c].name},
                     {"after", after == 0 ? Json() : Json(changes[after - 1]->name)},
                     {"endpoints", rows}});
    }
  }
  return all;
}

}  // namespace meshsim
