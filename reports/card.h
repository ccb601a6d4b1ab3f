// The exchange-rate card: what a candidate costs against the baseline, what it saves, and which failures nobody saves.
// Physical quantities first, each with its interval and with what it rests on; money only at the reader's own prices.
// Every figure is a cell of the table "card" (one row per candidate, item and subject); the words on the screen are
// made from those cells. No judgement: what has no interval, or one that contains zero, is called undecided.
#pragma once

#include <optional>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "reports/contest.h"
#include "reports/report.h"
#include "reports/verdict.h"

namespace reports {

using Prices = models::PricesSpec;

// Payoffs of the candidates that are not the baseline, in their order. REQUIRES: at least one.
[[nodiscard]] Section card_section(const Contest& contest, const std::vector<Payoff>& payoffs, const Prices& prices);

// How many occurrences a year pay for `cost_per_year` when one saves `saving`; both >= 0 and in the same money. The
// bounds hold for every cost and saving inside both intervals. Empty when the saving is not surely positive.
struct BreakEven {
  double value = 0.0;
  double least = 0.0;
  double most = 0.0;
};
[[nodiscard]] std::optional<BreakEven> break_even(const Estimate& cost_per_year, const Estimate& saving);

}  // namespace reports
