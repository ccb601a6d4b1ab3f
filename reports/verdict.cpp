#include "reports/verdict.h"

#include <vector>

#include <fmt/format.h>

#include "reports/numbers.h"

namespace reports {
namespace {

Estimate negated(Estimate estimate) {
  estimate.value = -estimate.value;
  return estimate;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

// Sorts one quantity into what is paid, what is saved and what nobody knows.
struct Ledger {
  std::vector<std::string> paid;
  std::vector<std::string> saved;
  std::vector<std::string> undecided;

  void enter(const Estimate& difference, Unit unit, const std::string& where, int decimals = -1) {
    const bool sure = difference.certainty == Certainty::Exact || difference.certainty == Certainty::Interval;
    if (!has_value(difference) || (sure && difference.value == 0.0 && difference.half_width == 0.0)) {
      return;  // exactly the same in both
    }
    switch (direction_of(difference, true)) {
      case Direction::Loss: paid.push_back(spoken(difference, unit) + where); break;
      case Direction::Gain: saved.push_back(spoken(negated(difference), unit) + where); break;
      case Direction::Undecided:
        if (difference.certainty == Certainty::NoInterval) {
          const std::string needs =
              difference.needs > 0 ? fmt::format(" (needs ~{} replications)", grouped(difference.needs)) : "";
          undecided.push_back(
              fmt::format("{}{} without an interval{}", spoken(difference, unit, true, decimals), where, needs));
        } else {
          undecided.push_back(spoken(difference, unit, true) + where);
        }
        break;
    }
  }
};

std::string failures_clause(const Payoff& payoff) {
  const Estimate& avoided = payoff.avoided_per_million;
  if (!has_value(avoided)) {
    return "nothing can be said about failed requests";
  }
  if (!payoff.failures_seen) {
    return fmt::format("no request failed with either (fewer than {} per million)",
                       screen_number(avoided, Unit::PerMillion).main.substr(1));
  }
  const auto per_million = [](const Estimate& estimate) {
    const ScreenNumber number = screen_number(estimate, Unit::PerMillion);
    return estimate.certainty == Certainty::Interval ? number.main + " " + number.extra : number.main;
  };
  const auto per_day = [&](const Estimate& estimate) {
    return has_value(estimate) ? fmt::format(" ({} a day of such traffic)", per_million(estimate)) : std::string();
  };
  switch (direction_of(avoided, false)) {
    case Direction::Gain:
      return fmt::format("avoids {} failed requests per million{}", per_million(avoided),
                         per_day(payoff.avoided_per_day));
    case Direction::Loss:
      return fmt::format("causes {} more failed requests per million{}", per_million(negated(avoided)),
                         per_day(negated(payoff.avoided_per_day)));
    case Direction::Undecided: break;
  }
  if (avoided.certainty == Certainty::NoInterval) {
    return fmt::format("whether it avoids failed requests is undecided (estimate {} per million, no interval)",
                       per_million(avoided));
  }
  if (avoided.value == 0.0 && avoided.half_width == 0.0) {
    return "fails exactly the same number of requests";
  }
  return fmt::format("whether it avoids failed requests is undecided ({} per million, and the interval contains zero)",
                     per_million(avoided));
}

// Who fails is not in the percentiles. Where that could move the p99 by a tenth of its tail, it has to be said.
std::string survivors_sentence(const Payoff& payoff) {
  constexpr double kTenthOfTheTail = 0.001;
  const double apart = payoff.success_after.value - payoff.success_before.value;
  if (!has_value(payoff.success_before) || !has_value(payoff.success_after) ||
      !(apart > kTenthOfTheTail || apart < -kTenthOfTheTail)) {
    return {};
  }
  const auto share = [](const Estimate& estimate) {
    const std::string text = screen_number(estimate, Unit::Fraction).main;
    return text.starts_with('>') ? "more than " + text.substr(1) : text;
  };
  return fmt::format(
      " Latency is that of successes, which are {}% of the requests of {} and {}% of those of {}: not the same "
      "requests.",
      share(payoff.success_after), payoff.candidate, share(payoff.success_before), payoff.baseline);
}

}  // namespace

Direction direction_of(const Estimate& difference, bool lower_is_better) {
  const bool known = difference.certainty == Certainty::Exact || difference.certainty == Certainty::Interval;
  if (!known || (difference.value - difference.half_width <= 0.0 && difference.value + difference.half_width >= 0.0)) {
    return Direction::Undecided;
  }
  return (difference.value < 0.0) == lower_is_better ? Direction::Gain : Direction::Loss;
}

std::string verdict(const Payoff& payoff) {
  Ledger ledger;
  ledger.enter(payoff.p50, Unit::Seconds, " at p50", payoff.p50_decimals);
  ledger.enter(payoff.p99, Unit::Seconds, " at p99", payoff.p99_decimals);
  ledger.enter(payoff.cores, Unit::Cores, "");
  ledger.enter(payoff.gigabytes, Unit::Gigabytes, "");
  std::vector<std::string> clauses;
  if (!ledger.paid.empty()) {
    clauses.push_back("pays " + joined(ledger.paid));
  }
  if (!ledger.saved.empty()) {
    clauses.push_back("saves " + joined(ledger.saved));
  }
  const std::string failures = failures_clause(payoff);
  const bool about_it =
      failures.rfind("no request", 0) != 0 && failures.rfind("whether", 0) != 0;  // else its own subject
  const char* const then = clauses.empty() && !about_it ? ": " : " ";
  clauses.push_back(failures);
  std::string text = fmt::format("Against {}, {}{}{}", payoff.baseline, payoff.candidate, then, joined(clauses));
  if (!ledger.undecided.empty()) {
    text += fmt::format("; undecided: {}", joined(ledger.undecided));
  }
  return text + "." + survivors_sentence(payoff);
}

}  // namespace reports
