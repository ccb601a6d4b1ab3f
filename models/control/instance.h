// One instance of a control plane: its connections, its queue of proxies and its push slots. Internal to propagate().
// Not the watch and the debounce, which all instances share. Rules and sources: control_plane.h.
// Invariants: a proxy is at most once in the queue and at most once in a slot; `free_slots_` + slots held = throttle.
// At one instant: ends of pushes, then the control plane goes down, then pushes and connections, then free slots fill.
// Units: nanoseconds. Errors: none.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "models/control/control_plane.h"

namespace models::control {

struct Member {
  sim::Key key = 0;
  std::uint32_t proxy = 0;  // index in PropagationInput::proxies
};

struct Recovery {
  sim::Time from = 0;   // the outage begins
  sim::Time ready = 0;  // connections are taken again
};

class Instance {
 public:
  Instance(const PropagationInput& input, const std::vector<Push>& pushes, const std::vector<Recovery>& recoveries,
           std::vector<Member> members);

  // Appends to `deliveries`, in no particular order.
  void run(std::vector<Delivery>& deliveries);

 private:
  enum class Kind : std::uint8_t { PushEnds, Down, Enqueue, Connected, Attempt };
  enum class Link : std::uint8_t { Up, Waiting, Down };
  struct Event {
    sim::Time at = 0;
    Kind kind = Kind::PushEnds;
    std::uint32_t index = 0;  // of the member, push or outage
    std::uint32_t life = 0;   // of the control plane: what an earlier life scheduled is void, but for attempts
    [[nodiscard]] bool after(const Event& other) const {
      if (at != other.at) return at > other.at;
      return kind != other.kind ? kind > other.kind : index > other.index;
    }
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.after(b); }
  };
  struct Proxy {
    Member member;
    Link link = Link::Up;
    bool queued = false;
    bool in_slot = false;
    bool again = false;        // a push came while it was in a slot
    sim::Time received = 0;    // of the last configuration, applied
    std::int64_t change = -1;  // the last delivered
    std::uint32_t outage = 0;  // that cut its connection
    std::uint32_t attempts = 0;
  };

  void handle(const Event& event);
  void go_down(std::uint32_t outage);
  void enqueue(std::uint32_t p);
  void enqueue_all(std::uint32_t push);
  void fill_slots(sim::Time now);
  void start(sim::Time now, std::uint32_t p);
  void attempt(sim::Time now, std::uint32_t p);
  void back_off(sim::Time now, std::uint32_t p);
  void deliver(Proxy& proxy, sim::Time arrival, sim::Key key);

  const PropagationInput& in_;
  const std::vector<Push>& pushes_;
  const std::vector<Recovery>& recoveries_;
  std::vector<Delivery>* deliveries_ = nullptr;
  std::vector<Proxy> proxies_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::queue<std::uint32_t> queue_;
  std::uint32_t free_slots_ = 0;
  std::uint32_t life_ = 0;     // outages so far
  std::int64_t current_ = -1;  // index of the last push of this life; -1: none yet
  sim::Time ready_ = 0;        // connections are taken from then on
  sim::Time next_admission_ = 0;
  sim::Duration admission_gap_ = 0;
};

}  // namespace models::control
