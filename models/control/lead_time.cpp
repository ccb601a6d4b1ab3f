#include "models/control/lead_time.h"

#include "models/control/draws.h"

namespace models {

sim::Distribution default_lead_time() {
  return sim::Distribution::lognormal_quantiles(21.0 * static_cast<double>(kDay), 0.95,
                                                128.0 * static_cast<double>(kDay));
}

sim::Duration lead_time(sim::Key change, sim::Key service, const sim::Distribution& law) {
  sim::Draws draws(sim::child_key(change, service), control::purpose(control::Purpose::LeadTime));
  const double drawn = law.sample_real(draws);
  constexpr double kMost = 0x1p62;  // 146 years
  if (!(drawn >= 1.0)) return 1;
  return static_cast<sim::Duration>(drawn < kMost ? drawn : kMost);
}

}  // namespace models
