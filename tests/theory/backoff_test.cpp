// Back-off laws seen through a run: the callee fails every attempt at once, so a request of k retries lasts exactly the
// sum of its first k delays. A draw depends on the identity of the retry alone, so runs that differ only in the number
// of retries share their delays, and the k-th delay is the difference of two of them, request by request.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/theory/formulas.h"
#include "tests/theory/probe.h"

namespace {

using namespace theory;
using models::BackoffLaw;

// Mean of min(cap, U[lo, hi)).
double capped_uniform(double lo, double hi, double cap) {
  if (hi <= cap) return (lo + hi) / 2;
  if (lo >= cap) return cap;
  return ((cap * cap - lo * lo) / 2 + cap * (hi - cap)) / (hi - lo);
}

double mean_delay(BackoffLaw law, double base, double cap, int k, double previous) {
  const double doubled = base * std::pow(2, k - 1);
  switch (law) {
    case BackoffLaw::OfProduct:
    case BackoffLaw::EnvoyCurrent: {  // whole milliseconds below a window that doubles while below half the cap
      double window = base;
      for (int i = 1; i < k; ++i) window = window < cap / 2 ? 2 * window : cap;
      return (window - 0.001) / 2;
    }
    case BackoffLaw::EnvoyLegacy: return std::min(base * (std::pow(2, k) - 1), cap) / 2;
    case BackoffLaw::EnvoyLegacyAtom: {  // the window stops growing once it exceeds the cap
      double window = base;
      for (int i = 1; i < k && window <= cap; ++i) window = 2 * window + base;
      return capped_uniform(0, window, cap);
    }
    case BackoffLaw::FullJitter: return std::min(doubled, cap) / 2;
    case BackoffLaw::Exponential:
    case BackoffLaw::ExponentialHalfJitter:
    case BackoffLaw::Grpc: return std::min(doubled, cap);
    case BackoffLaw::Decorrelated: return (base + 3 * previous) / 2;  // below the cap
    case BackoffLaw::Linkerd: return capped_uniform(std::min(doubled, cap), 2 * std::min(doubled, cap), cap);
  }
  return 0;
}

Values law_of(BackoffLaw law, double base, double cap, int retries) {
  Values v{{"mean_total", 0}};
  double previous = base;
  for (int k = 1; k <= retries; ++k) {
    previous = mean_delay(law, base, cap, k, previous);
    v["mean_" + std::to_string(k)] = previous;
    v["mean_total"] += previous;
  }
  return v;
}

models::Plan failing(BackoffLaw law, double base, double cap, std::uint32_t retries, const Size& size) {
  models::ServiceSpec callee = station("callee", constant(0), models::kUnlimited);
  callee.versions[0].endpoints[0].errors.rate = 1;
  models::ScenarioSpec spec = open({caller("client", {support::call("callee")}), callee}, "client", 100, size);
  spec.traffic[0].arrivals = models::ArrivalKind::Paced;
  spec.candidates = {support::candidate(models::EnforcedBy::Library)};
  models::RetrySpec policy;
  policy.max = retries;
  policy.retry_on = static_cast<std::uint32_t>(models::RetryOn::FiveXx);
  policy.backoff = models::BackoffSpec{.law = law, .base = nanoseconds(base), .max = nanoseconds(cap)};
  spec.policy.defaults.retries = policy;
  return plan_of(spec);
}

std::function<Measure(const Size&)> delays(BackoffLaw law, double base, double cap, std::uint32_t retries) {
  return [=](const Size& size) -> Measure {
    std::vector<models::Plan> plans;
    for (std::uint32_t k = 1; k <= retries; ++k) plans.push_back(failing(law, base, cap, k, size));
    return [plans](std::uint64_t seed) {
      Values v;
      double before = 0;
      for (std::size_t k = 0; k < plans.size(); ++k) {
        const double total = mean(Probe(plans[k], seed).entry().total.failed);
        v["mean_" + std::to_string(k + 1)] = total - before;
        before = total;
      }
      v["mean_total"] = before;
      return v;
    };
  };
}

}  // namespace

TEST_CASE("back-off: Envoy's current code and its two older laws") {
  judge({"boff_envoy_current",
         "Envoy's code today, 25 ms to 250 ms",
         {32, 31250, 0},
         {
             stat("mean_total", 0.31, 0.000633),
             stat("mean_1", 0.012, 0.0012),
             stat("mean_2", 0.0245, 0.00118),
             stat("mean_3", 0.0495, 0.00117),
             stat("mean_4", 0.0995, 0.00116),
             stat("mean_5", 0.1245, 0.00116),
         },
         law_of(BackoffLaw::EnvoyCurrent, 0.025, 0.25, 5),
         delays(BackoffLaw::EnvoyCurrent, 0.025, 0.25, 5)});
  judge({"boff_envoy",
         "Envoy as its pages say (older), 25 ms to 250 ms",
         {32, 31250, 0},
         {
             stat("mean_total", 0.5125, 0.000534),
             stat("mean_1", 0.0125, 0.00115),
             stat("mean_2", 0.0375, 0.00115),
             stat("mean_3", 0.0875, 0.00115),
             stat("mean_4", 0.125, 0.00115),
             stat("mean_5", 0.125, 0.00115),
             stat("mean_6", 0.125, 0.00115),
         },
         law_of(BackoffLaw::EnvoyLegacy, 0.025, 0.25, 6),
         delays(BackoffLaw::EnvoyLegacy, 0.025, 0.25, 6)});
  judge({"boff_envoy_min",
         "Envoy's older code with an atom at the cap",
         {32, 31250, 0},
         {
             stat("mean_total", 0.6375, 0.000485),
             stat("mean_1", 0.0125, 0.00115),
             stat("mean_2", 0.0375, 0.00115),
             stat("mean_3", 0.0875, 0.00115),
             stat("mean_4", 0.16666666666666666, 0.001),
             stat("mean_5", 0.16666666666666666, 0.001),
             stat("mean_6", 0.16666666666666666, 0.001),
         },
         law_of(BackoffLaw::EnvoyLegacyAtom, 0.025, 0.25, 6),
         delays(BackoffLaw::EnvoyLegacyAtom, 0.025, 0.25, 6)});
}

TEST_CASE("back-off: Linkerd and gRPC") {
  judge({"boff_linkerd",
         "Linkerd, 25 ms to 250 ms",
         {32, 31250, 0},
         {
             stat("mean_total", 1.00625, 7.06e-05),
             stat("mean_1", 0.0375, 0.000385),
             stat("mean_2", 0.075, 0.000385),
             stat("mean_3", 0.15, 0.000385),
             stat("mean_4", 0.24375, 0.000107),
             exact("mean_5", 0.25),
             exact("mean_6", 0.25),
         },
         law_of(BackoffLaw::Linkerd, 0.025, 0.25, 6),
         delays(BackoffLaw::Linkerd, 0.025, 0.25, 6)});
  judge({"boff_grpc",
         "gRPC, 100 ms to 500 ms",
         {32, 31250, 0},
         {
             stat("mean_total", 1.2, 0.000131),
             stat("mean_1", 0.1, 0.000231),
             stat("mean_2", 0.2, 0.000231),
             stat("mean_3", 0.4, 0.000231),
             stat("mean_4", 0.5, 0.000231),
         },
         law_of(BackoffLaw::Grpc, 0.1, 0.5, 4),
         delays(BackoffLaw::Grpc, 0.1, 0.5, 4)});
}

TEST_CASE("back-off: full jitter, plain doubling, decorrelated jitter") {
  judge({"boff_aws",
         "full jitter, 100 ms to 2 s",
         {32, 31250, 0},
         {
             stat("mean_total", 3.55, 0.000549),
             stat("mean_1", 0.05, 0.00115),
             stat("mean_2", 0.1, 0.00115),
             stat("mean_3", 0.2, 0.00115),
             stat("mean_4", 0.4, 0.00115),
             stat("mean_5", 0.8, 0.00115),
             stat("mean_6", 1, 0.00115),
             stat("mean_7", 1, 0.00115),
         },
         law_of(BackoffLaw::FullJitter, 0.1, 2, 7),
         delays(BackoffLaw::FullJitter, 0.1, 2, 7)});
  judge({"boff_exp",
         "doubling without jitter, 50 ms to 1 s",
         {1, 1, 0},
         {
             exact("mean_total", 2.55),
             exact("mean_1", 0.05),
             exact("mean_2", 0.1),
             exact("mean_3", 0.2),
             exact("mean_4", 0.4),
             exact("mean_5", 0.8),
             exact("mean_6", 1),
         },
         law_of(BackoffLaw::Exponential, 0.05, 1, 6),
         delays(BackoffLaw::Exponential, 0.05, 1, 6)});
  judge({"boff_decor",
         "decorrelated jitter from 100 ms, never capped",
         {32, 31250, 0},
         {
             stat("mean_total", 2.0375, 0.00137),
             stat("mean_1", 0.2, 0.000577),
             stat("mean_2", 0.35, 0.001),
             stat("mean_3", 0.575, 0.00142),
             stat("mean_4", 0.9125, 0.00186),
         },
         law_of(BackoffLaw::Decorrelated, 0.1, 1e6, 4),
         delays(BackoffLaw::Decorrelated, 0.1, 1e6, 4)});
}
