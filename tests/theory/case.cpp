#include "tests/theory/case.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <thread>
#include <utility>

#include "sim/statistics/moments.h"

namespace theory {
namespace {

constexpr double kStandardErrors = 4.5;  // two-sided p about 9e-5 with 31 degrees of freedom
constexpr double kQuickFactor = 4.0;     // a sixteenth of the work
constexpr double kExact = 1e-9;

bool equal(double a, double b) { return std::fabs(a - b) <= kExact * std::max(std::fabs(a), std::fabs(b)); }

}  // namespace

Verdict verdict(const Key& key, const std::vector<double>& values, double power_factor) {
  sim::Moments moments;
  for (const double v : values) moments.observe(v);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  Verdict v;
  v.measured = moments.mean();
  switch (key.check) {
    case Check::Exact:
      v.passes = equal(*least, key.expected) && equal(*most, key.expected);
      v.rule = "equal in every replication";
      return v;
    case Check::MeanAtMost:
      v.passes = v.measured <= key.expected;
      v.rule = "at most";
      return v;
    case Check::EveryAtMost:
      v.passes = *most <= key.expected;
      v.measured = *most;
      v.rule = "at most, every replication";
      return v;
    case Check::EveryAtLeast:
      v.passes = *least >= key.expected;
      v.measured = *least;
      v.rule = "at least, every replication";
      return v;
    case Check::Statistical: break;
  }
  const double scale = std::fabs(key.expected);
  const double se = moments.sd() / std::sqrt(static_cast<double>(values.size()));
  const double off = std::fabs(v.measured - key.expected);
  const double allowed = std::max(kStandardErrors * se, key.floor * scale) + key.allow * scale;
  const double power = key.max_rel_se * power_factor;
  v.passes = off <= allowed && se <= power * scale;
  v.rule = fmt::format("off {:+.3f} %, allowed {:.3f} %; SE {:.3f} %, at most {:.3f} %",
                       100 * (v.measured - key.expected) / scale, 100 * allowed / scale, 100 * se / scale, 100 * power);
  return v;
}

Key stat(std::string name, double expected, double max_rel_se, double allow) {
  Key key;
  key.name = std::move(name);
  key.expected = expected;
  key.max_rel_se = max_rel_se;
  key.allow = allow;
  return key;
}

Key share(std::string name, double expected, double max_rel_se, double allow) {
  Key key = stat(std::move(name), expected, max_rel_se, allow);
  key.floor *= std::min(1.0, (1.0 - expected) / expected);
  return key;
}

Key exact(std::string name, double expected) { return bound(std::move(name), expected, Check::Exact); }

Key bound(std::string name, double expected, Check check) {
  Key key = stat(std::move(name), expected, 0);
  key.check = check;
  return key;
}

Size Size::sixteenth() const {
  Size size = *this;
  if (replications > 100) {
    size.replications = replications / 16;
  } else {
    size.requests = std::max(1.0, std::floor(requests / 16));
  }
  return size;
}

bool full_tier() {
  const char* tier = std::getenv("MESHSIM_THEORY");
  return tier != nullptr && std::string(tier) == "full";
}

std::vector<Values> replicate(std::uint32_t replications, const Measure& measure) {
  std::vector<Values> results(replications);
  std::vector<std::exception_ptr> failed(replications);
  std::atomic<std::uint32_t> next{0};
  const auto worker = [&] {
    for (std::uint32_t r = next.fetch_add(1); r < replications; r = next.fetch_add(1)) {
      try {
        results[r] = measure(r + 1);
      } catch (...) {
        failed[r] = std::current_exception();
      }
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < std::max(1U, std::thread::hardware_concurrency()); ++i) pool.emplace_back(worker);
  worker();
  for (std::thread& thread : pool) thread.join();
  for (const std::exception_ptr& failure : failed) {
    if (failure) std::rethrow_exception(failure);
  }
  return results;
}

void judge(const Case& c) {
  for (const auto& [name, value] : c.formula) {
    const auto key = std::find_if(c.keys.begin(), c.keys.end(), [&](const Key& k) { return k.name == name; });
    REQUIRE_MESSAGE(key != c.keys.end(), c.id, ": the formula names an unknown key ", name);
    const bool agrees = equal(value, key->expected);
    CHECK_MESSAGE(agrees, c.id, " ", name, ": formula ", fmt::format("{}, number {}", value, key->expected));
  }
  const Size size = full_tier() ? c.full : c.full.sixteenth();
  const std::vector<Values> samples = replicate(size.replications, c.prepare(size));
  for (const Key& key : c.keys) {
    if (!key.quick && !full_tier()) continue;
    REQUIRE_MESSAGE(samples.front().count(key.name) == 1, c.id, ": nothing measures ", key.name);
    std::vector<double> values;
    for (const Values& sample : samples) values.push_back(sample.at(key.name));
    const Verdict v = verdict(key, values, full_tier() ? 1.0 : kQuickFactor);
    CHECK_MESSAGE(v.passes, c.id, " ", key.name, ": expected ", fmt::format("{:.9g}", key.expected), ", measured ",
                  fmt::format("{:.9g}", v.measured), "; ", v.rule);
    table_row(c.id, c.what, key.name, fmt::format("{:.7g}", key.expected), fmt::format("{:.7g}", v.measured), v.rule,
              v.passes);
  }
}

void judge_pooled(const std::string& id, const std::string& what, const std::string& key, double measured,
                  double expected, double noise, double bias) {
  const double allowed = noise * (full_tier() ? 1.0 : kQuickFactor) + bias;
  const double off = measured / expected - 1;
  const bool passes = std::fabs(off) <= allowed;
  const std::string rule = fmt::format("off {:+.3f} %, allowed {:.3f} % (all replications)", 100 * off, 100 * allowed);
  CHECK_MESSAGE(passes, id, " ", key, ": expected ", expected, ", measured ", measured, "; ", rule);
  table_row(id, what, key, fmt::format("{:.7g}", expected), fmt::format("{:.7g}", measured), rule, passes);
}

void table_row(const std::string& id, const std::string& what, const std::string& key, const std::string& expected,
               const std::string& measured, const std::string& rule, bool passes) {
  const char* path = std::getenv("MESHSIM_THEORY_TABLE");
  if (path == nullptr) return;
  std::ofstream(path, std::ios::app) << fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", id, what, key, expected,
                                                    measured, rule, passes ? "yes" : "**no**");
}

}  // namespace theory
