#include "reports/card_lines.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "models/spec/candidate_spec.h"
#include "reports/numbers.h"
#include "reports/propagation.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Catalog;
using models::Results;

constexpr double kHoursPerDay = 24.0;
constexpr double kSecondsPerMinute = 60.0;
constexpr double kThousand = 1e3;
constexpr double kMillisecondsPerNanosecond = 1e-6;
constexpr std::size_t kEntriesShown = 3;
constexpr const char* kNothing = "nothing was measured";
constexpr const char* kNoFailures = "0 failures with either";

// The assumed parts of a profile, as text: "istio-1.24: responseShare".
std::string assumed_parts(const Catalog& catalog) {
  std::string parts;
  for (const std::string& part : catalog.profile_assumed) {
    parts += parts.empty() ? part : ", " + part;
  }
  return parts.empty() ? parts : fmt::format("{}: {}", catalog.profile, parts);
}

// Likewise what a library's call costs.
std::string assumed_library(const Catalog& catalog) {
  return catalog.library_cpu > 0.0 ? fmt::format("{}: CPU of a library's call", catalog.candidate) : std::string();
}

std::string assumed_parts(const View& baseline, const View& candidate) {
  return both(assumed_parts(baseline.catalog()), assumed_parts(candidate.catalog()));
}

Basis basis_of(const std::string& rests_on) { return rests_on.empty() ? Basis::Measured : Basis::PartlyAssumed; }

// CPU of all that computes over requests that arrived.
std::vector<Ratio> cpu_per_request(const View& view) {
  return view.ratios(
      [cpu = all_cpu(view)](const Results& r) { return cpu(r) * kMillisecondsPerNanosecond * kThousand; },
      [](const Results& r) {
        double sum = 0.0;
        for (const models::EntryResults& entry : r.entries) {
          sum += static_cast<double>(entry.total.arrivals);
        }
        return sum;
      });
}

// A story of the timeline: an entry and its parts (a change and its fix), until the next story begins.
struct Happening {
  std::string name;
  bool is_change = false;
  sim::Time from = 0;
  std::string next;  // the first story that begins later; empty: it lasts to the end of the run
};

std::vector<Happening> happenings(const Catalog& catalog) {
  std::vector<Happening> found;
  for (const Catalog::Window& window : catalog.windows) {
    const std::size_t space = window.name.find(' ');
    const std::string kind = window.name.substr(0, space);
    if (space == std::string::npos || (kind != "during" && kind != "after")) {
      continue;
    }
    const std::string name = window.name.substr(space + 1);
    if (!window.part_of.empty()) continue;
    if (std::none_of(found.begin(), found.end(), [&](const Happening& h) { return h.name == name; })) {
      const bool is_change = std::any_of(catalog.changes.begin(), catalog.changes.end(),
                                         [&](const Catalog::Change& change) { return change.name == name; });
      found.push_back({name, is_change, window.from, {}});
    }
  }
  for (Happening& one : found) {
    const Happening* next = nullptr;
    for (const Happening& other : found) {
      if (other.from > one.from && (next == nullptr || other.from < next->from)) next = &other;
    }
    if (next != nullptr) one.next = next->name;
  }
  return found;
}

// Failed requests of each replication that arrived from the start of a happening to the end of the run.
std::vector<double> failures_since(const View& view, const std::string& name) {
  const std::vector<Catalog::Window>& windows = view.catalog().windows;
  std::vector<double> failed(view.replications().size(), 0.0);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    if (windows[w].name != "during " + name && windows[w].name != "after " + name) {
      continue;
    }
    const Windows each = view.whole().window(w);
    for (std::size_t r = 0; r < std::min(each.size(), failed.size()); ++r) {
      failed[r] += static_cast<double>(failures(*each[r]));
    }
  }
  return failed;
}

// ... to the start of the next one.
std::vector<double> failures_in(const View& view, const Happening& happening) {
  std::vector<double> failed = failures_since(view, happening.name);
  if (happening.next.empty()) return failed;
  const std::vector<double> later = failures_since(view, happening.next);
  for (std::size_t r = 0; r < failed.size(); ++r) failed[r] -= later[r];
  return failed;
}

bool all_zero(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0.0; });
}

bool only_pushed(const Catalog::Change& change) {
  const std::string push = models::name_of(models::Carrier::Push);
  return std::all_of(change.carriers.begin(), change.carriers.end(),
                     [&](const std::string& carrier) { return carrier.ends_with(" " + push) || carrier == push; });
}

// How the carriers of one change in a candidate are called where a figure rests on their delays.
std::string carriers_in(const View& view, const std::string& change) {
  for (const Catalog::Change& one : view.catalog().changes) {
    if (one.name == change) {
      return fmt::format("{}: {}", view.catalog().candidate, carriers_of(one));
    }
  }
  return {};
}

CardLine failures_line(const View& baseline, const View& candidate, const Happening& happening) {
  const double confidence = baseline.confidence();
  const std::vector<double> before = failures_in(baseline, happening);
  const std::vector<double> after = failures_in(candidate, happening);
  CardLine line;
  line.group = "saves";
  line.item = kFailuresAvoided;
  line.subject = happening.name;
  line.unit = Unit::Count;
  line.baseline = mean_of(before, confidence);
  line.candidate = mean_of(after, confidence);
  line.rests_on = assumed_parts(baseline, candidate);
  if (happening.is_change) {
    line.rests_on =
        both(line.rests_on, both(carriers_in(baseline, happening.name), carriers_in(candidate, happening.name)));
  }
  line.basis = basis_of(line.rests_on);
  const std::string per = fmt::format("per {} {}", happening.is_change ? "change" : "incident", happening.name);
  if (all_zero(before) && all_zero(after)) {
    line.words = per;
    line.shown = line.note = before.empty() || after.empty() ? kNothing : kNoFailures;
    return line;
  }
  line.words = "failed requests avoided " + per;
  line.figure = difference_of(after, before, confidence).estimate;  // baseline - candidate: what is avoided
  line.note = undecided_note(line.figure);
  return line;
}

// "0.4 ±0.1 min", or what stands instead.
std::string arrival_text(const View& view, std::size_t change, const Travel& travel) {
  if (has_value(travel.everywhere)) {
    return spoken(scaled(travel.everywhere, 1.0 / kSecondsPerMinute), Unit::Minutes);
  }
  if (view.catalog().changes[change].carriers.empty()) {
    return "nobody acts on it";
  }
  return travel.holders == 0 ? "nobody's calls altered" : "not within the run";
}

CardLine arrival_line(const View& baseline, const View& candidate, std::size_t change) {
  const Travel before = travel_of(baseline, change);
  const Travel after = travel_of(candidate, change);
  const Catalog::Change& info = candidate.catalog().changes[change];
  CardLine line;
  line.group = "saves";
  line.item = "until_everywhere";
  line.subject = info.name;
  line.unit = Unit::Minutes;
  line.baseline = scaled(before.everywhere, 1.0 / kSecondsPerMinute);
  line.candidate = scaled(after.everywhere, 1.0 / kSecondsPerMinute);
  if (!before.complete.empty() && !after.complete.empty()) {
    line.figure =
        scaled(difference_of(after.complete, before.complete, baseline.confidence()).estimate, 1.0 / kSecondsPerMinute);
  }
  line.rests_on = both(carriers_in(baseline, info.name), carriers_in(candidate, info.name));
  const bool pushed = only_pushed(info) && only_pushed(baseline.catalog().changes[change]);
  line.basis = pushed ? Basis::PartlyAssumed : Basis::Assumed;
  line.shown = arrival_text(candidate, change, after);
  line.words = fmt::format("until {} is everywhere ({}: {})", info.name, baseline.catalog().candidate,
                           arrival_text(baseline, change, before));
  line.note = undecided_note(line.figure);
  return line;
}

}  // namespace

std::string both(const std::string& a, const std::string& b) {
  return a.empty() || a == b ? b : b.empty() ? a : a + kPartsApart + b;
}

std::vector<CardLine> cost_lines(const View& baseline, const View& candidate, const Payoff& payoff) {
  const double confidence = baseline.confidence();
  std::string assumed = assumed_parts(baseline, candidate);
  std::vector<CardLine> lines;
  const auto add = [&](const char* item, Unit unit, const Estimate& figure, std::string words) -> CardLine& {
    CardLine& line = lines.emplace_back();
    line.group = "costs";
    line.item = item;
    line.unit = unit;
    line.figure = figure;
    line.rests_on = assumed;
    line.basis = basis_of(assumed);
    line.words = std::move(words);
    line.note = undecided_note(figure);
    return line;
  };
  for (std::size_t e = 0; e < std::min(baseline.entries().size(), candidate.entries().size()); ++e) {
    const Latencies before = latencies(baseline.entries()[e].total());
    const Latencies after = latencies(candidate.entries()[e].total());
    for (const auto& [q, item] : {std::pair(0.50, "p50"), std::pair(0.99, "p99")}) {
      const Estimate difference = percentile_difference(before, after, q, confidence).estimate;
      CardLine& line = add(item, Unit::Seconds, difference, fmt::format("at {}, {}", item, baseline.entries()[e].name));
      line.subject = baseline.entries()[e].name;
      line.baseline = percentile_of(before, q, confidence);
      line.candidate = percentile_of(after, q, confidence);
      line.decimals = common_decimals(line.baseline, line.candidate, difference, Unit::Seconds);
      line.further = e >= kEntriesShown;
    }
  }
  assumed = both(assumed, both(assumed_library(baseline.catalog()), assumed_library(candidate.catalog())));
  CardLine& cores = add(kCores, Unit::Cores, payoff.cores, "of CPU");
  cores.baseline = cores_of(baseline, all_cpu(baseline));
  cores.candidate = cores_of(candidate, all_cpu(candidate));
  const std::vector<Ratio> before = cpu_per_request(baseline);
  const std::vector<Ratio> after = cpu_per_request(candidate);
  CardLine& each = add("vcpu_ms_per_1000_requests", Unit::CoreMilliseconds,
                       ratio_difference(before, after, confidence).estimate, "per 1,000 requests");
  each.baseline = ratio_of(before, confidence);
  each.candidate = ratio_of(after, confidence);
  CardLine& day = add("vcpu_hours_per_day", Unit::CoreHours, scaled(payoff.cores, kHoursPerDay), "per day");
  day.baseline = scaled(cores_of(baseline, all_cpu(baseline)), kHoursPerDay);
  day.candidate = scaled(cores_of(candidate, all_cpu(candidate)), kHoursPerDay);
  for (const bool per_day : {false, true}) {
    const double factor = per_day ? kHoursPerDay : 1.0;
    CardLine& memory =
        add(per_day ? "gigabyte_hours_per_day" : kGigabytes, per_day ? Unit::GigabyteHours : Unit::Gigabytes,
            scaled(payoff.gigabytes, factor), per_day ? "per day" : "of memory");
    memory.baseline = exact(megabytes(baseline.catalog()) / kThousand * factor);
    memory.candidate = exact(megabytes(candidate.catalog()) / kThousand * factor);
    memory.basis = Basis::Assumed;
    memory.rests_on = "memory of pods and proxies as stated";
  }
  return lines;
}

std::vector<CardLine> saving_lines(const View& baseline, const View& candidate, const Payoff& payoff) {
  std::vector<CardLine> lines;
  for (const Happening& happening : happenings(candidate.catalog())) {
    lines.push_back(failures_line(baseline, candidate, happening));
  }
  CardLine& day = lines.emplace_back();
  day.group = "saves";
  day.item = "failures_avoided_per_day";
  day.unit = Unit::Count;
  day.figure = payoff.avoided_per_day;
  day.rests_on = assumed_parts(baseline, candidate);
  day.basis = basis_of(day.rests_on);
  if (payoff.failures_seen) {
    day.words = "failed requests avoided per day of such traffic";
    day.note = undecided_note(day.figure);
  } else {
    day.words = "per day of such traffic";
    day.shown = day.note = has_value(payoff.avoided_per_million) ? kNoFailures : kNothing;
  }
  for (std::size_t c = 0; c < std::min(changes_of(baseline), changes_of(candidate)); ++c) {
    lines.push_back(arrival_line(baseline, candidate, c));
  }
  return lines;
}

// The same requests under every candidate: what fails with the best of them is what none of them reaches.
std::vector<CardLine> unreached_lines(const Contest& contest) {
  std::size_t pairs = contest.base().replications().size();
  for (const std::unique_ptr<View>& view : contest.views) {
    pairs = std::min(pairs, view->replications().size());
  }
  const auto failed = [&](const View& view) {
    const Windows total = view.whole().total();
    std::uint64_t sum = 0;
    for (std::size_t r = 0; r < pairs; ++r) {
      sum += failures(*total[r]);
    }
    return sum;
  };
  std::size_t best = 0;
  std::size_t worst = 0;
  for (std::size_t v = 1; v < contest.views.size(); ++v) {
    best = failed(*contest.views[v]) < failed(*contest.views[best]) ? v : best;
    worst = failed(*contest.views[v]) > failed(*contest.views[worst]) ? v : worst;
  }
  const View& least = *contest.views[best];
  const View& most = *contest.views[worst];
  std::vector<CardLine> lines(3);
  for (CardLine& line : lines) {
    line.group = "beyond";
    line.unit = Unit::Count;
    line.with_sign = false;
    for (const std::unique_ptr<View>& view : contest.views) {
      line.rests_on = both(line.rests_on, assumed_parts(view->catalog()));
    }
    line.basis = basis_of(line.rests_on);
  }
  lines[0].item = "fewest_failures";
  lines[0].subject = contest.name(best);
  lines[0].figure = exact(static_cast<double>(failed(least)));
  lines[1].item = "most_failures";
  lines[1].subject = contest.name(worst);
  lines[1].figure = exact(static_cast<double>(failed(most)));
  CardLine& share = lines[2];
  share.item = "unreached_share";
  share.unit = Unit::Fraction;
  if (failed(most) == 0) {
    share.note = pairs == 0 ? kNothing : "0 failures: no candidate failed a request, so there is none to reach";
    return lines;
  }
  std::vector<Ratio> ratios;
  const Windows fewer = least.whole().total();
  const Windows more = most.whole().total();
  for (std::size_t r = 0; r < pairs; ++r) {
    ratios.push_back({static_cast<double>(failures(*fewer[r])), static_cast<double>(failures(*more[r]))});
  }
  share.figure = ratio_of(ratios, contest.base().confidence());
  share.note = fmt::format("{} of the failures are reached by no candidate: {} failed with {}, {} with {}",
                           spoken(share.figure, Unit::Fraction),
                           failed(least) == 0 ? "0 requests" : spoken(lines[0].figure, Unit::Count), lines[0].subject,
                           spoken(lines[1].figure, Unit::Count), lines[1].subject);
  return lines;
}

}  // namespace reports
