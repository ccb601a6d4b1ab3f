// Between client and server: connections, the proxies' workers, the network. Every stage is an event of its own.
#include <algorithm>

#include "tests/reference/engine.h"

namespace reference {
namespace {

constexpr std::uint64_t kNetwork = 20, kLoss = 40, kConnectLoss = 61, kLatency = 70;
constexpr std::uint32_t kPool = 64;  // connections that a client tracks per replica

}  // namespace

std::uint32_t Engine::lane_of(const Call& call) const { return sim::below(call.key, call.client->service->lanes); }

std::uint32_t Engine::client_worker(const Pod& pod, std::uint32_t lane) const {
  return sim::below(sim::mix(pod.key + (lane + 1) * sim::detail::kChildStep), plan_.proxy.workers);
}

// HTTP/2: the one of the lane or the proxy's worker. HTTP/1.1: the first that is idle, else a new one.
void Engine::connect(Call& call, Request& r, std::uint32_t lane, std::uint32_t worker) {
  Host& host = call.client->hosts[r.pod->index];
  ++host.active;
  std::uint32_t id = (plan_.proxy.queueing ? worker : lane) % kPool;
  if (plan_.services[call.callee].http1) {
    if (!host.idle.empty()) {
      id = *host.idle.begin();
      host.idle.erase(host.idle.begin());
      r.connection = host.connections.at(id);
      return;
    }
    for (id = 0; id < kPool && host.connections.count(id) > 0;) ++id;
  } else if (const auto open = host.connections.find(id); open != host.connections.end()) {
    r.connection = open->second;
    return;
  }
  r.opens = true;
  r.connection = &connections_.emplace_back();
  r.connection->pooled = id < kPool;
  r.connection->id = r.connection->pooled ? id : 255;
  if (r.connection->pooled) host.connections[id] = r.connection;
}

sim::Duration Engine::wire(const Pod& from, const Pod& to, sim::Key key, Direction direction) const {
  const bool near = plan_.zones == 1 || plan_.pods[from.index].zone == plan_.pods[to.index].zone;
  const auto way = static_cast<std::uint64_t>(direction);
  sim::Duration delay = (near ? plan_.network.same_zone : plan_.network.cross_zone).sample(key, kNetwork + way);
  if (plan_.network.loss > 0.0) {
    sim::Draws lost(key, kLoss + way);
    for (sim::Duration wait = 200 * sim::kMillisecond; wait < 60 * sim::kSecond; wait *= 2) {
      if (!sim::bernoulli(lost.next(), plan_.network.loss)) break;
      delay += wait;
    }
  }
  return delay;
}

sim::Duration Engine::latency(const Pod& pod, bool request, sim::Key key, std::uint64_t stage) const {
  if (!pod.proxied || !plan_.proxy.has_latency) return 0;
  return (request ? plan_.proxy.request_latency : plan_.proxy.response_latency).sample(key, kLatency + stage);
}

// The request has left the application, or the worker of its proxy, at `at`: the connection, then the network.
void Engine::leave_client(Request& r, sim::Time at) {
  Call& call = *r.call;
  const Pod& client = *call.client;
  at += latency(client, true, r.key, 0);
  if (r.opens) {
    const double trips = plan_.network.connect_round_trips + (r.handshakes ? plan_.proxy.handshake_round_trips : 0.0);
    if (trips > 0.0) {
      const sim::Duration trip =
          wire(client, *r.pod, r.key, Direction::Connect) + wire(*r.pod, client, r.key, Direction::Connected);
      const sim::Time asked = at;
      at += static_cast<sim::Duration>(trips * static_cast<double>(trip));
      if (plan_.network.loss > 0.0 && sim::bernoulli(sim::bits(r.key, kConnectLoss), plan_.network.loss)) {
        at += 1 * sim::kSecond;
      }
      if (at > asked) r.connection->ready = at;
    }
    if (call.layer && call.layer->per_try > 0) {
      agenda_.of_request(at + call.layer->per_try, Class::Try, r.key, [this, &call, &r] {
        if (call.current == &r) timed_out(call, true);
      });
    }
  } else {
    at = std::max(at, r.connection->ready);
  }
  at += wire(client, *r.pod, r.key, Direction::There);
  agenda_.of_request(at, Class::Message, r.key, [this, &r] {
    if (plan_.proxy.present) return at_server_proxy(r);
    at_server(r);
  });
}

void Engine::at_server_proxy(Request& r) {
  if (r.pod->crashes > 0) return refuse(r, false);
  const sim::Duration cpu =
      (r.pod->proxied ? r.pod->service->request_cpu : 0) + (r.handshakes ? plan_.proxy.handshake_server_cpu : 0);
  visit(*r.pod, r.proxy_worker, cpu, 0, r.key, [this, &r, reached = now()] {
    const sim::Time at = now() + latency(*r.pod, true, r.key, 1);
    if (at == reached) return at_server(r);
    agenda_.of_request(at, Class::Message, r.key, [this, &r] { at_server(r); });
  });
}

// The answer leaves the application. Whoever has given up is found out about at the client.
void Engine::back(Request& r) {
  const sim::Time at = now() + latency(*r.pod, false, r.key, 2) + wire(*r.pod, *r.call->client, r.key, Direction::Back);
  agenda_.of_request(at, Class::Response, r.key, [this, &r] {
    if (plan_.proxy.present) return at_client_proxy(r);
    deliver(r);
  });
}

void Engine::at_client_proxy(Request& r) {
  if (late(r)) return;
  Pod& client = *r.call->client;
  const std::uint32_t worker = plan_.proxy.queueing ? client_worker(client, lane_of(*r.call)) : 0;
  const sim::Duration cpu = client.proxied ? client.service->response_cpu : 0;
  const sim::Duration post = client.proxied ? client.service->post_cpu : 0;
  visit(client, worker, cpu, post, r.key, [this, &r, &client, reached = now()] {
    const sim::Time at = now() + latency(client, false, r.key, 3);
    if (at == reached) return deliver(r);
    agenda_.of_request(at, Class::Response, r.key, [this, &r] { deliver(r); });
  });
}

// A worker takes visitors one after another; without queues everybody is served at once.
void Engine::visit(Pod& pod, std::uint32_t worker, sim::Duration cpu, sim::Duration post, sim::Key key,
                   std::function<void()> then) {
  if (!plan_.proxy.queueing) {
    if (cpu == 0) return then();
    return agenda_.of_request(now() + cpu, Class::ProxyDone, key, std::move(then));
  }
  pod.proxy[worker].waiting.push_back({cpu, post, key, std::move(then)});
  serve_visitors(pod, worker);
}

void Engine::serve_visitors(Pod& pod, std::uint32_t worker) {
  ProxyWorker& me = pod.proxy[worker];
  while (!me.busy && !me.waiting.empty()) {
    Visitor visitor = std::move(me.waiting.front());
    me.waiting.pop_front();
    const auto through = [this, &pod, worker](const Visitor& v) {
      if (v.post > 0) {
        pod.proxy[worker].busy = true;
        agenda_.of_request(now() + v.post, Class::ProxyDone, v.key, [this, &pod, worker] {
          pod.proxy[worker].busy = false;
          serve_visitors(pod, worker);
        });
      }
      v.then();
    };
    if (visitor.cpu == 0) {
      through(visitor);
      continue;
    }
    me.busy = true;
    const sim::Key key = visitor.key;
    agenda_.of_request(now() + visitor.cpu, Class::ProxyDone, key, [this, &pod, worker, through, visitor] {
      pod.proxy[worker].busy = false;
      through(visitor);
      serve_visitors(pod, worker);
    });
  }
}

}  // namespace reference
