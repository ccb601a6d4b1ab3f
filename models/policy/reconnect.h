// How a client comes back to a replica whose connection broke: the wait after the k-th attempt in a row that failed.
// Products that pick among connected replicas only (Linkerd, gRPC) have such a law; Envoy connects when it must send.
// Units: nanoseconds. Pure functions of the product and a keyed draw; products of doubles alone, so portable.
// Source: mesh semantics section 0 (preset table), 23; gRPC's connection back-off.
#pragma once

#include <cstdint>

#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

enum class Reconnects : std::uint8_t { None, Linkerd, Grpc };

// k = 1, 2, ... ; Linkerd: 100 ms, doubling up to 60 s, up to a tenth more; gRPC: 1 s times 1.6, up to 120 s, +-20%.
[[nodiscard]] inline sim::Duration reconnect_delay(Reconnects how, std::uint32_t k, sim::Key key) {
  constexpr std::uint64_t kPurpose = 0x52'45'43'4f;  // "RECO"
  const bool grpc = how == Reconnects::Grpc;
  const double most = static_cast<double>((grpc ? 120 : 60) * sim::kSecond);
  double base = static_cast<double>(grpc ? sim::kSecond : 100 * sim::kMillisecond);
  for (std::uint32_t i = 1; i < k && base < most; ++i) base *= grpc ? 1.6 : 2.0;
  base = base < most ? base : most;
  const double u = sim::uniform(sim::bits(key, kPurpose));
  const double wait = base * (grpc ? 0.8 + 0.4 * u : 1.0 + 0.1 * u);
  return static_cast<sim::Duration>(!grpc && wait > most ? most : wait);
}

}  // namespace models
