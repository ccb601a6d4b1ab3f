// The caller's side of a call: layers, tries, balancing, timeouts. See docs/policies.md.
#include <algorithm>

#include "models/policy/backoff.h"
#include "tests/reference/engine.h"

namespace reference {
namespace {

using models::Outcome;
using models::RetryOn;

constexpr std::uint64_t kSplit = 11, kRandomPick = 101, kLeastRequestPick = 102;

// The table of docs/policies.md, row by row.
bool matches(const models::RetryPolicy& p, Outcome outcome, std::uint16_t status) {
  const auto on = [&p](RetryOn c) { return (p.retry_on & static_cast<std::uint32_t>(c)) != 0; };
  const bool any_reset = on(RetryOn::Reset) || on(RetryOn::FiveXx) || on(RetryOn::GatewayError);
  if (outcome == Outcome::ConnectFailure) {
    return any_reset || on(RetryOn::ConnectFailure) || on(RetryOn::ResetBeforeRequest);
  }
  if (outcome == Outcome::ConnectionTermination || outcome == Outcome::PerTryTimeout) return any_reset;
  if (outcome != Outcome::Error && outcome != Outcome::Overflow) return false;
  if (p.grpc) {
    return (status == 503 && on(RetryOn::Unavailable)) || (status == 500 && on(RetryOn::Internal)) ||
           (status == 504 && on(RetryOn::DeadlineExceeded)) || (status == 429 && on(RetryOn::ResourceExhausted)) ||
           (status == 499 && on(RetryOn::Cancelled));
  }
  return (status / 100 == 5 && on(RetryOn::FiveXx)) || (status >= 502 && status <= 504 && on(RetryOn::GatewayError)) ||
         (status == 409 && on(RetryOn::Retriable4xx)) ||
         (status != 0 && std::count(p.status_codes.begin(), p.status_codes.end(), status) > 0);
}

}  // namespace

const models::Routing& Engine::routing_of(const Call& call) const {
  const auto caller = plan_.pods[call.client->index].service;
  for (std::size_t c = 0; c < plan_.clusters.size(); ++c) {
    if (plan_.clusters[c].caller == caller && plan_.clusters[c].callee == call.callee) return plan_.routings[c];
  }
  return plan_.routings.front();
}

// What the code of the application does: without a list it tries again whatever went wrong, at once.
std::optional<Layer> Engine::app_layer(const models::CallSpec& spec, bool grpc) const {
  Layer layer;
  layer.timeout = spec.timeout.value_or(0);
  layer.backoff.base = 0;
  layer.retry.grpc = grpc;
  if (spec.retries) {
    const models::RetrySpec& said = *spec.retries;
    layer.retry.max = said.max;
    const std::uint32_t anything = ~static_cast<std::uint32_t>(RetryOn::Retriable4xx);
    layer.retry.retry_on = said.retry_on.value_or(anything);
    for (std::size_t i = 0; i < said.retriable_status_codes.size() && i < layer.retry.status_codes.size(); ++i) {
      layer.retry.status_codes[i] = said.retriable_status_codes[i];
    }
    if (said.backoff) layer.backoff = *said.backoff;
    const sim::Duration per_try = said.per_try_timeout.value_or(0);
    layer.per_try = layer.timeout > 0 && per_try >= layer.timeout ? 0 : per_try;
  }
  if (layer.timeout == 0 && layer.per_try == 0 && layer.retry.max == 0) return std::nullopt;
  return layer;
}

std::optional<Layer> Engine::policy_layer(const models::Routing& routing) const {
  if (routing.policy == models::kNone) return std::nullopt;
  const models::CallPolicy& p = plan_.policies[routing.policy];
  return Layer{p.timeout, p.per_try, p.retry, p.backoff};
}

void Engine::open_call(Request& from, const models::CallSpec& spec, std::uint32_t salt) {
  Call& call = calls_.emplace_back();
  call.key = sim::child_key(from.key, salt);
  call.callee = service_id(spec.service);
  call.endpoint = endpoint_id(call.callee, spec.endpoint);
  call.spec = &spec;
  call.client = from.pod;
  call.caller = spec.fire_and_forget ? nullptr : &from;
  const std::uint32_t caller_id = plan_.pods[from.pod->index].service;
  const bool enforced = plan_.holders[caller_id].by != models::EnforcedBy::None;
  call.layer = app_layer(spec, plan_.services[call.callee].grpc);
  call.app_layer = call.layer.has_value();
  call.has_inner = call.app_layer && enforced;
  if (!call.app_layer && enforced) call.layer = policy_layer(routing_of(call));
  std::uint64_t edge = 0;
  const std::string to = spec.service + "/" + spec.endpoint;
  const std::string& me = plan_.catalog.services[caller_id].name;
  while (plan_.catalog.edges[edge].caller != me || plan_.catalog.edges[edge].callee != to) ++edge;
  fact(facts::kCallOpened, call.key, edge);
  if (call.layer && call.layer->timeout > 0) {
    const Class c = call.app_layer ? Class::AppTimeout : Class::Timeout;
    agenda_.of_request(now() + call.layer->timeout, c, call.key, [this, &call] { timed_out(call, false); });
  }
  start_attempt(call);
}

void Engine::open_inner(Call& outer) {
  Call& call = calls_.emplace_back();
  call.key = outer.key;
  call.callee = outer.callee;
  call.endpoint = outer.endpoint;
  call.spec = outer.spec;
  call.client = outer.client;
  call.outer = &outer;
  call.outer_attempt = outer.attempt;
  call.layer = policy_layer(routing_of(call));
  outer.inner = &call;
  if (call.layer && call.layer->timeout > 0) {
    agenda_.of_request(now() + call.layer->timeout, Class::Timeout, call.key,
                       [this, &call] { timed_out(call, false); });
  }
  start_attempt(call);
}

void Engine::start_attempt(Call& call) {
  call.backing_off = false;
  if (!call.has_inner) return send(call);
  if (call.layer->per_try > 0) {
    agenda_.of_request(now() + call.layer->per_try, Class::AppTry, call.key, [this, &call, n = call.attempt] {
      if (call.attempt == n && !call.backing_off) timed_out(call, true);
    });
  }
  open_inner(call);
}

std::uint32_t Engine::pick(Call& call, const models::Routing& routing, std::uint32_t first, std::uint32_t count,
                           std::uint32_t lane, std::uint32_t worker, sim::Key key) {
  Pod& me = *call.client;
  const std::uint32_t offset = first - plan_.services[call.callee].first_pod;
  const bool avoid = call.attempt > 0 && call.layer && call.layer->retry.avoid_tried_hosts;
  for (std::uint64_t again = 0;; ++again) {
    std::uint32_t picked = 0;
    switch (routing.balancer) {
      case models::LoadBalancer::ConnectionRandom: {
        const bool fresh = me.pins.count({call.callee, lane}) == 0 || routing.split != models::kNone || again > 0;
        std::uint32_t& pin = me.pins[{call.callee, lane}];
        if (fresh) pin = sim::below(sim::bits(key, kRandomPick + (again << 8)), count);
        picked = pin;
        break;
      }
      case models::LoadBalancer::Random: picked = sim::below(sim::bits(key, kRandomPick + (again << 8)), count); break;
      case models::LoadBalancer::RoundRobin: {
        const std::uint32_t w = worker % 4;
        const sim::Key start = sim::child_key(seed_ ^ me.key, plan_.services[call.callee].key);
        const auto next =
            me.round_robin.emplace(std::pair{call.callee, w}, static_cast<std::uint32_t>(sim::bits(start, w) >> 36))
                .first;
        picked = next->second++ % count;
        break;
      }
      case models::LoadBalancer::LeastRequest: {
        sim::Draws draws(key, kLeastRequestPick + (again << 8));
        picked = sim::below(draws.next(), count);
        for (std::uint32_t i = 1; i < routing.choices; ++i) {
          const std::uint32_t other = sim::below(draws.next(), count);
          if (me.hosts[first + other].active < me.hosts[first + picked].active) picked = other;
        }
        break;
      }
      case models::LoadBalancer::PeakEwma:
      case models::LoadBalancer::PickFirst: break;  // refused
    }
    const bool was_tried = (call.tried >> ((offset + picked) % 32) & 1U) != 0;
    if (!avoid || !was_tried || again >= call.layer->retry.repicks) return picked;
  }
}

void Engine::send(Call& call) {
  const models::Routing& routing = routing_of(call);
  const models::ServicePlan& callee = plan_.services[call.callee];
  const sim::Key key = call.app_layer ? sim::try_key(call.key, call.attempt, 0)
                                      : sim::try_key(call.key, call.outer_attempt, call.attempt);
  std::uint32_t first = callee.first_pod, count = callee.pods;
  if (routing.split != models::kNone) {
    if (!call.version) {
      const double u = sim::uniform(sim::bits(call.key, kSplit));
      std::uint32_t row = routing.split;
      while (row + 1 < routing.split + routing.split_count && u >= plan_.splits[row].cumulative) ++row;
      call.version = plan_.splits[row].version;
    }
    first = plan_.versions[*call.version].first_pod;
    count = plan_.versions[*call.version].pods;
  }
  ++told_.attempts;
  if (count == 0) return attempt_ended(call, Outcome::NoHealthy, 503);
  const std::uint32_t lane = lane_of(call);
  const std::uint32_t worker = plan_.proxy.queueing ? client_worker(*call.client, lane) : 0;
  Request& r = requests_.emplace_back();
  r.key = key;
  r.call = &call;
  r.pod = &pods_[first + pick(call, routing, first, count, lane, worker, key)];
  call.tried |= 1U << ((r.pod->index - callee.first_pod) % 32);
  call.current = &r;
  connect(call, r, lane, worker);
  fact(facts::kAttemptSent, key, r.pod->key);
  if (call.layer && call.layer->per_try > 0 && !r.opens) {
    agenda_.of_request(now() + call.layer->per_try, Class::Try, call.key, [this, &call, &r] {
      if (call.current == &r) timed_out(call, true);
    });
  }
  r.handshakes = r.opens && routing.mtls && call.client->proxied;
  const models::ProxyPlan& proxy = plan_.proxy;
  const sim::Duration cpu =
      (call.client->proxied ? call.client->service->request_cpu : 0) + (r.handshakes ? proxy.handshake_client_cpu : 0);
  if (!proxy.queueing) return leave_client(r, now() + (proxy.present ? cpu : 0));
  const sim::Key pair = call.client->key ^ (r.pod->key + (r.connection->id + 1U) * sim::detail::kAppStep);
  r.proxy_worker = sim::below(sim::mix(pair), proxy.workers);
  visit(*call.client, worker, cpu, 0, r.key, [this, &r] { leave_client(r, now()); });
}

void Engine::attempt_ended(Call& call, Outcome outcome, std::uint16_t status) {
  call.current = nullptr;
  call.inner = nullptr;
  if (outcome == Outcome::Ok || !call.layer) return complete(call, outcome, status);
  const Layer& layer = *call.layer;
  const bool answer = call.has_inner && outcome != Outcome::PerTryTimeout;  // of the layer below, whatever made it
  if (!matches(layer.retry, answer ? Outcome::Error : outcome, status) || call.attempt >= layer.retry.max) {
    return complete(call, outcome, status);
  }
  ++call.attempt;
  ++told_.retries;
  call.backing_off = true;
  sim::Duration pause = 0;
  const bool remembers = layer.backoff.law == models::BackoffLaw::Decorrelated;
  for (std::uint32_t k = remembers ? 1 : call.attempt; k <= call.attempt; ++k) {
    pause = models::backoff_delay(layer.backoff, k, pause, sim::try_key(call.key, call.outer_attempt, k));
  }
  if (pause == 0) return start_attempt(call);
  agenda_.of_request(now() + pause, Class::Retry, call.key, [this, &call] {
    if (call.open && call.backing_off) start_attempt(call);
  });
}

void Engine::complete(Call& call, Outcome outcome, std::uint16_t status) {
  call.open = false;
  if (call.outer != nullptr) {
    if (call.outer->open && call.outer->inner == &call) attempt_ended(*call.outer, outcome, status);
    return;
  }
  fact(facts::kCallClosed, call.key, static_cast<std::uint64_t>(outcome));
  if (call.caller != nullptr && !call.caller->done) child_done(*call.caller, *call.spec, outcome == Outcome::Ok);
}

// The client stops waiting for the try; the server is not told.
void Engine::abandon(Call& call, Outcome outcome) {
  if (call.has_inner) {
    Call* const inner = call.inner;
    call.inner = nullptr;
    if (inner == nullptr) return;
    abandon(*inner, Outcome::Withdrawn);
    inner->open = false;
    return;
  }
  if (call.backing_off || call.current == nullptr) return;
  Request& r = *call.current;
  fact(facts::kAttemptEnded, r.key, static_cast<std::uint64_t>(outcome));
  release(call, r, false, false);
  call.current = nullptr;
}

void Engine::release(Call& call, Request& r, bool reusable, bool broken) {
  Host& host = call.client->hosts[r.pod->index];
  --host.active;
  const bool http1 = plan_.services[call.callee].http1;
  const std::uint32_t id = r.connection->id;
  const auto mine = host.connections.find(id);
  if (r.connection->pooled && mine != host.connections.end() && mine->second == r.connection) {
    if (http1 && reusable) {
      host.idle.insert(id);
    } else if (http1 || broken) {
      host.connections.erase(mine);
    }
  }
  if (!broken) return;
  const auto pin = call.client->pins.find({call.callee, lane_of(call)});
  const std::uint32_t replica = r.pod->index - plan_.services[call.callee].first_pod;
  if (pin != call.client->pins.end() && pin->second == replica) call.client->pins.erase(pin);
}

void Engine::timed_out(Call& call, bool per_try) {
  if (!call.open) return;
  const Outcome overall = call.app_layer ? Outcome::AppTimeout : Outcome::Timeout;
  const Outcome outcome = per_try ? Outcome::PerTryTimeout : overall;
  if (!call.backing_off) abandon(call, outcome);
  if (per_try) return attempt_ended(call, outcome, 504);
  complete(call, outcome, 504);
}

void Engine::deliver(Request& r) {
  if (late(r)) return;
  const bool broken = r.outcome == Outcome::ConnectFailure || r.outcome == Outcome::ConnectionTermination;
  release(*r.call, r, !broken, broken);
  fact(facts::kAttemptEnded, r.key, static_cast<std::uint64_t>(r.outcome));
  if (r.outcome == Outcome::Ok) return complete(*r.call, r.outcome, r.status);
  attempt_ended(*r.call, r.outcome, r.status);
}

}  // namespace reference
