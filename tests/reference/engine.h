// A slow, obvious engine for a subset of the model: one closure per event in a sorted map, one object per thing, every
// stage of every proxy an event, nothing fused, computed ahead or reused. It walks the scenario's own steps (not the
// compiled program) and follows docs/model.md and docs/policies.md; keyed draws and names come from the same functions
// and the same Plan as the engine's, because these are what is agreed on, not what is in doubt.
// The trajectory fingerprint must come out the same as the engine's, to the bit.
// Not here: statistics, CPU accounting, guards. What it does not do it refuses (refusal()).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/spec/scenario_spec.h"
#include "sim/fingerprint.h"
#include "tests/reference/agenda.h"
#include "tests/reference/world.h"

namespace reference {

struct Told {
  sim::Fingerprint fingerprint;
  std::uint64_t roots_opened = 0, roots_closed = 0, attempts = 0, retries = 0;
  std::vector<std::string> facts;  // one line each, if asked for
};

// Why the reference cannot run this candidate; empty: it can.
[[nodiscard]] std::string refusal(const models::ScenarioSpec& spec, const models::Plan& plan);

// REQUIRES: refusal() is empty.
[[nodiscard]] Told simulate(const models::ScenarioSpec& spec, const models::Plan& plan, std::uint64_t seed,
                            std::uint32_t replication = 0, bool list_facts = false);

class Engine {
 public:
  Engine(const models::ScenarioSpec& spec, const models::Plan& plan, sim::Key seed, bool list_facts);
  Told run();

 private:
  enum class Direction : std::uint64_t { There, Back, Unused, Connect, Connected };
  struct User {
    std::uint32_t workload, index;
    std::uint64_t sent = 0;
    sim::Time due = 0;
    bool busy = false;
  };

  // workload.cpp: who asks
  void start_workload(std::uint32_t w);
  void next_arrival(std::uint32_t w, std::uint64_t i, sim::Time before);
  void send_of(std::size_t user);
  void answered(std::size_t user);
  void open_root(std::uint32_t w, sim::Key key, std::optional<std::size_t> user);
  void close_root(Request& r);

  // client.cpp: the caller's side
  void open_call(Request& from, const models::CallSpec& spec, std::uint32_t salt);
  void open_inner(Call& outer);
  void start_attempt(Call& call);
  void send(Call& call);
  [[nodiscard]] std::uint32_t pick(Call& call, const models::Routing& routing, std::uint32_t first, std::uint32_t count,
                                   std::uint32_t lane, std::uint32_t worker, sim::Key key);
  void attempt_ended(Call& call, models::Outcome outcome, std::uint16_t status);
  void complete(Call& call, models::Outcome outcome, std::uint16_t status);
  void abandon(Call& call, models::Outcome outcome);
  void release(Call& call, Request& r, bool reusable, bool broken);
  void timed_out(Call& call, bool per_try);
  void deliver(Request& r);
  [[nodiscard]] std::optional<Layer> app_layer(const models::CallSpec& spec, bool grpc) const;
  [[nodiscard]] std::optional<Layer> policy_layer(const models::Routing& routing) const;
  [[nodiscard]] const models::Routing& routing_of(const Call& call) const;

  // wire.cpp: proxies, connections, the network
  void connect(Call& call, Request& r, std::uint32_t lane, std::uint32_t worker);
  void leave_client(Request& r, sim::Time at);
  void at_server_proxy(Request& r);
  void back(Request& r);
  void at_client_proxy(Request& r);
  void visit(Pod& pod, std::uint32_t worker, sim::Duration cpu, sim::Duration post, sim::Key key,
             std::function<void()> then);
  void serve_visitors(Pod& pod, std::uint32_t worker);
  [[nodiscard]] sim::Duration wire(const Pod& from, const Pod& to, sim::Key key, Direction direction) const;
  [[nodiscard]] sim::Duration latency(const Pod& pod, bool request, sim::Key key, std::uint64_t stage) const;
  [[nodiscard]] std::uint32_t lane_of(const Call& call) const;
  [[nodiscard]] std::uint32_t client_worker(const Pod& pod, std::uint32_t lane) const;

  // server.cpp: the application
  void at_server(Request& r);
  void begin(Request& r);
  void go_on(Request& r);
  [[nodiscard]] bool step(Request& r, const models::StepSpec& s, std::uint32_t salt, bool drawn);
  [[nodiscard]] bool work(Request& r, const sim::Distribution& law, std::uint32_t salt);
  void split_up(Request& r, const models::StepSpec& s, std::uint32_t salt);
  void child_done(Request& r, const models::CallSpec& spec, bool ok);
  void fail(Request& r);
  void finish(Request& r, models::Outcome outcome, std::uint16_t status);
  void finish_branch(Request& r, bool ok);
  void respond(Request& r);
  void refuse(Request& r, bool reached);
  void drain(Pod& pod);
  void give_worker(Request& r);
  [[nodiscard]] bool blocks(const Request& r) const;

  // engine.cpp: the loop, faults
  void fault(const models::FaultPlan& f, bool begins);
  void kill(Pod& pod);
  [[nodiscard]] sim::Time now() const { return agenda_.now(); }
  void fact(std::uint64_t kind, sim::Key key, std::uint64_t detail);
  [[nodiscard]] static bool late(const Request& r) { return r.call->current != &r; }
  [[nodiscard]] std::uint32_t service_id(const std::string& name) const;
  [[nodiscard]] std::uint32_t endpoint_id(std::uint32_t service, const std::string& name) const;

  const models::ScenarioSpec& spec_;
  const models::Plan& plan_;
  sim::Key seed_;
  bool list_facts_;
  Agenda agenda_;
  bool stopped_ = false;
  std::deque<Pod> pods_;
  std::deque<Call> calls_;
  std::deque<Request> requests_;
  std::deque<Connection> connections_;
  std::deque<User> users_;
  Told told_;
};

// Facts, as models/traffic/recorder.h numbers them.
namespace facts {
inline constexpr std::uint64_t kCallOpened = 1, kAttemptSent = 2, kAttemptEnded = 3, kWorkStarted = 4, kWorkEnded = 5,
                               kCallClosed = 6;
}

}  // namespace reference
