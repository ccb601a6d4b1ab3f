// Reading a trace with links: which records belong to the request, and what they say of it.
#include "reports/waterfall.h"

#include <string_view>

#include "sim/random/keyed.h"

namespace reports {

bool Selector::eligible(const Chosen& one) const {
  return one.opened >= wanted_.from && (!wanted_.entry || *wanted_.entry == one.entry);
}

void Selector::take(const sim::TraceRecord& record) {
  const std::string_view what = record.what;
  if (what == "root-opened" && record.at >= 0) {
    Chosen one;
    one.key = record.call;
    one.number = ++seen_;
    one.entry = record.owner;
    one.opened = record.at;
    if (wanted_.which == Wanted::Which::Number && one.number == wanted_.number) best_ = one;
    open_[record.call] = one;
    return;
  }
  if (what != "root-closed") return;
  const auto found = open_.find(record.call);
  if (found == open_.end()) return;
  Chosen one = found->second;
  open_.erase(found);
  one.closed = record.at;
  one.outcome = record.detail;
  switch (wanted_.which) {
    case Wanted::Which::Number:
      if (best_ && best_->key == one.key) best_ = one;
      return;
    case Wanted::Which::Slowest:  // of equal ones the first to end
      if (one.outcome != 0 || !eligible(one)) return;
      if (!best_ || one.closed - one.opened > best_->closed - best_->opened) best_ = one;
      return;
    case Wanted::Which::FirstFailed:
      if (one.outcome != 0 && eligible(one) && (!best_ || one.number < best_->number)) best_ = one;
      return;
  }
}

std::optional<Chosen> Selector::chosen() const { return best_; }

Follower::Follower(const Chosen& request) {
  story_.request = request;
  story_.root.key = request.key;
  story_.root.sent = request.opened;
  works_[request.key] = {0, kRoot};
  works_[sim::try_key(request.key, 0, 0)] = {0, kRoot};
}

TryStory* Follower::work_of(std::uint64_t key) {
  const auto found = works_.find(key);
  if (found == works_.end()) return nullptr;
  const Place place = found->second;
  return place.attempt == kRoot ? &story_.root : &story_.calls[place.call].tries[place.attempt];
}

namespace {

bool of_tries(std::string_view what) {
  return what == "attempt-sent" || what == "attempt-ended" || what == "app-try" || what.starts_with("work-") ||
         what.starts_with("spent-");
}

}  // namespace

void Follower::take_try(TryStory& attempt, const sim::TraceRecord& record) {
  const std::string_view what = record.what;
  if (what == "attempt-sent") attempt.sent = record.at, attempt.number = record.detail;
  if (what == "app-try") attempt.app_number = record.detail;
  if (what == "work-started") attempt.started = record.at, attempt.wait = record.detail;
  if (what == "work-started") attempt.pod = record.owner;
  if (what == "work-ended" || what == "work-withdrawn") attempt.worked = record.at;
  if (what == "work-ended") attempt.work_outcome = record.detail;
  if (what == "attempt-ended" || what == "root-closed") attempt.ended = record.at, attempt.outcome = record.detail;
  if (what == "spent-network") attempt.all.network = record.detail;
  if (what == "spent-proxies") attempt.all.proxies = record.detail;
  if (what == "spent-connecting") attempt.all.connecting = record.detail;
  if (record.at == attempt.started && attempt.worked == kOpen && what.starts_with("spent-"))
    attempt.there = attempt.all;
}

void Follower::take(const sim::TraceRecord& record) {
  const std::string_view what = record.what;
  if (what == "branch-of") {
    if (const auto of = works_.find(record.detail); of != works_.end()) works_[record.call] = of->second;
    return;
  }
  if (what == "called-by") {
    TryStory* const caller = work_of(record.detail);
    if (caller == nullptr) return;
    caller->calls.push_back(story_.calls.size());
    calls_[record.call] = story_.calls.size();
    CallStory call;
    call.key = record.call;
    call.pod = record.owner;
    story_.calls.push_back(std::move(call));
    return;
  }
  if (what == "try-of") {
    const auto of = calls_.find(record.detail);
    if (of == calls_.end()) return;
    CallStory& call = story_.calls[of->second];
    works_[record.call] = {of->second, call.tries.size()};
    TryStory attempt;
    attempt.key = record.call;
    attempt.pod = record.owner;
    call.tries.push_back(std::move(attempt));
    return;
  }
  if (const auto at = works_.find(record.call); at != works_.end()) {
    take_try(*work_of(record.call), record);
    const bool decided = what == "denied" || what == "rate-limited" || what == "late-answer" ||
                         what == "inbound-retry" || what == "proxy-answers";
    if (decided && at->second.attempt != kRoot) {
      story_.calls[at->second.call].notes.push_back({record.at, record.what, record.detail});
    }
    // A waypoint's first try goes by the key of its call: what is said of tries is no news of the call.
    if (decided || of_tries(what)) return;
  }
  const auto found = calls_.find(record.call);
  if (found == calls_.end()) return;
  CallStory& call = story_.calls[found->second];
  if (what == "call-opened") {
    call.opened = record.at;
    call.edge = static_cast<std::uint32_t>(record.detail);
  } else if (what == "acts-by") {
    call.config = record.detail;
  } else if (what == "call-closed") {
    call.closed = record.at;
    call.outcome = record.detail;
  } else {
    call.notes.push_back({record.at, record.what, record.detail});
  }
}

}  // namespace reports
