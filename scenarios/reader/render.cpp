#include "scenarios/reader/render.h"
#include "scenarios/reader/render_guards.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "scenarios/reader/render_economics.h"
#include "scenarios/reader/render_limits.h"
#include "scenarios/reader/words.h"

namespace reader {
namespace {

using namespace models;

class Writer {
 public:
  Writer(const ScenarioSpec& spec, const Phrasebook& phrases) : spec_(spec), phrases_(phrases) {}

  std::string write() {
    line(0, "meshsim: 1");
    if (!spec_.question.empty()) line(0, "question: " + quote(spec_.question));
    line(0, fmt::format("seed: {}", spec_.seed));
    line(0, fmt::format("run: {{duration: {}, warmup: {}, replications: {}, confidence: {}{}}}",
                        write_duration(spec_.run.duration),
                        spec_.run.auto_warmup ? "auto" : write_duration(spec_.run.warmup), replications(spec_.run),
                        write_percent(spec_.run.confidence),
                        spec_.run.adoption ? ", adoption: " + write_percent(*spec_.run.adoption) : ""));
    if (!spec_.zones.empty()) line(0, "zones: [" + names(spec_.zones) + "]");
    line(0, "network:");
    distribution(1, "sameZone", spec_.network.same_zone);
    distribution(1, "crossZone", spec_.network.cross_zone);
    line(1, "loss: " + write_percent(spec_.network.loss));
    line(1, "connectRoundTrips: " + write_number(spec_.network.connect_round_trips));
    if (spec_.node)
      line(0, fmt::format("node: {{cores: {}, count: {}}}", write_number(spec_.node->cores), spec_.node->count));
    teams();
    line(0, "services:");
    for (const ServiceSpec& s : spec_.services) service(s);
    line(0, "traffic:");
    for (const TrafficSpec& t : spec_.traffic) traffic(t);
    if (policy_has_content(spec_.policy)) {
      line(0, "policy:");
      policy(1, spec_.policy);
    }
    line(0, "candidates:");
    for (const CandidateSpec& c : spec_.candidates) candidate(c);
    line(0, "baseline: " + spec_.baseline);
    if (!spec_.timeline.empty()) line(0, "timeline:");
    for (const TimelineEntrySpec& e : spec_.timeline) timeline(e);
    if (!spec_.expect.empty()) line(0, "expect:");
    for (const ExpectSpec& e : spec_.expect) line(1, quote(e.name) + ": \"" + text_of(e) + "\"");
    limits();
    out_ += render_economics(spec_);
    return std::move(out_);
  }

 private:
  void line(std::size_t depth, std::string_view text) {
    out_ += fmt::format("{}{}\n", std::string(2 * depth, ' '), text);
  }

  static std::string replications(const RunSpec& run) {
    if (run.max_replications == 0) return fmt::format("{}", run.replications);
    const std::string precision = run.precision.relative > 0.0 ? ", precision: " + write_percent(run.precision.relative)
                                  : run.precision.absolute > 0.0
                                      ? ", precision: " + write_duration_real(run.precision.absolute)
                                      : "";
    return fmt::format("{{min: {}, max: {}{}}}", run.replications, run.max_replications, precision);
  }
  static std::string names(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& n : list) out += (out.empty() ? "" : ", ") + n;
    return out;
  }
  std::string phrase(const sim::Distribution& d) const { return phrases_.phrase_of(d).text; }
  std::string remark(const sim::Distribution& d) const {
    const std::string said = phrases_.phrase_of(d).short_form;
    return said.empty() ? "" : fmt::format("  # short form `{}`: exponential with that mean", printable(said, 40));
  }
  void distribution(std::size_t depth, std::string_view key, const sim::Distribution& d) {
    line(depth, fmt::format("{}: {}{}", key, phrase(d), remark(d)));
  }

  static std::string limited(std::uint32_t n) { return n == kUnlimited ? "unlimited" : fmt::format("{}", n); }

  void service(const ServiceSpec& s) {
    line(1, s.name + ":");
    if (!s.language.empty()) line(2, "language: " + quote(s.language));
    line(2, fmt::format("protocol: {}", word_of(s.protocol)));
    line(2, "workers: " + limited(s.workers));
    if (s.cpu) line(2, "cpu: " + write_number(*s.cpu));
    line(2, fmt::format("blocking: {}", s.blocking));
    line(2, fmt::format("queue: {{capacity: {}, discipline: {}, whenCallerGone: {}, whenDeadlinePassed: {}}}",
                        limited(s.queue.capacity), word_of(s.queue.discipline), word_of(s.queue.when_caller_gone),
                        word_of(s.queue.when_deadline_passed)));
    if (s.memory_mb > 0) line(2, "memory: " + write_size(s.memory_mb));
    line(2, "versions:");
    for (const VersionSpec& v : s.versions) {
      line(3, v.name + ":");
      if (v.zones.empty()) {
        line(4, fmt::format("replicas: {}", v.replicas));
      } else {
        std::string zones;
        for (const auto& [zone, n] : v.zones) zones += fmt::format("{}{}: {}", zones.empty() ? "" : ", ", zone, n);
        line(4, "zones: {" + zones + "}");
      }
      if (!v.weights.empty()) line(4, fmt::format("weights: [{}]", fmt::join(v.weights, ", ")));
      line(4, "endpoints:");
      for (const EndpointSpec& e : v.endpoints) endpoint(e);
    }
  }

  void endpoint(const EndpointSpec& e) {
    line(5, e.name + ":");
    if (e.steps.empty()) {
      line(6, "steps: []");
    } else {
      line(6, "steps:");
      for (const StepSpec& s : e.steps) step(7, s, false);
    }
    line(6, fmt::format("errors: {{rate: {}, status: {}, when: {}, per: {}}}", write_percent(e.errors.rate),
                        e.errors.status, word_of(e.errors.when), word_of(e.errors.per)));
    line(6, fmt::format("idempotent: {}", e.idempotent));
  }

  void step(std::size_t depth, const StepSpec& s, bool branch) {
    std::string more;
    if (branch || s.probability != 1.0) more += ", probability: " + write_percent(s.probability);
    if (s.repeat != 1) more += fmt::format(", repeat: {}", s.repeat);
    switch (s.kind) {
      case StepKind::Work:
      case StepKind::Wait:
        line(depth, fmt::format("- {{{}: {}{}}}{}", s.kind == StepKind::Work ? "work" : "wait", phrase(*s.duration),
                                more, remark(*s.duration)));
        return;
      case StepKind::Call: {
        const CallSpec& c = *s.call;
        if (c.timeout) more += ", timeout: " + write_duration(*c.timeout);
        if (c.retries) more += ", retries: " + retries(*c.retries);
        if (c.on_failure == OnFailure::Ignore) more += ", onFailure: ignore";
        if (c.on_failure == OnFailure::Fallback && c.fallback)
          more += fmt::format(", onFailure: {{fallback: {{work: {}}}}}", phrase(*c.fallback));
        if (c.fire_and_forget) more += ", fireAndForget: true";
        line(depth, fmt::format("- {{call: {}/{}{}}}", c.service, c.endpoint, more));
        return;
      }
      case StepKind::Sequence:
      case StepKind::Parallel:
      case StepKind::Choose: break;
    }
    const char* key = s.kind == StepKind::Sequence ? "sequence" : s.kind == StepKind::Parallel ? "parallel" : "choose";
    if (s.children.empty()) {
      line(depth, fmt::format("- {{{}: []{}}}", key, more));
      return;
    }
    line(depth, fmt::format("- {}:", key));
    for (const StepSpec& child : s.children) step(depth + 2, child, s.kind == StepKind::Choose);
    if (branch || s.probability != 1.0) line(depth + 1, "probability: " + write_percent(s.probability));
    if (s.repeat != 1) line(depth + 1, fmt::format("repeat: {}", s.repeat));
  }

  void traffic(const TrafficSpec& t) {
    // A name with a slash can only have come from `to` itself.
    const bool own_name = is_name(t.name);
    line(1, own_name ? "- name: " + t.name : "- to: " + t.name);
    if (own_name) line(2, fmt::format("to: {}/{}", t.service, t.endpoint));
    if (t.via_gateway) line(2, "via: gateway");
    if (t.users > 0) {
      line(2, fmt::format("users: {}", t.users));
      if (t.think_time) distribution(2, "thinkTime", *t.think_time);
      return;
    }
    line(2, fmt::format("arrivals: {}", word_of(t.arrivals)));
    if (t.connections > 0) line(2, fmt::format("connections: {}", t.connections));
    if (t.interarrival) {
      distribution(2, "interarrival", *t.interarrival);
      return;
    }
    const RateShape& r = t.rate;
    if (r.kind == RateShape::Kind::Diurnal) {
      line(2, fmt::format("shape: {{diurnal: {{mean: {}, amplitude: {}, period: {}, phase: {}}}}}", write_rate(r.rate),
                          write_percent(r.amplitude), write_duration(r.period), write_duration(r.phase)));
      return;
    }
    line(2, "rate: " + write_rate(r.rate));
    if (r.kind == RateShape::Kind::Constant) return;
    std::string points;
    for (const auto& p : r.points)
      points +=
          fmt::format("{}{{at: {}, rate: {}}}", points.empty() ? "" : ", ", write_duration(p.at), write_rate(p.rate));
    line(2, fmt::format("shape: {{{}: [{}]}}", r.kind == RateShape::Kind::Steps ? "steps" : "ramp", points));
  }

  static bool policy_has_content(const PolicySpec& p) {
    return !(p.defaults == DestinationPolicySpec{}) || !p.destinations.empty();
  }

  static std::string retries(const RetrySpec& r) {
    std::string out = fmt::format("{{max: {}", r.max);
    if (r.retry_on) {
      std::string on;
      for (const auto& [name, bit] : kRetryConditions) {
        if ((*r.retry_on & static_cast<std::uint32_t>(bit)) != 0) on += (on.empty() ? "" : ", ") + std::string(name);
      }
      for (const std::uint16_t code : r.retriable_status_codes) on += fmt::format("{}{}", on.empty() ? "" : ", ", code);
      out += ", retryOn: [" + on + "]";
    }
    if (r.per_try_timeout) out += ", perTryTimeout: " + write_duration(*r.per_try_timeout);
    if (r.backoff) {
      const bool said = r.backoff->law != models::BackoffLaw::OfProduct;
      out += fmt::format(", backoff: {{{}base: {}, max: {}}}",
                         said ? fmt::format("law: {}, ", word_of(r.backoff->law)) : "", write_duration(r.backoff->base),
                         write_duration(r.backoff->max));
    }
    if (r.ignore_previous_hosts) out += fmt::format(", retryIgnorePreviousHosts: {}", *r.ignore_previous_hosts);
    if (r.host_selection_attempts)
      out += fmt::format(", hostSelectionRetryMaxAttempts: {}", *r.host_selection_attempts);
    if (r.remote_localities) out += fmt::format(", retryRemoteLocalities: {}", *r.remote_localities);
    return out + "}";
  }

  static std::string destination(const DestinationPolicySpec& d, std::vector<std::string> parts = {}) {
    if (d.timeout) parts.push_back("timeout: " + write_duration(*d.timeout));
    if (d.deadline_propagation)
      parts.push_back(fmt::format("deadlinePropagation: {}", word_of(*d.deadline_propagation)));
    if (d.retries) parts.push_back("retries: " + retries(*d.retries));
    if (d.load_balancer) parts.push_back(fmt::format("loadBalancer: {}", word_of(*d.load_balancer)));
    if (d.least_request_choices) parts.push_back(fmt::format("leastRequestChoices: {}", *d.least_request_choices));
    if (d.mtls) parts.push_back(fmt::format("mtls: {}", word_of(*d.mtls)));
    render_limits(d, parts);
    std::string split;
    for (const auto& [version, share] : d.split)
      split += fmt::format("{}{}: {}", split.empty() ? "" : ", ", version, write_percent(share));
    if (!split.empty()) parts.push_back("split: {" + split + "}");
    render_guards(d, parts);
    std::string out;
    for (const std::string& p : parts) out += (out.empty() ? "" : ", ") + p;
    return "{" + out + "}";
  }

  void policy(std::size_t depth, const PolicySpec& p) {
    if (!(p.defaults == DestinationPolicySpec{})) line(depth, "defaults: " + destination(p.defaults));
    for (const auto& [name, d] : p.destinations) line(depth, name + ": " + destination(d));
  }

  void teams() {
    if (!spec_.teams.empty()) line(0, "teams:");
    for (const TeamSpec& t : spec_.teams) {
      line(1, t.name + ":");
      line(2, "services: [" + names(t.services) + "]");
      if (t.redeploy) distribution(2, "redeploy", *t.redeploy);
    }
    if (!spec_.libraries.empty()) line(0, "libraries:");
    for (const LibrarySpec& l : spec_.libraries) {
      std::string words;
      for (const auto& [word, bit] : kSupports) {
        if ((l.supports & bit) != 0) words += (words.empty() ? "" : ", ") + std::string(word);
      }
      line(1, fmt::format("{}: {{supports: [{}]}}", quote(l.language), words));
    }
  }

  // What the reader takes for this enforcer: the rest is refused there.
  void arrangement(const CandidateSpec& c) {
    const bool sidecar = c.enforced_by == EnforcedBy::Sidecar;
    const bool ambient = c.enforced_by == EnforcedBy::Ambient;
    const bool libraries = c.enforced_by != EnforcedBy::Gateway;
    if (c.enforced_by == EnforcedBy::None) return;
    if (c.enrolled) line(2, "enrolled: {services: [" + names(*c.enrolled) + "]}");
    if (c.enrolled || c.others != EnforcedBy::Library) line(2, fmt::format("others: {}", word_of(c.others)));
    if (sidecar) line(2, fmt::format("keepsLibrary: {}", c.keeps_library));
    if (!c.deviations.empty()) line(2, "deviations:");
    for (const DeviationSpec& d : c.deviations) line(3, "- " + deviation(d));
    std::string carriers;
    for (const auto& [knob, carrier] : c.carriers)
      carriers += fmt::format("{}{}: {}", carriers.empty() ? "" : ", ", word_of(knob), word_of(carrier));
    if (!carriers.empty()) line(2, "carriers: {" + carriers + "}");
    if (c.redeploy) distribution(2, "redeploy", *c.redeploy);
    if (c.has_runtime_config) distribution(2, "runtimeConfig", c.runtime_config);
    distribution(2, "replicaRatio", c.replica_ratio);
    if (libraries) line(2, "libraryCpu: " + write_duration(c.library_cpu));
    if (c.inbound_retries) line(2, fmt::format("inboundRetries: {}", *c.inbound_retries));
    if (c.enforced_by == EnforcedBy::Library) return;
    if (const models::TelemetrySpec& t = c.telemetry; !(t == models::TelemetrySpec{}))
      line(2, fmt::format("telemetry: {{metrics: {}, accessLog: {}, tracing: {}, spanCpu: {}}}", t.metrics,
                          write_duration(t.access_log), write_percent(t.tracing), write_duration(t.span_cpu)));
    const ControlPlaneSpec& p = c.control_plane;
    line(2, "controlPlane:");
    distribution(3, "watchDelay", p.watch_delay);
    line(3, fmt::format("debounce: {{quiet: {}, max: {}}}", write_duration(p.debounce_quiet),
                        write_duration(p.debounce_max)));
    distribution(3, "pushContext", p.push_context);
    line(3, fmt::format("throttle: {}", p.throttle));
    distribution(3, "generate", p.generate);
    distribution(3, "network", p.network);
    distribution(3, "apply", p.apply);
    line(3, fmt::format("instances: {}", p.instances));
    if (!ambient) return;
    line(2, "waypoints: [" + names(c.waypoints) + "]");
    if (c.waypoints.empty()) return;
    line(2, "waypoint:");
    line(3, fmt::format("replicas: {}", c.waypoint_replicas));
    if (c.waypoint_profile) profile(3, *c.waypoint_profile);
  }

  static std::string deviation(const DeviationSpec& d) {
    std::vector<std::string> parts;
    if (!d.service.empty()) parts.push_back("service: " + d.service);
    if (!d.team.empty()) parts.push_back("team: " + d.team);
    if (!d.language.empty()) parts.push_back("language: " + quote(d.language));
    if (!d.to.empty()) parts.push_back("to: " + d.to);
    parts.push_back("share: " + write_percent(d.share));
    parts.push_back(fmt::format("by: {}", word_of(d.by)));
    std::string survey;
    for (const DeviationSpec::Found& found : d.survey)
      survey += (survey.empty() ? "" : ", ") + destination(found.policy, {fmt::format("count: {}", found.count)});
    if (!survey.empty()) parts.push_back("from: {found: [" + survey + "]}");
    return destination(d.policy, std::move(parts));
  }

  void candidate(const CandidateSpec& c) {
    line(1, c.name + ":");
    line(2, fmt::format("enforcedBy: {}", word_of(c.enforced_by)));
    if (!c.product.empty()) line(2, "product: " + c.product);
    if (c.load_balancer) line(2, fmt::format("loadBalancer: {}", word_of(*c.load_balancer)));
    arrangement(c);
    if (c.profile) profile(2, *c.profile);
  }

  void profile(std::size_t depth, const ProxyProfileSpec& p) {
    line(depth, "profile:");
    line(depth + 1, "name: " + p.name);
    line(depth + 1, "source: " + quote(p.source));
    line(depth + 1, "date: " + quote(p.date));
    std::string assumed;
    for (const std::string& a : p.assumed) assumed += (assumed.empty() ? "" : ", ") + quote(a);
    line(depth + 1, "assumed: [" + assumed + "]");
    line(depth + 1, "workers: " + limited(p.workers));
    std::string points;
    for (const auto& point : p.cpu_per_request)
      points += fmt::format("{}{{rps: {}, cpu: {}}}", points.empty() ? "" : ", ", write_number(point.rps),
                            write_duration(point.cpu));
    line(depth + 1, "cpuPerRequest: [" + points + "]");
    line(depth + 1, "requestShare: " + write_percent(p.request_share));
    line(depth + 1, "responseShare: " + write_percent(p.response_share));
    line(depth + 1, "telemetryShare: " + write_percent(p.telemetry_share));
    line(depth + 1, "latency:");
    distribution(depth + 2, "request", p.request_latency);
    distribution(depth + 2, "response", p.response_latency);
    line(depth + 1, fmt::format("handshake: {{roundTrips: {}, clientCpu: {}, serverCpu: {}}}",
                                write_number(p.handshake_round_trips), write_duration(p.handshake_client_cpu),
                                write_duration(p.handshake_server_cpu)));
    line(depth + 1, "memory: " + write_size(p.memory_mb));
  }

  void timeline(const TimelineEntrySpec& e) {
    line(1, "- name: " + e.name);
    line(2, "at: " + write_duration(e.at));
    if (e.duration > 0) line(2, "for: " + write_duration(e.duration));
    if (!e.part_of.empty()) line(2, "partOf: " + e.part_of);
    if (e.verb == TimelineVerb::Down) {
      line(2, "down: control-plane");
      return;
    }
    if (e.verb == TimelineVerb::Change) {
      line(2, policy_has_content(e.change) ? "change:" : "change: {}");
      policy(3, e.change);
      return;
    }
    line(2, fmt::format("{}: {}{}{}", word_of(e.verb), e.service, e.version.empty() ? "" : "@", e.version));
    if (e.verb == TimelineVerb::Slow) line(2, "by: " + write_number(e.factor) + "x");
    if (e.application) line(2, "container: application");
    if (e.replicas) line(2, fmt::format("replicas: {}", *e.replicas));
  }

  void limits() {
    const LimitSpec& l = spec_.limits;
    line(0, "limits:");
    line(1, "events: " + (l.events == 0 ? std::string("unlimited") : fmt::format("{}", l.events)));
    line(1, fmt::format("inFlight: {}", l.in_flight));
    line(1, fmt::format("eventsAtOneInstant: {}", l.events_at_one_instant));
    line(1, fmt::format("callDepth: {}", l.call_depth));
    if (l.memory_mb > 0) line(1, fmt::format("memory: {}MB", l.memory_mb));
  }

  const ScenarioSpec& spec_;
  const Phrasebook& phrases_;
  std::string out_;
};

}  // namespace

std::string render(const ScenarioSpec& spec, const Phrasebook& phrases) { return Writer(spec, phrases).write(); }

}  // namespace reader
