// The application: admission, queue, workers, and the endpoint's steps, walked as the scenario has them.
#include <algorithm>

#include "tests/reference/engine.h"

namespace reference {
namespace {

using models::Outcome;
using models::StepKind;
using models::StepSpec;

constexpr std::uint64_t kService = 200, kChance = 1ULL << 40, kError = 210ULL << 40;

// Identity of a step: its path of (index, repeat).
std::uint32_t derive(std::uint32_t salt, std::uint32_t index, std::uint32_t repeat) {
  return static_cast<std::uint32_t>(sim::mix((std::uint64_t{salt} << 32) + (index << 16) + repeat + 1) >> 32);
}

Place list(const std::vector<StepSpec>& steps, std::uint32_t salt) {
  Place place;
  place.steps = &steps;
  place.end = static_cast<std::uint32_t>(steps.size());
  place.salt = salt;
  return place;
}

const models::EndpointSpec* endpoint_of(const models::Plan& plan, const Request& r) {
  const std::string& name = plan.catalog.endpoints[r.call->endpoint].name;
  for (const models::EndpointSpec& e : r.pod->version->endpoints) {
    if (e.name == name) return &e;
  }
  return nullptr;
}

bool error_drawn(const models::Plan& plan, const models::ErrorSpec& errors, const Request& r) {
  if (!(errors.rate > 0.0)) return false;
  const models::Catalog::Endpoint& asked = plan.catalog.endpoints[r.call->endpoint];
  const sim::Key name = sim::child_key(sim::name_key(asked.service), sim::name_key(asked.name));
  return sim::bernoulli(sim::bits(r.key, kError ^ name), errors.rate);
}

}  // namespace

bool Engine::blocks(const Request& r) const { return r.pod->service->blocking; }

void Engine::give_worker(Request& r) {
  r.has_worker = false;
  ++r.pod->free_workers;
}

void Engine::at_server(Request& r) {
  Pod& pod = *r.pod;
  if (pod.crashes > 0) return refuse(r, false);
  r.since = now();
  const models::EndpointSpec& endpoint = *endpoint_of(plan_, r);
  if (endpoint.errors.when == models::ErrorWhen::Before && error_drawn(plan_, endpoint.errors, r)) {
    r.outcome = Outcome::Error;
    r.status = endpoint.errors.status;
    return respond(r);
  }
  const bool starts = pod.free_workers > 0 && pod.stalls == 0;
  if (!starts && pod.queue.size() >= pod.service->queue_capacity) {
    r.outcome = Outcome::Overflow;
    r.status = 503;
    return respond(r);
  }
  r.arrived = true;
  r.places.push_back(list(endpoint.steps, 1));
  if (starts) return begin(r);
  r.queued = true;
  if (pod.service->discipline == models::Discipline::Lifo) {
    pod.queue.push_front(&r);
  } else {
    pod.queue.push_back(&r);
  }
}

void Engine::begin(Request& r) {
  r.begun = true;
  fact(facts::kWorkStarted, r.key, static_cast<std::uint64_t>(now() - r.since));
  r.has_worker = true;
  --r.pod->free_workers;
  go_on(r);
}

// Starts queued work while there are workers. Work that ends at once does not start the next one from within.
void Engine::drain(Pod& pod) {
  if (pod.draining) return;
  pod.draining = true;
  while (pod.free_workers > 0 && !pod.queue.empty() && pod.stalls == 0 && pod.crashes == 0) {
    Request& r = *pod.queue.front();
    pod.queue.pop_front();
    r.queued = false;
    if (!r.begun) {
      begin(r);
      continue;
    }
    r.has_worker = true;
    --pod.free_workers;
    go_on(r);
  }
  pod.draining = false;
}

void Engine::go_on(Request& r) {
  while (!r.done && !r.places.empty()) {
    Place& place = r.places.back();
    if (place.fallback != nullptr) {
      const Place it = place;
      if (work(r, *it.fallback, it.salt)) return;
      continue;
    }
    if (place.single != nullptr) {
      const Place it = place;
      r.places.pop_back();
      if (step(r, *it.single, it.salt, it.drawn)) return;
      continue;
    }
    if (place.at == place.end) {
      r.places.pop_back();
      continue;
    }
    const StepSpec& s = (*place.steps)[place.at];
    if (place.round == s.repeat) {
      ++place.at;
      place.round = 0;
      continue;
    }
    const std::uint32_t salt = derive(place.salt, place.at, place.round++);
    if (step(r, s, salt, place.drawn)) return;
  }
  if (r.done) return;
  if (r.whole != nullptr) return finish_branch(r, true);
  const models::ErrorSpec& errors = endpoint_of(plan_, r)->errors;
  if (errors.when == models::ErrorWhen::After && error_drawn(plan_, errors, r))
    return finish(r, Outcome::Error, errors.status);
  finish(r, Outcome::Ok, 200);
}

// One step; true if the request now waits for something.
bool Engine::step(Request& r, const StepSpec& s, std::uint32_t salt, bool drawn) {
  if (!drawn && s.probability < 1.0 && !sim::bernoulli(sim::bits(r.key, kChance + salt), s.probability)) return false;
  switch (s.kind) {
    case StepKind::Work: {
      Place place;  // stands until it has a worker
      place.fallback = &*s.duration;
      place.salt = salt;
      r.places.push_back(place);
      return work(r, *s.duration, salt);
    }
    case StepKind::Wait: {
      const sim::Duration time = s.duration->sample(r.key, kService + salt);
      if (time == 0) return false;
      agenda_.of_request(now() + time, Class::Step, r.key, [this, &r] {
        if (!r.done) go_on(r);
      });
      return true;
    }
    case StepKind::Call:
      if (!s.call->fire_and_forget) {
        split_up(r, s, salt);
        return true;
      }
      open_call(r, *s.call, salt);
      return false;
    case StepKind::Sequence: r.places.push_back(list(s.children, salt)); return false;
    case StepKind::Choose: {
      const double u = sim::uniform(sim::bits(r.key, kChance + salt));
      double below = 0.0;
      for (std::uint32_t i = 0; i < s.children.size(); ++i) {
        below += s.children[i].probability;
        if (u >= below) continue;
        Place place = list(s.children, salt);
        place.at = i;
        place.end = i + 1;
        place.drawn = true;
        r.places.push_back(place);
        break;
      }
      return false;
    }
    case StepKind::Parallel: {
      std::uint32_t branches = 0;
      for (const StepSpec& child : s.children) branches += child.repeat;
      if (branches == 0) return false;
      split_up(r, s, salt);
      return true;
    }
  }
  return false;
}

// The work on top of r.places. Needs a worker, but for branches of a server that keeps its own during calls.
bool Engine::work(Request& r, const sim::Distribution& law, std::uint32_t salt) {
  Pod& pod = *r.pod;
  if (!r.has_worker && !(blocks(r) && r.whole != nullptr)) {
    if (pod.free_workers == 0 || pod.stalls > 0) {
      r.queued = true;
      pod.queue.push_front(&r);
      return true;
    }
    r.has_worker = true;
    --pod.free_workers;
  }
  r.places.pop_back();
  sim::Duration time = law.sample(r.key, kService + salt);
  if (pod.slow != 1.0) time = static_cast<sim::Duration>(static_cast<double>(time) * pod.slow);
  if (time == 0) return false;
  agenda_.of_request(now() + time, Class::Step, r.key, [this, &r] {
    if (!r.done) go_on(r);
  });
  return true;
}

// A call, or all branches of a parallel step. A server that does not block gives its worker back first.
void Engine::split_up(Request& r, const StepSpec& s, std::uint32_t salt) {
  Pod& pod = *r.pod;
  const bool gives = !blocks(r) && r.has_worker;
  if (gives) give_worker(r);
  if (s.kind == StepKind::Call) {
    r.awaited = 1;
    if (s.call->on_failure == models::OnFailure::Fallback) {
      Place place;
      place.fallback = &*s.call->fallback;
      place.salt = derive(salt, 0xfa11, 0);
      r.otherwise = place;
    }
    open_call(r, *s.call, salt);
  } else {
    r.awaited = 0;
    for (const StepSpec& child : s.children) r.awaited += child.repeat;
    for (std::uint32_t i = 0; i < s.children.size(); ++i) {
      for (std::uint32_t round = 0; round < s.children[i].repeat && !r.done; ++round) {
        const StepSpec& child = s.children[i];
        const std::uint32_t branch = derive(salt, i, round);
        const bool plain = child.kind == StepKind::Call && child.probability >= 1.0 && !child.call->fire_and_forget &&
                           child.call->on_failure != models::OnFailure::Fallback;
        if (plain) {
          open_call(r, *child.call, branch);
          continue;
        }
        Request& part = requests_.emplace_back();
        part.key = sim::child_key(r.key, branch);
        part.pod = &pod;
        part.whole = &r;
        part.call = r.call;
        part.begun = true;
        Place place;
        place.single = &child;
        place.salt = branch;
        part.places.push_back(place);
        go_on(part);
      }
    }
  }
  if (gives) drain(pod);
}

void Engine::child_done(Request& r, const models::CallSpec& spec, bool ok) {
  if (r.done) return;
  if (!ok && spec.on_failure == models::OnFailure::Fail) return fail(r);
  if (--r.awaited > 0) return;
  if (!ok && spec.on_failure == models::OnFailure::Fallback) r.places.push_back(*r.otherwise);
  r.otherwise.reset();
  go_on(r);
}

void Engine::fail(Request& r) {
  if (r.whole != nullptr) return finish_branch(r, false);
  finish(r, Outcome::Error, 500);
}

void Engine::finish(Request& r, Outcome outcome, std::uint16_t status) {
  if (r.has_worker) give_worker(r);
  fact(facts::kWorkEnded, r.key, static_cast<std::uint64_t>(outcome));
  r.outcome = outcome;
  r.status = status;
  respond(r);
  drain(*r.pod);
}

void Engine::finish_branch(Request& r, bool ok) {
  if (r.has_worker) give_worker(r);
  r.done = true;
  Request& whole = *r.whole;
  if (!whole.done) {
    if (!ok) {
      fail(whole);
    } else if (--whole.awaited == 0) {
      go_on(whole);
    }
  }
  drain(*r.pod);
}

void Engine::respond(Request& r) {
  r.done = true;
  if (r.call->client == nullptr) return close_root(r);
  if (!plan_.proxy.present) return back(r);
  const bool proxied = r.pod->proxied;
  visit(*r.pod, r.proxy_worker, proxied ? r.pod->service->response_cpu : 0, proxied ? r.pod->service->post_cpu : 0,
        r.key, [this, &r] { back(r); });
}

// The pod is down: the node's kernel answers. `reached`: the request had been taken before.
void Engine::refuse(Request& r, bool reached) {
  r.done = true;
  r.outcome = r.opens && !reached ? Outcome::ConnectFailure : Outcome::ConnectionTermination;
  r.status = 503;
  if (r.call->client == nullptr) return close_root(r);
  agenda_.of_request(now() + wire(*r.pod, *r.call->client, r.key, Direction::Back), Class::Response, r.key,
                     [this, &r] { deliver(r); });
}

}  // namespace reference
