#include "reports/card.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "reports/card_lines.h"

namespace reports {
namespace {

// The parts of a text made by both(), those that are new.
void add_parts(std::vector<std::string>& known, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kPartsApart, at), text.size());
    std::string part = text.substr(at, end - at);
    if (std::find(known.begin(), known.end(), part) == known.end()) {
      known.push_back(std::move(part));
    }
    at = end + std::string_view(kPartsApart).size();
  }
}

}  // namespace

Section card_section(const Contest& contest, const std::vector<Payoff>& payoffs, const Prices& prices) {
  Section section{"card", "Exchange rates: what each candidate costs and saves", {}, {}, false};
  Table card = card_table();
  std::vector<std::string> rests_on;
  std::vector<std::string> not_priced;
  bool any_happening = false;
  std::size_t next = 0;
  for (std::size_t v = 0; v < contest.views.size(); ++v) {
    if (v == contest.baseline) {
      continue;
    }
    const Payoff& payoff = payoffs[next++];
    std::vector<CardLine> lines = cost_lines(contest.base(), *contest.views[v], payoff);
    for (CardLine& line : saving_lines(contest.base(), *contest.views[v], payoff)) {
      lines.push_back(std::move(line));
    }
    for (CardLine& line : price_lines(lines, prices)) {
      lines.push_back(std::move(line));
    }
    for (const CardLine& line : lines) {
      if (line.item == kPerYear && line.words.empty() &&
          std::find(not_priced.begin(), not_priced.end(), line.note) == not_priced.end()) {
        not_priced.push_back(line.note);
      }
      any_happening = any_happening || line.item == kFailuresAvoided;
      add_parts(rests_on, line.rests_on);
    }
    add_lines(card, {contest.name(v), contest.name(contest.baseline)}, lines);
    section.tables.push_back(card_screen(
        "card_screen", fmt::format("{}, against {}", contest.name(v), contest.name(contest.baseline)), lines));
  }
  const std::vector<CardLine> unreached = unreached_lines(contest);
  add_lines(card, {}, unreached);
  section.paragraphs.push_back(fmt::format("{} ({}).", unreached.back().note, shown_name(unreached.back().basis)));
  for (const std::string& note : not_priced) {
    section.paragraphs.push_back(fmt::format("How many such changes or incidents a year pay for it: {}.", note));
  }
  section.tables.push_back(std::move(card));
  if (prices.vcpu_hour || prices.gb_hour || prices.failed_request || prices.engineer_hour) {
    section.paragraphs.push_back(
        "A year is 365 days of this traffic, with CPU as used and memory as stated. Nobody's working hours are in it, "
        "and "
        "of failures only those of the changes and incidents.");
  }
  if (any_happening) {
    section.paragraphs.push_back(
        "Changes and incidents: from the start of each, with what is part of it, to the start of the next one or the "
        "end "
        "of the run.");
  }
  if (!rests_on.empty()) {
    std::string all;
    for (const std::string& part : rests_on) {
      if (!all.empty()) all += kPartsApart;
      all += part;
    }
    section.paragraphs.push_back("Assumed, or resting on it: " + all + ".");
  }
  return section;
}

}  // namespace reports
