// Control planes in code, for their tests: constant stages in milliseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/control/control_plane.h"

namespace control_test {

inline constexpr sim::Duration kMs = sim::kMillisecond;

inline sim::Distribution ms(double value) { return sim::Distribution::constant(value * 1e6); }

// Every stage is instant but for a quiet time of 1 ns; the throttle never binds.
inline models::ControlPlaneSpec instant() {
  models::ControlPlaneSpec spec;
  spec.watch_delay = spec.push_context = spec.generate = spec.network = spec.apply = ms(0);
  spec.debounce_quiet = 1;
  spec.throttle = 1000000;
  return spec;
}

inline std::vector<sim::Key> fleet(std::uint32_t proxies) {
  std::vector<sim::Key> keys;
  for (std::uint32_t p = 0; p < proxies; ++p) keys.push_back(sim::mix(p + 1));
  return keys;
}

inline models::PropagationInput input(const models::ControlPlaneSpec& spec, std::vector<sim::Time> changes,
                                      std::vector<sim::Key> proxies) {
  return {spec, std::move(changes), std::move(proxies), {}, 3600 * sim::kSecond, 7};
}

inline std::vector<models::Delivery> of_proxy(const std::vector<models::Delivery>& all, std::uint32_t proxy) {
  std::vector<models::Delivery> own;
  std::copy_if(all.begin(), all.end(), std::back_inserter(own), [&](const auto& d) { return d.proxy == proxy; });
  return own;
}

}  // namespace control_test
