// The lines of the exchange-rate card and how they become tables. Internal to reports/: card*.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/card.h"

namespace reports {

enum class Basis : std::uint8_t {
  Measured,       // came out of this run
  PartlyAssumed,  // came out of this run, from inputs of which some are assumptions
  Assumed,        // is an input, or a draw from one
};
[[nodiscard]] const char* name_of(Basis basis);     // for machines
[[nodiscard]] const char* shown_name(Basis basis);  // for people

struct CardLine {
  std::string group;    // "costs", "saves", "pays", "beyond"
  std::string item;     // machine name, stable
  std::string subject;  // entry, timeline entry, candidate; may be empty
  Unit unit = Unit::None;
  Estimate baseline = missing();
  Estimate candidate = missing();
  Estimate figure = missing();
  bool with_sign = true;
  int decimals = -1;
  Basis basis = Basis::Measured;
  std::string rests_on;
  std::string words;     // after the figure, on the screen; empty: not in its table
  std::string shown;     // instead of the figure, on the screen
  std::string note;      // what a missing or an undecided figure means
  bool further = false;  // shown only when everything was asked for
};

// Whose figures these are; both empty for all candidates together.
struct CardOwner {
  std::string candidate;
  std::string baseline;
};

inline constexpr const char* kPartsApart = "; ";
// Two texts of what a figure rests on as one.
[[nodiscard]] std::string both(const std::string& a, const std::string& b);

// card_lines.cpp: what it costs, what it saves, what nobody does.
[[nodiscard]] std::vector<CardLine> cost_lines(const View& baseline, const View& candidate, const Payoff& payoff);
[[nodiscard]] std::vector<CardLine> saving_lines(const View& baseline, const View& candidate, const Payoff& payoff);
[[nodiscard]] std::vector<CardLine> unreached_lines(const Contest& contest);

// card_prices.cpp: `lines` as made by the two above.
[[nodiscard]] std::vector<CardLine> price_lines(const std::vector<CardLine>& lines, const Prices& prices);

// card_tables.cpp
[[nodiscard]] Table card_table();
void add_lines(Table& card, const CardOwner& owner, const std::vector<CardLine>& lines);
[[nodiscard]] Table card_screen(const std::string& key, const std::string& title, const std::vector<CardLine>& lines);

// What a sentence has to say of a difference: empty, or that it is undecided and why.
[[nodiscard]] std::string undecided_note(const Estimate& difference);

inline constexpr const char* kFailuresAvoided = "failures_avoided";
inline constexpr const char* kPerYear = "per_year_to_pay";
inline constexpr const char* kNetPerYear = "net_per_year";
inline constexpr const char* kCores = "vcpu";
inline constexpr const char* kGigabytes = "gigabytes";

}  // namespace reports
