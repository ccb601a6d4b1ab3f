#include "tools/meshsim/swarm_case.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/random/keyed.h"

namespace meshsim {
namespace {

constexpr std::uint64_t kPurpose = 0x73'77'61'72'6d;  // "swarm"
constexpr const char* kVerbs[] = {"slow", "stall", "crash"};
constexpr const char* kBalancers[] = {"CONNECTION_RANDOM", "RANDOM", "ROUND_ROBIN", "LEAST_REQUEST"};
constexpr const char* kBackoffs[] = {"", ", backoff: {law: exponential, base: 1ms, max: 4ms}",
                                     ", backoff: {law: full-jitter, base: 5ms, max: 20ms}",
                                     ", backoff: {law: decorrelated, base: 2ms, max: 20ms}"};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : draws_(seed, kPurpose) {}
  std::uint32_t below(std::uint32_t n) { return sim::below(draws_.next(), n); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  sim::Draws draws_;
};

SwarmStep draw_step(Dice& dice, std::uint32_t me, std::uint32_t services) {
  SwarmStep s;
  const std::uint32_t later = services - me - 1;
  s.kind = later == 0 ? dice.below(2) : dice.below(5);
  s.micros = 200 + 200 * dice.below(15);
  s.constant = dice.one_in(2);
  if (s.kind < 2) return s;
  s.to = me + 1 + dice.below(later);
  s.also = me + 1 + dice.below(later);
  if (s.kind == 2 && dice.one_in(4)) s.repeat = 2;
  s.maybe = dice.one_in(4);
  s.ignored = dice.one_in(4);
  if (dice.one_in(4)) s.timeout = 2 + dice.below(20);
  if (dice.one_in(6)) s.retries = 1 + dice.below(2);
  return s;
}

std::string name(std::uint32_t service) { return fmt::format("s{}", service); }

std::string call_text(const SwarmStep& s, std::uint32_t to) {
  std::string text = "{call: " + name(to);
  if (s.repeat > 1) text += fmt::format(", repeat: {}", s.repeat);
  if (s.ignored) text += ", onFailure: ignore";
  if (s.timeout > 0) text += fmt::format(", timeout: {}ms", s.timeout);
  if (s.retries > 0) text += fmt::format(", retries: {}", s.retries);
  return text;
}

std::string step_text(const SwarmStep& s) {
  const std::string time = fmt::format("{{{}: {}us}}", s.constant ? "constant" : "exponential", s.micros);
  const std::string maybe = s.maybe ? ", probability: 50%}" : "}";
  switch (s.kind) {
    case 0: return "{work: " + time + "}";
    case 1: return "{wait: " + time + "}";
    case 2: return call_text(s, s.to) + maybe;
    case 3:
      return fmt::format("{{parallel: [{}, {{sequence: [{{work: {}}}, {}]}}]}}", call_text(s, s.to) + maybe, time,
                         call_text(s, s.also) + "}");
    default:
      return fmt::format("{{choose: [{}, probability: 60%}}, {{probability: 30%, work: {}}}]}}", call_text(s, s.to),
                         time);
  }
}

std::string service_text(const SwarmCase& c, std::uint32_t index) {
  const SwarmService& s = c.services[index];
  std::string text = fmt::format("  {}: {{replicas: {}, workers: {}", name(index), s.replicas, s.workers);
  if (s.blocking) text += ", blocking: true";
  if (s.http1) text += ", protocol: http";
  if (s.errors > 0) {
    text += fmt::format(", errors: {{rate: {}%, status: 503{}}}", s.errors, s.error_before ? ", when: before" : "");
  }
  if (s.capacity > 0 || s.lifo) {
    text += fmt::format(", queue: {{capacity: {}{}}}", s.capacity > 0 ? s.capacity : 1024,
                        s.lifo ? ", discipline: lifo" : "");
  }
  text += ", steps: [";
  for (std::size_t i = 0; i < s.steps.size(); ++i) text += (i > 0 ? ", " : "") + step_text(s.steps[i]);
  return text + "]}\n";
}

}  // namespace

bool SwarmCase::crashes() const {
  return std::any_of(faults.begin(), faults.end(), [](const SwarmFault& f) { return f.verb == 2; });
}

SwarmCase draw_case(std::uint64_t seed) {
  Dice dice(seed);
  SwarmCase c;
  c.seed = seed;
  c.services.resize(1 + dice.below(5));
  const auto count = static_cast<std::uint32_t>(c.services.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    SwarmService& s = c.services[i];
    s.replicas = 1 + dice.below(3);
    s.workers = 1 + dice.below(6);
    s.capacity = dice.one_in(3) ? 1 + dice.below(10) : 0;
    s.blocking = dice.one_in(2);
    s.http1 = dice.one_in(3);
    s.lifo = dice.one_in(6);
    s.errors = dice.one_in(3) ? 1 + dice.below(20) : 0;
    s.error_before = dice.one_in(3);
    const std::uint32_t steps = 1 + dice.below(3);
    for (std::uint32_t k = 0; k < steps; ++k) s.steps.push_back(draw_step(dice, i, count));
    // Everybody but the entry has a caller.
    if (i + 1 < count) {
      SwarmStep call = draw_step(dice, i, count);
      call.kind = 2;
      call.to = i + 1;
      s.steps.push_back(call);
    }
  }
  const std::uint32_t faults = dice.below(3);
  for (std::uint32_t i = 0; i < faults; ++i) {
    c.faults.push_back({dice.below(3), dice.below(count), 50 + 10 * dice.below(50), 20 + 10 * dice.below(20)});
  }
  c.rate = 50 + 50 * dice.below(8);
  if (dice.one_in(4)) c.users = 1 + dice.below(20);
  c.paced = dice.one_in(4);
  if (dice.one_in(2)) c.timeout = 5 + dice.below(30);
  if (dice.one_in(2)) c.retries = 1 + dice.below(3);
  if (c.retries > 0 && dice.one_in(2)) c.per_try = 2 + dice.below(10);
  c.backoff = dice.below(4);
  c.balancer = dice.below(4);
  c.loss = dice.one_in(5) ? 1 : 0;
  return c;
}

std::string case_text(const SwarmCase& c, bool reversed) {
  std::string text = fmt::format(
      "# Written by `meshsim swarm --seed {}`.\nmeshsim: 1\nquestion: Does this fleet keep every invariant?\n"
      "run: {{duration: {}, warmup: 0s, replications: 2}}\n",
      c.seed, c.users > 0 ? "2s" : "1000s");
  text += fmt::format("network: {{sameZone: {{shift: 20us, exponential: 50us}}{}}}\n", c.loss > 0 ? ", loss: 1%" : "");
  text += "services:\n";
  const auto count = static_cast<std::uint32_t>(c.services.size());
  for (std::uint32_t i = 0; i < count; ++i) text += service_text(c, reversed ? count - 1 - i : i);
  if (c.users > 0) {
    text += fmt::format("traffic: [{{name: t, to: s0, users: {}, thinkTime: 30ms}}]\n", c.users);
  } else {  // one second of traffic, then silence: everything has come and gone when the measured part ends
    text += fmt::format(
        "traffic: [{{name: t, to: s0{}, shape: {{steps: [{{at: 0s, rate: {}/s}}, {{at: 1s, rate: 0/s}}]}}}}]\n",
        c.paced ? ", arrivals: paced" : "", c.rate);
  }
  text += "policy:\n  defaults: {";
  text += c.retries > 0 ? fmt::format("retries: {{max: {}, retryOn: [5xx]", c.retries) : std::string("retries: 0");
  if (c.retries > 0) {
    text += c.per_try > 0 ? fmt::format(", perTryTimeout: {}ms", c.per_try) : "";
    text += fmt::format("{}}}", kBackoffs[c.backoff]);
  }
  if (c.timeout > 0) text += fmt::format(", timeout: {}ms", c.timeout);
  text += "}\n";
  text += "candidates:\n";
  for (const char* candidate : {"none", "library", "sidecar"}) {
    text += fmt::format("  {}: {{loadBalancer: {}}}\n", candidate, kBalancers[c.balancer]);
  }
  if (!c.faults.empty()) text += "timeline:\n";
  for (std::size_t i = 0; i < c.faults.size(); ++i) {
    const SwarmFault& f = c.faults[i];
    text += fmt::format("  - {{name: f{}, at: {}ms, for: {}ms, {}: {}{}{}}}\n", i, f.at, f.lasts, kVerbs[f.verb],
                        name(f.service), f.verb == 0 ? ", by: 3x" : "", f.verb == 2 ? ", replicas: 1" : "");
  }
  return text;
}

std::vector<SwarmCase> smaller_cases(const SwarmCase& c) {
  std::vector<SwarmCase> all;
  const auto add = [&all, &c](auto&& change) {
    SwarmCase less = c;
    change(less);
    if (case_text(less) != case_text(c)) all.push_back(std::move(less));
  };
  if (c.services.size() > 1) {  // the last service, and whatever calls it
    add([](SwarmCase& x) {
      x.services.pop_back();
      const auto gone = static_cast<std::uint32_t>(x.services.size());
      for (SwarmService& s : x.services) {
        const auto calls = [gone](const SwarmStep& k) { return k.kind >= 2 && (k.to == gone || k.also == gone); };
        s.steps.erase(std::remove_if(s.steps.begin(), s.steps.end(), calls), s.steps.end());
        if (s.steps.empty()) s.steps.emplace_back();
      }
      const auto aims = [gone](const SwarmFault& f) { return f.service == gone; };
      x.faults.erase(std::remove_if(x.faults.begin(), x.faults.end(), aims), x.faults.end());
    });
  }
  for (std::size_t i = 0; i < c.faults.size(); ++i) {
    add([i](SwarmCase& x) { x.faults.erase(x.faults.begin() + static_cast<std::ptrdiff_t>(i)); });
  }
  for (std::size_t i = 0; i < c.services.size(); ++i) {
    for (std::size_t k = 0; c.services[i].steps.size() > 1 && k < c.services[i].steps.size(); ++k) {
      add([i, k](SwarmCase& x) {
        x.services[i].steps.erase(x.services[i].steps.begin() + static_cast<std::ptrdiff_t>(k));
      });
    }
    add([i](SwarmCase& x) { x.services[i].errors = 0; });
    add([i](SwarmCase& x) { x.services[i].replicas = 1; });
    add([i](SwarmCase& x) { x.services[i].capacity = 0; });
    add([i](SwarmCase& x) { x.services[i].lifo = x.services[i].http1 = false; });
    add([i](SwarmCase& x) { x.services[i].blocking = false; });
    for (std::size_t k = 0; k < c.services[i].steps.size(); ++k) {
      add([i, k](SwarmCase& x) { x.services[i].steps[k].retries = 0; });
      add([i, k](SwarmCase& x) { x.services[i].steps[k].timeout = 0; });
      add([i, k](SwarmCase& x) { x.services[i].steps[k].maybe = x.services[i].steps[k].ignored = false; });
      add([i, k](SwarmCase& x) { x.services[i].steps[k].repeat = 1; });
    }
  }
  add([](SwarmCase& x) { x.retries = 0; });
  add([](SwarmCase& x) { x.per_try = 0; });
  add([](SwarmCase& x) { x.timeout = 0; });
  add([](SwarmCase& x) { x.users = 0; });
  add([](SwarmCase& x) { x.rate = std::max(1U, x.rate / 2); });
  add([](SwarmCase& x) { x.loss = 0; });
  return all;
}

}  // namespace meshsim
