#include "models/control/instance.h"

#include <algorithm>
#include <utility>

#include "models/control/draws.h"

namespace models::control {
namespace {

constexpr sim::Duration kBackOffBase = 500 * sim::kMillisecond;  // Envoy, xDS streams
constexpr sim::Duration kBackOffMax = 30 * sim::kSecond;
constexpr sim::Duration kAdmissionWait = sim::kSecond;  // Istio, WaitForRequestLimit: longer waits are refused

}  // namespace

Instance::Instance(const PropagationInput& input, const std::vector<Push>& pushes,
                   const std::vector<Recovery>& recoveries, std::vector<Member> members)
    : in_(input), pushes_(pushes), recoveries_(recoveries) {
  const std::uint32_t throttle = std::max<std::uint32_t>(1, in_.spec.throttle);
  free_slots_ = throttle;
  admission_gap_ = sim::kSecond / throttle;
  proxies_.resize(members.size());
  for (std::size_t p = 0; p < members.size(); ++p) proxies_[p].member = members[p];
}

void Instance::run(std::vector<Delivery>& deliveries) {
  deliveries_ = &deliveries;
  for (std::size_t i = 0; i < pushes_.size(); ++i)
    events_.push({pushes_[i].enqueued, Kind::Enqueue, static_cast<std::uint32_t>(i), 0});
  for (std::size_t i = 0; i < recoveries_.size(); ++i)
    events_.push({recoveries_[i].from, Kind::Down, static_cast<std::uint32_t>(i), 0});
  while (!events_.empty()) {
    const sim::Time now = events_.top().at;
    if (now > in_.until) break;
    while (!events_.empty() && events_.top().at == now) {
      const Event event = events_.top();
      events_.pop();
      handle(event);
    }
    fill_slots(now);
  }
}

void Instance::handle(const Event& event) {
  switch (event.kind) {
    case Kind::PushEnds: {
      if (event.life != life_) return;
      ++free_slots_;
      Proxy& proxy = proxies_[event.index];
      proxy.in_slot = false;
      if (std::exchange(proxy.again, false)) enqueue(event.index);
      return;
    }
    case Kind::Down: return go_down(event.index);
    case Kind::Enqueue: current_ = event.index; return enqueue_all(event.index);
    case Kind::Connected:
      if (event.life != life_) return;
      proxies_[event.index].link = Link::Up;
      return enqueue(event.index);
    case Kind::Attempt: return attempt(event.at, event.index);
  }
}

void Instance::go_down(std::uint32_t outage) {
  const sim::Time from = recoveries_[outage].from;
  ++life_;
  ready_ = recoveries_[outage].ready;
  next_admission_ = ready_;
  current_ = -1;
  queue_ = {};
  free_slots_ = std::max<std::uint32_t>(1, in_.spec.throttle);
  for (std::uint32_t p = 0; p < proxies_.size(); ++p) {
    Proxy& proxy = proxies_[p];
    proxy.queued = proxy.in_slot = proxy.again = false;
    if (proxy.link == Link::Down) continue;  // still backing off from an earlier outage
    if (proxy.link == Link::Up) {
      proxy.outage = outage;
      proxy.attempts = 0;
    }
    proxy.link = Link::Down;
    back_off(from, p);
  }
}

void Instance::back_off(sim::Time now, std::uint32_t p) {
  Proxy& proxy = proxies_[p];
  sim::Duration limit = kBackOffBase;
  for (std::uint32_t k = 0; k < proxy.attempts && limit < kBackOffMax; ++k) limit *= 2;
  limit = std::min(limit, kBackOffMax);
  const sim::Key key = sim::child_key(sim::child_key(in_.key, proxy.outage), proxy.member.key);
  const std::uint64_t draw = sim::bits(key, purpose(Purpose::Reconnect) + proxy.attempts);
  ++proxy.attempts;
  const auto whole_ms = sim::below(draw, static_cast<std::uint32_t>(limit / sim::kMillisecond));
  events_.push({now + whole_ms * sim::kMillisecond, Kind::Attempt, p, life_});
}

void Instance::attempt(sim::Time now, std::uint32_t p) {
  const sim::Time admitted = std::max(now, next_admission_);
  if (now < ready_ || admitted - now > kAdmissionWait) return back_off(now, p);
  next_admission_ = admitted + admission_gap_;
  proxies_[p].link = Link::Waiting;
  events_.push({admitted, Kind::Connected, p, life_});
}

void Instance::enqueue(std::uint32_t p) {
  Proxy& proxy = proxies_[p];
  if (proxy.link != Link::Up || proxy.queued) return;
  if (proxy.in_slot) {
    proxy.again = true;
    return;
  }
  proxy.queued = true;
  queue_.push(p);
}

void Instance::enqueue_all(std::uint32_t push) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(proxies_.size());
  const sim::Key key = sim::child_key(in_.key, push);
  for (std::uint32_t p = 0; p < proxies_.size(); ++p) {
    if (proxies_[p].link != Link::Up) continue;
    order.emplace_back(sim::bits(sim::child_key(key, proxies_[p].member.key), purpose(Purpose::Order)), p);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [position, p] : order) enqueue(p);
}

void Instance::fill_slots(sim::Time now) {
  while (free_slots_ > 0 && !queue_.empty()) {
    const std::uint32_t p = queue_.front();
    queue_.pop();
    start(now, p);
  }
}

void Instance::start(sim::Time now, std::uint32_t p) {
  Proxy& proxy = proxies_[p];
  const auto push = static_cast<std::uint64_t>(current_);
  const sim::Key key = sim::child_key(sim::child_key(in_.key, push), proxy.member.key);
  const sim::Time sent = now + in_.spec.generate.sample(key, purpose(Purpose::Generate));
  const sim::Time arrival = sent + in_.spec.network.sample(key, purpose(Purpose::Network));
  --free_slots_;
  proxy.queued = false;
  proxy.in_slot = true;
  events_.push({arrival, Kind::PushEnds, p, life_});
  // life_ outages have begun, so recoveries_[life_] is the next one: what is not sent by then never is.
  if (life_ < recoveries_.size() && sent > recoveries_[life_].from) return;
  deliver(proxy, arrival, key);
}

void Instance::deliver(Proxy& proxy, sim::Time arrival, sim::Key key) {
  const std::int64_t change = pushes_[static_cast<std::size_t>(current_)].change;
  proxy.received = std::max(arrival, proxy.received) + in_.spec.apply.sample(key, purpose(Purpose::Apply));
  if (change <= proxy.change) return;
  proxy.change = change;
  if (proxy.received <= in_.until)
    deliveries_->push_back({proxy.received, proxy.member.proxy, static_cast<std::uint32_t>(change)});
}

}  // namespace models::control
