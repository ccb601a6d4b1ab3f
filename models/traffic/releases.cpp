#include "models/traffic/releases.h"

#include <algorithm>
#include <tuple>

#include "models/control/lead_time.h"

namespace models {

std::vector<sim::Duration> releases_of(const Plan& plan, std::size_t change, sim::Key seed) {
  std::vector<sim::Duration> delays(plan.services.size(), sim::kHorizonMax);
  std::vector<std::size_t> concerned;
  for (std::size_t s = 0; s < plan.services.size(); ++s) {
    const HolderPlan& holder = plan.holders[s];
    if ((holder.alters[change] & knobs_by(holder, Carrier::Redeploy)) == 0) continue;
    delays[s] = lead_time(seed ^ plan.changes[change].key, plan.services[s].key, holder.redeploy);
    concerned.push_back(s);
  }
  if (!plan.adoption) return delays;
  std::sort(concerned.begin(), concerned.end(),
            [&](std::size_t a, std::size_t b) { return std::tie(delays[a], a) < std::tie(delays[b], b); });
  const auto adopted =
      static_cast<std::size_t>((*plan.adoption * static_cast<double>(concerned.size()) + 0x1p52) - 0x1p52);
  for (std::size_t i = 0; i < concerned.size(); ++i) delays[concerned[i]] = i < adopted ? 0 : sim::kHorizonMax;
  return delays;
}

std::optional<sim::Duration> adoption_date(const Plan& plan, std::size_t change, double share, std::uint64_t seed) {
  constexpr std::uint32_t kDraws = 1001;  // odd: the median is one of them
  std::vector<sim::Duration> dates;
  for (std::uint32_t r = 0; r < kDraws; ++r) {
    std::vector<sim::Duration> delays;
    for (std::size_t s = 0; s < plan.services.size(); ++s) {
      const HolderPlan& holder = plan.holders[s];
      if ((holder.alters[change] & knobs_by(holder, Carrier::Redeploy)) == 0) continue;
      delays.push_back(
          lead_time(replication_key(seed, r) ^ plan.changes[change].key, plan.services[s].key, holder.redeploy));
    }
    const auto wanted = static_cast<std::size_t>((share * static_cast<double>(delays.size()) + 0x1p52) - 0x1p52);
    if (delays.empty()) return std::nullopt;
    if (wanted == 0) return 0;
    std::nth_element(delays.begin(), delays.begin() + static_cast<std::ptrdiff_t>(wanted - 1), delays.end());
    dates.push_back(delays[wanted - 1]);
  }
  std::nth_element(dates.begin(), dates.begin() + kDraws / 2, dates.end());
  return dates[kDraws / 2];
}

}  // namespace models
