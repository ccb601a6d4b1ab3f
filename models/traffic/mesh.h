// The event loop of one replication: owns every piece of mutable state and dispatches events to stages.
// One stage per file (arrive, call, relay, send, pooled, pool, health, proxy, serve, respond, expire, faults); this
// header is the table of contents. A handler touches one owner's state; what it wants from another it sends.
// Not here: statistics (recorder.h), policies as values (models/policy), compilation (models/plan).
// Time inside is the engine's clock: 0 is the start of warm-up; plan.warmup is the timeline's t = 0.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/plan/plan.h"
#include "models/results.h"
#include "models/service/processor_sharing.h"
#include "models/traffic/pool_rows.h"
#include "models/traffic/recorder.h"
#include "models/traffic/rows.h"
#include "models/traffic/run_options.h"
#include "models/traffic/weighted.h"
#include "sim/check.h"
#include "sim/event_queue.h"
#include "sim/slot_table.h"

namespace models {

class Mesh {
 public:
  Mesh(const Plan& plan, const RunOptions& options);
  [[nodiscard]] Results run();

 private:
  // mesh.cpp: the loop
  inline void dispatch(const sim::Event& event);
  [[nodiscard]] sim::OrderKey order_key(const sim::Event& event) const;
  void push(sim::Time at, EventKind kind, std::uint32_t subject, std::uint32_t generation, sim::Key key);
  void push_message(sim::Time at, EventKind kind, std::uint32_t work, sim::Key key);
  void push_control(sim::Time at, EventKind kind, std::uint32_t subject);
  void periodic_checks();
  void look_ahead() const;
  void stop_early(Stopped why, std::string detail);
  [[nodiscard]] std::uint64_t bytes() const;
  void end_measuring();
  void collect(Results& results);
  void build_views();
  [[nodiscard]] std::uint32_t shares_views(std::uint32_t pod) const;
  void build_cpu_groups();

  // arrive.cpp: open and closed workloads
  void start_workloads();
  void on_arrive(std::uint32_t workload);
  void schedule_next_arrival(std::uint32_t workload);
  [[nodiscard]] sim::Key key_of_arrival(std::uint32_t workload) const;
  [[nodiscard]] sim::Key key_of_send(const User& user) const;
  [[nodiscard]] std::uint32_t entry_pod(std::uint32_t workload, sim::Key key) const;
  void on_user_send(std::uint32_t user);
  void user_answered(std::uint32_t user);
  void open_root(std::uint32_t workload, sim::Key key, sim::Time intended, std::uint32_t user);
  void close_root(std::uint32_t work);

  // call.cpp: the caller's side of a call, layer by layer
  void open_call(std::uint32_t frame, std::uint32_t call_plan, std::uint64_t salt, bool detached);
  void start_attempt(std::uint32_t call);
  void start_layer(std::uint32_t call);
  void open_inner(std::uint32_t outer);
  void attempt_ended(std::uint32_t call, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                     bool degraded);
  void schedule_retry(std::uint32_t call, const CallPolicy& policy);
  void complete(std::uint32_t call, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                bool degraded);
  void abandon(std::uint32_t call, Outcome outcome);  // nobody waits for the current attempt any more
  [[nodiscard]] std::uint32_t new_call();
  void note_peak();
  void close_row(std::uint32_t call);
  void abandon_children(std::uint32_t frame);
  void unlist(const Call& call, std::uint32_t slot);

  // hedge.cpp: further tries beside those under way
  void begin_hedging(std::uint32_t call);
  void await_hedge(std::uint32_t call);
  void on_hedge_due(std::uint32_t call);
  void note_hedge(std::uint32_t row);
  void soft_timeout(std::uint32_t row);
  void hedged_try_ended(std::uint32_t row, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                        bool degraded);
  void hedge_decides(std::uint32_t row, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu,
                     bool degraded);
  void end_hedges(std::uint32_t call, Outcome outcome);
  [[nodiscard]] std::uint32_t open_hedge(std::uint32_t call);
  void drop_try(std::uint32_t row);
  void unlist_hedge(std::uint32_t row);
  [[nodiscard]] std::uint32_t hedging_call(std::uint32_t row) const;
  [[nodiscard]] bool others_go_on(std::uint32_t row) const;
  [[nodiscard]] bool may_send_more(std::uint32_t call, const CallPolicy& policy);
  void note_duplicate(const Call& call);

  // relay.cpp: calls through a waypoint
  void relayed(const Call& call, Outcome outcome, std::uint16_t status, const Parts& parts, float cpu, bool degraded);
  [[nodiscard]] sim::Key key_of_passed_on(const Work& work) const;
  [[nodiscard]] SIM_COLD sim::Key key_of_leg(const Call& call) const;
  [[nodiscard]] std::uint32_t effect_of(const CallPlan& plan) const;

  // deadline.cpp: what a callee is told of its caller's time
  [[nodiscard]] bool limit_call(std::uint32_t call, const Routing& routing, bool held = false);
  void tell_deadline(std::uint32_t work, const Call& call, const Routing& routing);
  void start_deadline(std::uint32_t work);
  [[nodiscard]] bool deadline_passed(std::uint32_t work) const;
  [[nodiscard]] const Told* told_to(std::uint32_t work) const;

  // inject.cpp: what the client's proxy does before its router: faults, copies
  void begin_policy(std::uint32_t call, const Routing& routing);
  void fault_over(std::uint32_t call);
  void route(std::uint32_t call);
  void mirror(const Call& original, const MirrorPlan& plan);
  void on_call_timer(std::uint32_t call);
  void on_call_try_timer(std::uint32_t call);
  [[nodiscard]] sim::Duration injected_delay(const Call& call, const Routing& routing) const;

  // guard.cpp: what the callee's end does before its application: authorization, rate limits
  void build_guards();
  void note_caller(std::uint32_t work, std::uint32_t call_plan);
  [[nodiscard]] bool turned_away(std::uint32_t work);
  [[nodiscard]] bool denies(std::uint32_t work, std::uint16_t config) const;
  [[nodiscard]] bool limits(std::uint32_t pod);
  void note_stale_guard(const Pod& pod, bool denied);

  // send.cpp: route, balance, connect; the message leaves the client
  void send(std::uint32_t call);
  [[nodiscard]] std::uint8_t draw_version(const Call& call, const Routing& routing, const CallPlan& plan);
  [[nodiscard]] bool can_serve(const Call& call, const CallPlan& plan, const Routing& routing, std::uint32_t version);
  [[nodiscard]] inline std::uint32_t pick_replica(const Call& call, const CallPlan& plan, const Routing& routing,
                                                  std::uint32_t first, std::uint32_t count, std::uint32_t lane,
                                                  std::uint32_t worker, sim::Key key);
  [[nodiscard]] inline bool reserve_connection(Call& call, std::uint32_t host, std::uint32_t lane, bool http1);
  [[nodiscard]] sim::Time connection_ready(std::uint32_t host, std::uint32_t id, bool fresh, bool tls, sim::Time at,
                                           std::uint32_t from_pod, const Work& work);
  void forget_connecting(std::size_t index);
  [[nodiscard]] sim::Duration network(std::uint32_t from_pod, std::uint32_t to_pod, sim::Key key,
                                      std::uint64_t direction) const;
  [[nodiscard]] sim::Duration retransmissions(sim::Key key, std::uint64_t direction) const;
  void release_connection(const Call& call, const CallPlan& plan, std::uint32_t server_pod, bool reusable, bool broken);
  static std::uint64_t connection_key(std::uint32_t host, std::uint8_t id) { return std::uint64_t{host} << 8 | id; }
  void free_connection(const Call& call, const CallPlan& plan, std::uint32_t host, std::uint32_t server_pod,
                       bool reusable, bool broken);
  [[nodiscard]] std::uint32_t host_index(const Call& call, const CallPlan& plan, std::uint32_t server_pod) const;
  [[nodiscard]] sim::Key key_of_try(const Call& call) const;
  [[nodiscard]] std::uint32_t client_worker(const Call& call, std::uint32_t lane) const;  // of the client's proxy
  [[nodiscard]] std::uint32_t worker_in_use(const Call& call) const;  // the same, of a try that is on a connection
  [[nodiscard]] std::uint32_t client_lane(const Call& call) const;    // of the application's connections

  // mesh_inline.h: the message, once replica and connection are known
  [[nodiscard]] inline std::uint32_t new_message(std::uint32_t slot, Call& call, const CallPlan& plan, sim::Key key,
                                                 std::uint32_t pod);
  inline void depart(std::uint32_t w, const Call& call, const CallPlan& plan, const Routing& routing, std::uint32_t pod,
                     std::uint32_t host, std::uint32_t worker);

  // pooled.cpp: the way of a try through limits, health and budgets
  void build_pools();
  void send_pooled(std::uint32_t call, std::uint32_t count);
  void end_pooled(std::uint32_t call, std::uint32_t server_pod, bool reusable, bool broken, Outcome outcome,
                  std::uint16_t status);
  void forget_pooled(std::uint32_t call, Outcome outcome);
  [[nodiscard]] bool take_retry(std::uint32_t call, const CallPolicy& policy);
  void release_retry(std::uint32_t call);
  [[nodiscard]] std::uint32_t cluster_view(const Call& call, const CallPlan& plan) const;
  [[nodiscard]] std::uint32_t pick_pooled(const Call& call, const CallPlan& plan, const Routing& routing,
                                          std::uint32_t view, std::uint32_t lane, std::uint32_t worker, sim::Key key,
                                          LeftZones& left);
  void note_budget(std::uint32_t call, Outcome outcome, std::uint16_t status);
  void give_replica(std::uint32_t call, std::uint32_t view, std::uint32_t replica, std::uint32_t worker);
  void refuse_locally(std::uint32_t call, Outcome outcome);
  void fail_locally(std::uint32_t call, Outcome outcome);

  // pool.cpp: connections of pooled clusters
  void enter_pool(std::uint32_t call, const ConnectionPool& limits);
  [[nodiscard]] std::uint32_t ready_connection(std::uint32_t pool, const ConnectionPool& limits);
  void attach(std::uint32_t call, std::uint32_t connection, bool waited);
  void leave_queue(std::uint32_t call);
  void open_connections(std::uint32_t pool, std::uint32_t view, std::uint32_t call, const ConnectionPool& limits);
  void on_connected(std::uint32_t connection);
  void on_pool_failed(std::uint32_t call);
  void serve_pending(std::uint32_t pool);
  void doom(std::uint32_t call, Outcome outcome);
  void fail_soon(std::uint32_t call, Outcome outcome);
  void close_connection(std::uint32_t connection);
  void list_ready(std::uint32_t connection);
  void unlist_ready(std::uint32_t connection);
  void close_idle(std::uint32_t view, const ConnectionPool& limits);
  void end_stream(std::uint32_t connection, bool close);
  [[nodiscard]] const ConnectionPool& limits_of(const Call& call) const;

  // health.cpp: replicas that fail are left out
  void note_health(std::uint32_t call, std::uint32_t status, bool local);
  void eject(std::uint32_t view, std::uint32_t health, const OutlierDetection& policy, Detector detector);
  void bring_back(std::uint32_t view, std::uint32_t health);
  void list_available(std::uint32_t view, bool accrual, bool ejections = true);
  void arm_tick(std::uint32_t view, const OutlierDetection& policy);
  void on_outlier_tick(std::uint32_t view);
  void end_health();

  // failfast.cpp: Linkerd's queue while no replica is available
  [[nodiscard]] bool queues_unavailable(const ClusterView& view, const Routing& routing) const;
  void wait_for_replica(std::uint32_t call, std::uint32_t view);
  void leave_waiting(std::uint32_t call);
  void arm_waiting(std::uint32_t view);
  void replicas_changed(std::uint32_t view);
  void on_waiting_due(std::uint32_t view, std::uint32_t alarm);

  // locality.cpp: the client's own zone first
  void build_localities();
  void list_localities(std::uint32_t view);
  [[nodiscard]] const std::vector<std::uint32_t>& draw_priority(const Routing& routing, std::uint32_t view,
                                                                sim::Key key, LeftZones* left);

  // ready.cpp: replicas without a connection are left out
  void lose_connections(std::uint32_t pod);
  void on_connection_lost(std::uint32_t view, std::uint32_t replica);
  void on_reconnect(std::uint32_t view, std::uint32_t replica);
  void set_ready(std::uint32_t view, std::uint32_t replica, bool ready);

  // proxy.cpp: stations of the proxies, by recursion or (reference) by events
  void visit(const Visit& visit);
  void passed(const Visit& visit);
  [[nodiscard]] sim::Time through(std::uint32_t pod, std::uint32_t worker, sim::Duration cpu, sim::Duration post,
                                  bool client);
  void count_proxy_cpu(bool client, sim::Duration cpu);
  void server_in(std::uint32_t work, sim::Time at);
  void client_in(std::uint32_t work, sim::Time at);
  void client_out(std::uint32_t work, std::uint32_t pod, std::uint32_t host, std::uint32_t connection, sim::Time at);
  [[nodiscard]] sim::Duration latency(std::uint32_t pod, sim::Key key, Stage stage) const;
  void server_out(std::uint32_t work, std::uint32_t pod, std::uint32_t client_pod, sim::Time at);
  void on_station_done(std::uint32_t station);
  void start_station(std::uint32_t station);
  void on_at_server_proxy(std::uint32_t work);
  void on_at_client_proxy(std::uint32_t work);

  // serve.cpp: the application
  void at_server(std::uint32_t work);
  void arrive_gone(std::uint32_t work, bool starts);
  void run_frame(std::uint32_t work);
  inline void begin(std::uint32_t work);
  [[nodiscard]] inline bool start_work(std::uint32_t work, const Op& op);
  void leave_for_calls(std::uint32_t work, const Op& op);
  void on_service_done(std::uint32_t work);
  void on_cpu_done(std::uint32_t group, std::uint32_t generation);
  void schedule_cpu(std::uint32_t group);
  void finish(std::uint32_t work, Outcome outcome, std::uint16_t status);
  void finish_branch(std::uint32_t work, bool ok);
  void fail_frame(std::uint32_t work);
  void stop_frame(std::uint32_t work);
  void note_partial(const Work& work);
  [[nodiscard]] std::uint32_t new_work();
  void free_work(std::uint32_t work);
  void child_done(std::uint32_t frame, std::uint32_t call_plan, bool ok, const Parts& parts, float cpu, bool degraded);
  void take_worker(Pod& pod, Work& work);
  void give_worker(Pod& pod, Work& work);
  [[nodiscard]] std::uint32_t busy_workers(const Pod& pod) const;
  void drain_queue(std::uint32_t pod);
  void drain(std::uint32_t pod);
  void enqueue(std::uint32_t pod, std::uint32_t work, bool at_head);
  void remove_queued(Pod& pod, std::uint32_t work);
  [[nodiscard]] std::uint32_t dequeue(Pod& pod);
  [[nodiscard]] sim::Key error_key(const Work& work) const;
  [[nodiscard]] bool belongs_to(sim::Key of_try, Call call) const;
  [[nodiscard]] inline bool error_drawn(const Work& work, const Op& op) const;
  void leave(Pod& pod);
  void enter(Pod& pod);
  void note_level(Pod& pod, std::uint32_t before);

  // respond.cpp: the answer travels back
  void respond(std::uint32_t work);
  void deliver(std::uint32_t work);
  [[nodiscard]] bool is_late(std::uint32_t work) const;
  [[nodiscard]] bool is_root(std::uint32_t work) const;
  void drop_late(std::uint32_t work);
  void refuse(std::uint32_t work);  // the pod is down
  void hang_up(std::uint32_t work);
  void no_application(std::uint32_t work);
  void on_inbound_retry(std::uint32_t work);
  void proxy_answers(std::uint32_t work);
  void answer_for(std::uint32_t work, Outcome outcome);
  [[nodiscard]] bool is_strict(std::uint32_t pod) const;

  // expire.cpp: timers, back-off, cancellation
  void arm(std::uint32_t lane, std::uint32_t call);
  void arm_lane(std::uint32_t lane);
  void on_lane(std::uint32_t lane);
  void on_try_timer(std::uint32_t work);
  void timed_out(std::uint32_t call, bool per_try);
  void on_retry(std::uint32_t call);
  void on_cancel(std::uint32_t work);
  [[nodiscard]] sim::Time deadline(std::uint32_t lane, const Call& call) const;
  void arm_alone(const Lane& lane, std::uint32_t call, sim::Time due);
  [[nodiscard]] bool lane_entry_stale(const Lane& lane, const sim::TimerEntry& entry) const;

  // propagate.cpp: who acts by which configuration
  void start_propagation();
  void on_change(std::uint32_t change);
  void on_apply(std::uint32_t index);
  [[nodiscard]] const Routing& routing_of(std::uint16_t config, const CallPlan& plan) const {
    return routings_[config * plan_.clusters.size() + plan.cluster];
  }
  using Config = std::array<std::uint8_t, kKnobs>;  // by knob: the snapshot it is taken from
  [[nodiscard]] std::uint16_t config_of(const Config& config);
  [[nodiscard]] Routing compose(const Config& config, std::size_t cluster) const;
  [[nodiscard]] bool note_stale(std::uint16_t config, const CallPlan& plan);
  [[nodiscard]] std::size_t first_missing(std::uint16_t config, const CallPlan& plan) const;
  void end_propagation();

  // faults.cpp
  void on_fault(std::uint32_t fault, bool begins);
  void kill_pod(std::uint32_t pod);
  void kill_application(std::uint32_t pod);
  [[nodiscard]] bool proxy_lives_on(std::uint32_t pod) const;

  [[nodiscard]] const CallPlan& plan_of(const Call& call) const { return plan_.calls[call.plan]; }
  SIM_COLD void add_trace(const char* what, sim::Key key, std::uint32_t owner, std::uint64_t detail);
  void trace(const char* what, sim::Key key, std::uint32_t owner, std::uint64_t detail) {
    if (SIM_UNLIKELY(options_.trace != nullptr)) add_trace(what, key, owner, detail);
  }
  // Of a trace that is told what belongs together (links.cpp).
  SIM_COLD void link(const char* what, sim::Key key, std::uint32_t owner, std::uint64_t detail) {
    if (options_.trace_links) add_trace(what, key, owner, detail);
  }
  SIM_COLD void link_call(const Call& call, sim::Key frame);
  SIM_COLD void link_try(const Call& call, sim::Key key, std::uint32_t pod);
  SIM_COLD void link_parts(const Work& work);

  const Plan& plan_;
  RunOptions options_;
  sim::Key seed_key_;
  sim::EventQueue queue_;
  sim::Time now_ = 0;
  sim::Duration longest_ = 0;  // of the whole run, and a nanosecond
  sim::Time measure_begin_ = 0, measure_end_ = 0;
  bool measuring_ = false;
  bool extras_ = false;  // somebody injects delays, or hedges
  bool stopped_ = false;
  bool looks_ahead_ = false;
  std::vector<Config> configs_;    // those that somebody acts by, or did
  std::vector<Routing> routings_;  // [config * clusters + cluster]
  std::uint16_t intended_ = 0;     // the configuration that everybody ought to act by
  std::vector<Arrival> applies_;   // by time, pod, knobs
  sim::SlotTable<Call> calls_;
  std::uint32_t calls_used_ = 0;  // slots below have been written
  sim::SlotTable<Work> works_;
  std::uint32_t works_used_ = 0;
  std::vector<sim::Time> step_ends_;    // by work slot; only where work can be cancelled
  std::vector<std::uint32_t> callers_;  // by work slot, the call plan it came by; only where callees authorize
  std::vector<LimitState> buckets_;     // by pod; only where callees limit rates
  std::vector<Told> told_;              // by work slot; only where deadlines are carried
  std::vector<Hedges> hedges_;          // by call slot; only where somebody hedges
  std::vector<sim::Time> ends_by_;      // by call slot: when its caller's time is over; likewise
  std::vector<sim::Time> requeued_at_;  // by work slot; only where asynchronous servers queue again
  std::vector<Pod> pods_;
  std::vector<View> views_;
  std::vector<HostView> hosts_;
  std::vector<std::uint64_t> idle_;  // by host; bit = HTTP/1.1 connection that is open and without a request
  std::vector<std::uint32_t> pins_;
  std::vector<Connecting> connecting_;  // connections being opened; few at a time
  bool breaks_ = false;                 // connections have broken, or may: from then on they are told apart
  std::unordered_map<std::uint64_t, sim::Time> opened_;  // by connection_key(); looked up only
  std::vector<ClusterView> cluster_views_;
  std::vector<Priorities> localities_;  // by cluster view; empty where nobody keeps to a zone
  std::vector<HostHealth> health_;      // of the replicas of pooled clusters, by client
  WeightedPicks weighted_;              // of clients that weigh replicas
  std::vector<Pool> pools_;             // [health * workers + worker of the client's proxy]
  std::uint32_t pool_workers_ = 1;
  sim::SlotTable<PoolConnection> pool_connections_;
  std::vector<Ticket> tickets_;          // by call slot
  std::vector<Proxy> proxies_;           // by pod; empty without proxies
  std::vector<sim::Time> more_free_at_;  // [pod * workers + worker], where proxies have many workers
  std::vector<Lane> lanes_;
  std::vector<CpuGroup> cpu_groups_;
  std::vector<WorkloadState> workloads_;
  std::vector<User> users_;
  std::vector<Station> stations_;  // reference mode only
  std::vector<std::uint32_t> service_in_system_;
  std::vector<sim::Time> service_level_since_;
  std::uint64_t events_ = 0;
  std::uint64_t events_at_instant_ = 0;
  sim::Time last_event_time_ = -1;
  Recorder recorder_;
};

}  // namespace models

#include "models/traffic/mesh_inline.h"
