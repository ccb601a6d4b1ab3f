#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/card_lines.h"
#include "reports/numbers.h"

namespace reports {
namespace {

constexpr double kHoursPerYear = 8760.0;

const CardLine* find(const std::vector<CardLine>& lines, const std::string& item) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const CardLine& l) { return l.item == item; });
  return found == lines.end() ? nullptr : &*found;
}

Estimate times(Estimate estimate, double factor) {  // factor >= 0
  return factor > 0.0 ? scaled(estimate, factor) : exact(0.0);
}

// a + b, where b is a constant.
Estimate plus_constant(Estimate a, double b) {
  a.value += b;
  return a;
}

CardLine pays_line(const std::string& item, std::string words) {
  CardLine line;
  line.group = "pays";
  line.item = item;
  line.basis = Basis::Assumed;
  line.rests_on = "prices as given";
  line.words = std::move(words);
  line.with_sign = false;
  return line;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string times_text(double value) { return spoken(no_interval(value, 0), Unit::None); }

// Saved by `often` a year less what it costs; the interval holds for every cost and saving inside both of theirs.
Estimate net_of(const Estimate& cost, const Estimate& saving, double often) {
  if (!has_value(cost) || !has_value(saving)) return missing();
  const double value = often * saving.value - cost.value;
  const bool sure = cost.certainty != Certainty::NoInterval && saving.certainty != Certainty::NoInterval;
  return sure ? interval(value, often * saving.half_width + cost.half_width) : no_interval(value, 0);
}

void add_net(std::vector<CardLine>& out, const CardLine& avoided, const Estimate& cost, const Estimate& saving,
             double often) {
  CardLine line =
      pays_line(kNetPerYear, fmt::format("net of a year with {} times {}", canonical_text(often), avoided.subject));
  line.subject = avoided.subject;
  line.rests_on = "prices as given";
  line.figure = net_of(cost, saving, often);
  line.with_sign = true;
  line.note = has_value(line.figure) ? undecided_note(line.figure) : avoided.note;
  out.push_back(std::move(line));
}

void add_break_even(std::vector<CardLine>& out, const CardLine& avoided, const Estimate& cost, const Prices& prices) {
  const double price = prices.failed_request.value_or(0.0);
  CardLine line = pays_line(kPerYear, fmt::format("of {} a year pay for it", avoided.subject));
  line.subject = avoided.subject;
  const Estimate saving = times(avoided.figure, price);
  CardLine money = pays_line("saving_each", fmt::format("saved by one {}, at the given price", avoided.subject));
  money.subject = avoided.subject;
  money.figure = has_value(avoided.figure) ? saving : missing();
  money.with_sign = true;
  money.note = has_value(avoided.figure) ? undecided_note(saving) : avoided.note;
  out.push_back(std::move(money));
  const auto often = prices.per_year.find(avoided.subject);
  if (often != prices.per_year.end()) {
    // No failure at all, in either: nothing is saved, and that was counted.
    const bool none = has_value(avoided.baseline) && has_value(avoided.candidate) && !has_value(avoided.figure);
    add_net(out, avoided, cost, none ? exact(0.0) : saving, often->second);
  }
  const std::optional<BreakEven> even = break_even(cost, saving);
  if (cost.value <= 0.0 && has_value(cost)) {
    line.note = "it costs nothing more a year";
  } else if (!has_value(cost) || cost.certainty == Certainty::NoInterval) {
    line.note = "undecided: the cost has no interval";
  } else if (!has_value(avoided.figure)) {
    line.note = avoided.note;
  } else if (direction_of(saving, false) == Direction::Loss) {
    line.note = "one fails more, not fewer";
  } else if (!even) {
    line.note = "undecided: what one saves may be nothing";
  } else {
    line.figure = no_interval(even->value, 0);
    line.note = fmt::format("{} to {}", times_text(even->least), times_text(even->most));
    for (const auto& [item, bound] :
         {std::pair("per_year_to_pay_least", even->least), std::pair("per_year_to_pay_most", even->most)}) {
      CardLine one = pays_line(item, "");
      one.subject = avoided.subject;
      one.figure = no_interval(bound, 0);
      out.push_back(std::move(one));
    }
  }
  out.push_back(std::move(line));
}

}  // namespace

// Stories do not overlap, so what they save in a year adds up; the half-widths are added, too.
void add_net_of_all(std::vector<CardLine>& out, const std::vector<CardLine>& lines, const Estimate& cost,
                    const Prices& prices) {
  Estimate sum = exact(0.0);
  std::size_t stories = 0;
  for (const CardLine& line : lines) {
    const auto often = prices.per_year.find(line.subject);
    if (line.item != kFailuresAvoided || often == prices.per_year.end()) continue;
    ++stories;
    if (!has_value(line.figure)) continue;  // no failure at all, in either
    const Estimate saving = times(line.figure, prices.failed_request.value_or(0.0) * often->second);
    const bool sure = sum.certainty != Certainty::NoInterval && saving.certainty != Certainty::NoInterval;
    const double value = sum.value + saving.value;
    sum = sure ? interval(value, sum.half_width + saving.half_width) : no_interval(value, 0);
  }
  if (stories < 2) return;
  CardLine line = pays_line("net_per_year_of_all", "net of a year with all of these");
  line.rests_on = "prices as given";
  line.figure = net_of(cost, sum, 1.0);
  line.with_sign = true;
  line.note = undecided_note(line.figure);
  out.push_back(std::move(line));
}

std::optional<BreakEven> break_even(const Estimate& cost_per_year, const Estimate& saving) {
  if (!has_value(cost_per_year) || direction_of(saving, false) != Direction::Gain) {
    return std::nullopt;
  }
  const auto low = [](const Estimate& e) { return std::max(e.value - e.half_width, 0.0); };
  const auto high = [](const Estimate& e) { return e.value + e.half_width; };
  return BreakEven{cost_per_year.value / saving.value, low(cost_per_year) / high(saving),
                   high(cost_per_year) / low(saving)};
}

std::vector<CardLine> price_lines(const std::vector<CardLine>& lines, const Prices& prices) {
  const Estimate cores = find(lines, kCores)->figure;
  const Estimate gigabytes = find(lines, kGigabytes)->figure;
  std::vector<std::string> needed;
  const auto want = [&](bool matters, const std::optional<double>& price, const char* name) {
    if (matters && !price) {
      needed.emplace_back(name);
    }
  };
  const auto differs = [](const Estimate& e) { return e.value != 0.0 || e.half_width != 0.0; };
  std::vector<CardLine> out;
  if (!differs(cores) && !differs(gigabytes) && has_value(cores)) {
    CardLine line = pays_line(kPerYear, "a year pay for it: it costs no CPU or memory more");
    line.figure = exact(0.0);
    line.basis = Basis::Measured;
    line.rests_on.clear();
    line.note = "it costs nothing more a year";
    out.push_back(std::move(line));
    return out;
  }
  want(differs(cores), prices.vcpu_hour, "a vCPU-hour");
  want(differs(gigabytes), prices.gb_hour, "a GB-hour");
  const bool any_happening = find(lines, kFailuresAvoided) != nullptr;
  want(any_happening, prices.failed_request, "a failed request");
  if (!needed.empty()) {
    CardLine line = pays_line(kPerYear, "");
    line.rests_on.clear();
    line.note = fmt::format("needs the price of {}", joined(needed));
    out.push_back(std::move(line));
    return out;
  }
  CardLine cost = pays_line("cost_per_year", "a year for CPU and memory, at the given prices");
  cost.figure = plus_constant(times(cores, prices.vcpu_hour.value_or(0.0) * kHoursPerYear),
                              gigabytes.value * prices.gb_hour.value_or(0.0) * kHoursPerYear);
  cost.with_sign = true;
  cost.note = undecided_note(cost.figure);
  const Estimate per_year = cost.figure;
  out.push_back(std::move(cost));
  if (prices.engineer_hour && *prices.engineer_hour > 0.0) {
    CardLine hours = pays_line("engineer_hours_per_year", "hours of an engineer a year cost as much");
    hours.figure = scaled(per_year, 1.0 / *prices.engineer_hour);
    hours.with_sign = true;
    out.push_back(std::move(hours));
  }
  for (const CardLine& line : lines) {
    if (line.item == kFailuresAvoided) {
      add_break_even(out, line, per_year, prices);
    }
  }
  add_net_of_all(out, lines, per_year, prices);
  if (!any_happening) {
    CardLine line = pays_line(kPerYear, "");
    line.note = "the timeline has neither a change nor an incident";
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace reports
