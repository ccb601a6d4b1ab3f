// What a scenario says about services, endpoints and their steps. Plain values, no behaviour.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/policy_spec.h"
#include "sim/distributions/distribution.h"
#include "sim/time.h"

namespace models {

enum class Protocol : std::uint8_t { Http1, Http2, Grpc };
enum class OnFailure : std::uint8_t { Fail, Ignore, Fallback };
enum class ErrorWhen : std::uint8_t { After, Before };  // after the work is spent, or instead of it
enum class ErrorPer : std::uint8_t { Attempt, Request };

struct ErrorSpec {
  double rate = 0.0;  // probability in [0, 1]
  std::uint16_t status = 500;
  ErrorWhen when = ErrorWhen::After;
  ErrorPer per = ErrorPer::Attempt;
  bool operator==(const ErrorSpec&) const = default;
};

// A call step. `timeout` and `retries` here are the application's own code, present in every candidate.
struct CallSpec {
  std::string service;
  std::string endpoint;  // resolved by the reader: never empty after loading
  std::optional<sim::Duration> timeout;
  std::optional<RetrySpec> retries;
  OnFailure on_failure = OnFailure::Fail;
  std::optional<sim::Distribution> fallback;  // work done instead, with OnFailure::Fallback
  bool fire_and_forget = false;
};

enum class StepKind : std::uint8_t { Work, Wait, Call, Sequence, Parallel, Choose };

// One step of an endpoint. A Choose runs exactly one child with the child's `probability` (they sum to at
// most 1; the rest is "none of them"). Elsewhere `probability` decides alone whether the step runs.
struct StepSpec {
  StepKind kind = StepKind::Work;
  double probability = 1.0;
  std::uint32_t repeat = 1;
  std::optional<sim::Distribution> duration;  // Work, Wait
  std::optional<CallSpec> call;               // Call
  std::vector<StepSpec> children;             // Sequence, Parallel, Choose
};

struct EndpointSpec {
  std::string name;
  std::vector<StepSpec> steps;
  ErrorSpec errors;
  bool idempotent = true;
};

struct VersionSpec {
  std::string name;
  std::uint32_t replicas = 1;
  std::map<std::string, std::uint32_t> zones;  // zone -> replicas; empty: spread evenly over all zones
  std::vector<std::uint32_t> weights;          // of each replica (with `zones`: zone after zone); empty: all alike
  std::vector<EndpointSpec> endpoints;         // complete: the reader merges the service's with the version's own
};

enum class Discipline : std::uint8_t { Fifo, Lifo };
enum class WhenCallerGone : std::uint8_t { Serve, Withdraw, Cancel };
// What a server does about a request whose deadline, which the caller has sent along, is over.
enum class WhenDeadlinePassed : std::uint8_t {
  Stop,   // queued or running: a handler that looks at its context
  Drop,   // while queued only
  Serve,  // nothing: it looks at nothing
};

inline constexpr std::uint32_t kUnlimited = 0xffffffffu;

struct QueueSpec {
  std::uint32_t capacity = 1024;  // waiting requests per replica; kUnlimited: no bound
  Discipline discipline = Discipline::Fifo;
  WhenCallerGone when_caller_gone = WhenCallerGone::Serve;
  WhenDeadlinePassed when_deadline_passed = WhenDeadlinePassed::Stop;
};

struct ServiceSpec {
  std::string name;
  std::string language;  // free text until libraries exist
  Protocol protocol = Protocol::Http2;
  std::uint32_t workers = 4;  // requests served at once per replica; kUnlimited: no limit
  std::optional<double> cpu;  // cores per replica; absent: no contention between workers
  bool blocking = false;      // a blocking server holds its worker during downstream calls
  QueueSpec queue;
  double memory_mb = 0.0;             // of one replica's application container; 0: not stated
  std::vector<VersionSpec> versions;  // at least one; a service without `versions` has one named "v1"
};

}  // namespace models
