// How long a change waits in a repository until a service that compiles it in has been released: days, by team.
// Not a carrier within a run (runs last minutes): it dates the columns of a frozen adoption.
// Units: nanoseconds; not limited to the horizon of the event queue, for a lead time may well be a year.
// Errors: none. Source of the default: payoff model 5.1 (median 21 d from published patch lags, sigma 1.1), assumed.
#pragma once

#include "sim/distributions/distribution.h"
#include "sim/random/keyed.h"
#include "sim/time.h"

namespace models {

inline constexpr sim::Duration kDay = sim::Duration{24} * 3600 * sim::kSecond;

// Lognormal, median 21 days, 95% within 128 days.
[[nodiscard]] sim::Distribution default_lead_time();

// At least 1 ns. The same change and service have the same lead time in every candidate with the same law, and with
// another law of the same kind the same rank.
[[nodiscard]] sim::Duration lead_time(sim::Key change, sim::Key service, const sim::Distribution& law);

}  // namespace models
