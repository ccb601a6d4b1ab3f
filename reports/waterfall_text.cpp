// The tree of one request for people (a table with bars, then what was decided) and for programs (JSON).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "models/results.h"
#include "reports/escape.h"
#include "reports/waterfall.h"

namespace reports {
namespace {

constexpr std::size_t kNameWidth = 40;
constexpr std::size_t kBarWidth = 20;
constexpr double kNanosecondsPerMillisecond = 1e6;

using Json = nlohmann::ordered_json;

std::string milliseconds(double nanoseconds) {
  const double ms = nanoseconds / kNanosecondsPerMillisecond;
  return ms >= 10'000 ? fmt::format("{:.0f}", ms) : ms >= 100 ? fmt::format("{:.1f}", ms) : fmt::format("{:.2f}", ms);
}

std::string outcome_text(std::uint64_t outcome) {
  const auto one = static_cast<models::Outcome>(outcome);
  if (outcome >= models::kOutcomes) return "?";
  const std::string_view flag = models::flag_of(one);
  return flag == "-" ? models::name_of(one) : std::string(flag);
}

std::string outcome_words(std::uint64_t outcome) {
  if (outcome >= models::kOutcomes) return "unknown";
  switch (static_cast<models::Outcome>(outcome)) {
    case models::Outcome::Ok: return "answered";
    case models::Outcome::Error: return "the application answered 5xx";
    case models::Outcome::Overflow: return "the server's queue was full (503)";
    case models::Outcome::NoHealthy: return "there was no endpoint to send to (UH)";
    case models::Outcome::Timeout: return "the policy's overall timeout ended it (UT)";
    case models::Outcome::PerTryTimeout: return "the policy's per-try timeout ended the try (UT)";
    case models::Outcome::AppTimeout: return "the application's own timeout ended it";
    case models::Outcome::ConnectFailure: return "no connection could be made (UF)";
    case models::Outcome::ConnectionTermination: return "the connection broke (UC)";
    case models::Outcome::Withdrawn: return "nobody waited any more: withdrawn";
    case models::Outcome::PoolOverflow: return "a limit of the connection pool was reached (UO); nothing was sent";
    case models::Outcome::FaultAbort: return "fault injection answered (FI); nothing was sent";
    case models::Outcome::RateLimited: return "the callee's rate limit refused it (RL, 429)";
    case models::Outcome::Denied: return "the callee's authorization refused it (403)";
    default: return models::name_of(static_cast<models::Outcome>(outcome));
  }
}

std::string counted(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

class Writer {
 public:
  Writer(const models::Plan& plan, const Story& story) : plan_(plan), story_(story) {
    begin_ = story.request.opened;
    end_ = std::max(story.request.closed, begin_ + 1);
    for (const CallStory& call : story.calls) {
      end_ = std::max({end_, call.opened, call.closed});
      for (const TryStory& attempt : call.tries) end_ = std::max({end_, attempt.worked, attempt.ended});
    }
  }

  std::string text() {
    const Chosen& request = story_.request;
    out_ =
        fmt::format("Request {} of {}, arrived at {:.6f} s: ", request.number,
                    for_terminal(plan_.catalog.entries[request.entry].name), static_cast<double>(request.opened) / 1e9);
    out_ += request.closed == kOpen ? "still open when the run ended\n"
                                    : fmt::format("{} after {} ms\n", request.outcome == 0 ? "answered" : "failed",
                                                  milliseconds(static_cast<double>(request.closed - request.opened)));
    out_ += fmt::format(
        "{}, {}. Waiting is for a worker; there: network, proxies, connecting until the work "
        "begins.\n\n",
        counted(story_.calls.size(), "call", "calls"), counted(tries(), "try", "tries"));
    out_ += fmt::format("{:>9} {:>9} {:>8} {:>7}  {:<{}}  {}\n", "at ms", "took ms", "waiting", "there", "what",
                        kNameWidth, "|" + std::string(kBarWidth - 2, '-') + "|");
    row(begin_, request.closed, story_.root.wait, 0,
        fmt::format("{} {}", plan_.catalog.entries[request.entry].name, replica(story_.root.pod)), "");
    calls(story_.root, 1);
    decisions();
    return out_;
  }

  [[nodiscard]] Json json() const {
    const Chosen& request = story_.request;
    Json root{{"request", request.number},
              {"entry", plan_.catalog.entries[request.entry].name},
              {"arrived", seconds(request.opened)},
              {"ended", seconds(request.closed)},
              {"outcome", request.closed == kOpen ? Json(nullptr) : Json(outcome_text(request.outcome))},
              {"pod", pod(story_.root.pod)},
              {"waited", static_cast<double>(story_.root.wait) / 1e9},
              {"calls", Json::array()}};
    for (const std::size_t call : story_.root.calls) root["calls"].push_back(call_json(call));
    return root;
  }

 private:
  [[nodiscard]] static Json seconds(sim::Time at) {
    return at == kOpen ? Json(nullptr) : Json(static_cast<double>(at) / 1e9);
  }

  [[nodiscard]] Json call_json(std::size_t index) const {
    const CallStory& call = story_.calls[index];
    Json json{{"to", plan_.catalog.edges[call.edge].callee},
              {"from", pod(call.pod)},
              {"opened", seconds(call.opened)},
              {"closed", seconds(call.closed)},
              {"outcome", call.outcome ? Json(outcome_text(*call.outcome)) : Json(nullptr)},
              {"actsBy", config_name(call.config)},
              {"tries", Json::array()},
              {"notes", Json::array()}};
    for (const TryStory& attempt : call.tries) {
      Json one{{"number", attempt.number},
               {"applicationsTry", attempt.app_number},
               {"pod", pod(attempt.pod)},
               {"sent", seconds(attempt.sent)},
               {"workStarted", seconds(attempt.started)},
               {"workEnded", seconds(attempt.worked)},
               {"ended", seconds(attempt.ended)},
               {"outcome", attempt.outcome ? Json(outcome_text(*attempt.outcome)) : Json(nullptr)},
               {"waited", static_cast<double>(attempt.wait) / 1e9},
               {"networkThere", static_cast<double>(attempt.there.network) / 1e9},
               {"proxiesThere", static_cast<double>(attempt.there.proxies) / 1e9},
               {"connecting", static_cast<double>(attempt.there.connecting) / 1e9},
               {"calls", Json::array()}};
      for (const std::size_t child : attempt.calls) one["calls"].push_back(call_json(child));
      json["tries"].push_back(std::move(one));
    }
    for (const Note& note : call.notes) {
      json["notes"].push_back({{"at", seconds(note.at)}, {"what", note.what}, {"detail", note.detail}});
    }
    return json;
  }

  [[nodiscard]] std::size_t tries() const {
    std::size_t count = 0;
    for (const CallStory& call : story_.calls) count += call.tries.size();
    return count;
  }

  [[nodiscard]] std::string pod(std::uint32_t index) const {
    const models::PodPlan& plan = plan_.pods[index];
    const models::Catalog::Service& service = plan_.catalog.services[plan.service];
    const std::uint32_t version = plan.version - plan_.services[plan.service].first_version;
    const std::uint32_t replica = index - plan_.versions[plan.version].first_pod;
    return service.versions.size() > 1 ? fmt::format("{}@{}#{}", service.name, service.versions[version], replica + 1)
                                       : fmt::format("{}#{}", service.name, replica + 1);
  }

  // Of a service that stands before it: "#2", "v2#1".
  [[nodiscard]] std::string replica(std::uint32_t index) const {
    const std::string whole = pod(index);
    const std::size_t name = plan_.catalog.services[plan_.pods[index].service].name.size();
    return whole[name] == '@' ? whole.substr(name + 1) : whole.substr(name);
  }

  [[nodiscard]] std::string config_name(std::uint64_t config) const {
    if (config == 0 || config > plan_.catalog.changes.size()) return "the initial configuration";
    return plan_.catalog.changes[config - 1].name;
  }

  [[nodiscard]] std::string bar(sim::Time from, sim::Time to) const {
    const double scale = static_cast<double>(kBarWidth) / static_cast<double>(end_ - begin_);
    const auto at = [&](sim::Time t) {
      return std::min(kBarWidth, static_cast<std::size_t>(static_cast<double>(std::max(t, begin_) - begin_) * scale));
    };
    const std::size_t first = std::min(at(from), kBarWidth - 1);
    const std::size_t last = std::max(first + 1, at(to == kOpen ? end_ : to));
    std::string text(first, ' ');
    for (std::size_t i = first; i < last; ++i) text += "█";
    return text;
  }

  void row(sim::Time from, sim::Time to, std::uint64_t wait, std::uint64_t there, const std::string& name,
           const std::string& outcome) {
    std::string shown = for_terminal(name);
    if (!outcome.empty()) shown = shortened(shown, kNameWidth - outcome.size() - 1) + " " + outcome;
    shown = shortened(shown, kNameWidth);
    shown += std::string(kNameWidth - std::min(kNameWidth, display_width(shown)), ' ');
    std::string line = fmt::format("{:>9} {:>9} {:>8} {:>7}  {}  {}", milliseconds(static_cast<double>(from - begin_)),
                                   to == kOpen ? "open" : milliseconds(static_cast<double>(to - from)),
                                   wait == 0 ? "" : milliseconds(static_cast<double>(wait)),
                                   there == 0 ? "" : milliseconds(static_cast<double>(there)), shown, bar(from, to));
    out_ += line + "\n";
  }

  void calls(const TryStory& attempt, std::size_t depth) {
    for (const std::size_t index : attempt.calls) {
      const CallStory& call = story_.calls[index];
      const std::string indent(2 * depth, ' ');
      const std::string failed = call.outcome && *call.outcome != 0 ? outcome_text(*call.outcome) : "";
      const std::string& to = plan_.catalog.edges[call.edge].callee;
      if (call.tries.size() == 1) {
        const TryStory& only = call.tries.front();
        row(call.opened, call.closed, only.wait, way(only), fmt::format("{}{} {}", indent, to, replica(only.pod)),
            failed);
        calls(only, depth + 1);
        continue;
      }
      row(call.opened, call.closed, 0, 0, indent + to, failed);
      for (std::size_t t = 0; t < call.tries.size(); ++t) {
        const TryStory& one = call.tries[t];
        const std::string end = one.outcome && *one.outcome != 0 ? outcome_text(*one.outcome) : "";
        row(one.sent, one.ended, one.wait, way(one), fmt::format("{}  try {} {}", indent, t + 1, replica(one.pod)),
            end);
        calls(one, depth + 2);
      }
    }
  }

  static std::uint64_t way(const TryStory& one) { return one.there.network + one.there.proxies + one.there.connecting; }

  void decide(sim::Time at, const CallStory& call, const std::string& what) {
    decided_.push_back(
        {at, fmt::format("{:>9}  {} -> {}: {}", milliseconds(static_cast<double>(at - begin_)),
                         for_terminal(pod(call.pod)), for_terminal(plan_.catalog.edges[call.edge].callee), what)});
  }

  // What policy and machinery did to each call, in order of time.
  void decisions() {
    for (const CallStory& call : story_.calls) {
      for (const TryStory& one : call.tries) {
        if (one.outcome && *one.outcome != 0) {
          decide(one.ended, call,
                 fmt::format("try on {}: {}", for_terminal(pod(one.pod)), outcome_words(*one.outcome)));
        }
        if (one.ended != kOpen && one.worked > one.ended) {
          decide(one.worked, call,
                 fmt::format("{} ends its work, and nobody waits for it", for_terminal(pod(one.pod))));
        }
      }
      for (const Note& note : call.notes) {
        if (note.what != "late-answer") decide(note.at, call, words_of(note));  // its work has been told of
      }
      if (call.outcome && *call.outcome != 0) {
        decide(call.closed, call,
               fmt::format("fails: {}; its caller acts by {}", outcome_words(*call.outcome),
                           for_terminal(config_name(call.config))));
      }
    }
    std::stable_sort(decided_.begin(), decided_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (decided_.empty()) {
      out_ += "\nNo policy had anything to decide: every try was answered.\n";
      return;
    }
    out_ += "\nWhat was decided (ms from the arrival)\n";
    for (const auto& [at, line] : decided_) out_ += line + "\n";
  }

  static std::string words_of(const Note& note) {
    if (note.what == "retry-scheduled") {
      return fmt::format("retries after a back-off of {} ms", milliseconds(static_cast<double>(note.detail)));
    }
    if (note.what == "hedged")
      return fmt::format("hedges: try {} follows while an earlier one is under way", note.detail + 1);
    if (note.what == "try-overdue")
      return fmt::format("try {} is over the per-try timeout and goes on", note.detail + 1);
    if (note.what == "try-dropped") {
      return fmt::format("the failure of try {} is dropped: others are under way", note.detail + 1);
    }
    if (note.what == "not-retried") {
      return note.detail == 0   ? "not retried: no condition of retryOn matches"
             : note.detail == 1 ? "not retried: no retries are left"
                                : "not retried: the retry budget refuses";
    }
    if (note.what == "delay-injected") {
      return fmt::format("fault injection delays it by {} ms", milliseconds(static_cast<double>(note.detail)));
    }
    if (note.what == "abort-injected") return fmt::format("fault injection answers {}", note.detail);
    if (note.what == "waits-for-replica") {
      return fmt::format("no replica is available: it waits behind {} others", note.detail);
    }
    if (note.what == "attempt-refused" || note.what == "attempt-ended") return outcome_words(note.detail);
    if (note.what == "inbound-retry") {
      return fmt::format("its application is down: the callee's proxy tries again in {} ms",
                         milliseconds(static_cast<double>(note.detail)));
    }
    if (note.what == "proxy-answers") {
      return fmt::format("the callee's proxy answers {}: its application is down", note.detail);
    }
    if (note.what == "denied") return "authorization at the callee refuses it";
    if (note.what == "rate-limited") return "the rate limit of the callee refuses it";
    return note.what;
  }

  const models::Plan& plan_;
  const Story& story_;
  sim::Time begin_ = 0, end_ = 0;
  std::string out_;
  std::vector<std::pair<sim::Time, std::string>> decided_;
};

}  // namespace

std::string waterfall_text(const models::Plan& plan, const Story& story) { return Writer(plan, story).text(); }

std::string waterfall_json(const models::Plan& plan, const Story& story) {
  return Writer(plan, story).json().dump(2, ' ', true) + "\n";
}

}  // namespace reports
