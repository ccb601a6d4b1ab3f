// A case of queueing or probability theory with a known answer, and the rule by which a simulation passes it.
// Protocol: independent replications with seeds 1, 2, ..., R (fixed: a verdict never flickers). A key is estimated in
// each; mean and SE = sd / sqrt(R) are taken over them. A statistical key passes when both hold:
//   |mean - expected| <= max(4.5 SE, floor * expected) + allow * expected
//   SE / expected <= max_rel_se        (power: a noisy simulator must not pass everything)
// The quick tier has a sixteenth of the work and four times max_rel_se; MESHSIM_THEORY=full chooses the full one.
// Not here: how a case is mapped on the simulator (each family's own file) and how figures are read (probe.h).
// Units: seconds and requests per second.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace theory {

enum class Check : std::uint8_t {
  Statistical,
  Exact,        // every replication: equal to 1e-9 relative
  MeanAtMost,   // mean over replications <= expected
  EveryAtMost,  // every replication <= expected
  EveryAtLeast,
};

struct Key {
  std::string name;
  double expected = 0;
  double max_rel_se = 0;  // of the full tier
  double allow = 0;       // error of interpolation in a histogram bucket, or a known bias
  double floor = 1e-4;
  Check check = Check::Statistical;
  bool quick = true;  // also judged in the quick tier

  // Quantiles beyond p99 and counts of the full size say nothing in a sixteenth of the work.
  [[nodiscard]] Key full_only() const {
    Key key = *this;
    key.quick = false;
    return key;
  }
};

[[nodiscard]] Key stat(std::string name, double expected, double max_rel_se, double allow = 0);
// A probability: near 1 the floor is 1e-4 of the complement, so that failures are what is tested.
[[nodiscard]] Key share(std::string name, double expected, double max_rel_se, double allow = 0);
[[nodiscard]] Key exact(std::string name, double expected);
[[nodiscard]] Key bound(std::string name, double expected, Check check);

struct Size {
  std::uint32_t replications = 1;
  double requests = 0;  // roots per replication in the measured part
  double warmup = 0;    // roots before it

  // The quick tier: a sixteenth of the replications where there are hundreds, else of the requests of each.
  [[nodiscard]] Size sixteenth() const;
};

using Values = std::map<std::string, double>;               // by key name
using Measure = std::function<Values(std::uint64_t seed)>;  // one replication; called from several threads

struct Case {
  std::string id;
  std::string what;  // one clause for the table
  Size full;
  std::vector<Key> keys;
  Values formula;  // closed forms computed here; each must agree with the number of the key with its name
  std::function<Measure(const Size&)> prepare;
};

struct Verdict {
  bool passes = false;
  double measured = 0;  // mean over replications, or the worst one for bounds on every replication
  std::string rule;     // what was asked, with the numbers
};

// The rule alone. `power_factor` scales max_rel_se: 1 in the full tier.
[[nodiscard]] Verdict verdict(const Key& key, const std::vector<double>& values, double power_factor);

[[nodiscard]] bool full_tier();

// Runs the replications on all cores; results by index, whoever finishes first.
[[nodiscard]] std::vector<Values> replicate(std::uint32_t replications, const Measure& measure);

// Runs a case and checks every key with doctest. With MESHSIM_THEORY_TABLE=FILE appends one table row per key to FILE.
void judge(const Case& c);

// A figure over all replications together: within the relative `noise` (of the full tier, four times that in the quick
// one) and `bias` of what is expected.
void judge_pooled(const std::string& id, const std::string& what, const std::string& key, double measured,
                  double expected, double noise, double bias = 0);

// A row for cases that are checked elsewhere (exact sequences, outcomes).
void table_row(const std::string& id, const std::string& what, const std::string& key, const std::string& expected,
               const std::string& measured, const std::string& rule, bool passes);

}  // namespace theory
