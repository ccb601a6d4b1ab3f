// The words of the scenario language for the enumerators of the spec: one list each, read by the decoder and by render.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "models/spec/scenario_spec.h"

namespace reader {

template <class E>
using Word = std::pair<std::string_view, E>;

inline constexpr Word<models::RetryOn> kRetryConditions[] = {
    {"5xx", models::RetryOn::FiveXx},
    {"gateway-error", models::RetryOn::GatewayError},
    {"reset", models::RetryOn::Reset},
    {"reset-before-request", models::RetryOn::ResetBeforeRequest},
    {"connect-failure", models::RetryOn::ConnectFailure},
    {"refused-stream", models::RetryOn::RefusedStream},
    {"retriable-4xx", models::RetryOn::Retriable4xx},
    {"cancelled", models::RetryOn::Cancelled},
    {"deadline-exceeded", models::RetryOn::DeadlineExceeded},
    {"resource-exhausted", models::RetryOn::ResourceExhausted},
    {"unavailable", models::RetryOn::Unavailable},
    {"internal", models::RetryOn::Internal},
    {"envoy-ratelimited", models::RetryOn::EnvoyRatelimited}};

inline constexpr Word<models::BackoffLaw> kBackoffLaws[] = {
    {"envoy", models::BackoffLaw::EnvoyCurrent},
    {"envoy-legacy", models::BackoffLaw::EnvoyLegacy},
    {"envoy-legacy-atom", models::BackoffLaw::EnvoyLegacyAtom},
    {"full-jitter", models::BackoffLaw::FullJitter},
    {"exponential", models::BackoffLaw::Exponential},
    {"decorrelated", models::BackoffLaw::Decorrelated},
    {"linkerd", models::BackoffLaw::Linkerd},
    {"grpc", models::BackoffLaw::Grpc},
    {"exponential-half-jitter", models::BackoffLaw::ExponentialHalfJitter}};
inline constexpr Word<models::LoadBalancer> kLoadBalancers[] = {
    {"LEAST_REQUEST", models::LoadBalancer::LeastRequest},
    {"ROUND_ROBIN", models::LoadBalancer::RoundRobin},
    {"RANDOM", models::LoadBalancer::Random},
    {"CONNECTION_RANDOM", models::LoadBalancer::ConnectionRandom},
    {"PEAK_EWMA", models::LoadBalancer::PeakEwma},
    {"PICK_FIRST", models::LoadBalancer::PickFirst}};
inline constexpr Word<models::RetryBudgetSpec::Deposits> kDeposits[] = {
    {"completions", models::RetryBudgetSpec::Deposits::Completions},
    {"requests", models::RetryBudgetSpec::Deposits::Requests}};
inline constexpr Word<models::MtlsMode> kMtlsModes[] = {{"STRICT", models::MtlsMode::Strict},
                                                        {"PERMISSIVE", models::MtlsMode::Permissive},
                                                        {"DISABLE", models::MtlsMode::Disable}};
inline constexpr Word<models::Protocol> kProtocols[] = {{"http1", models::Protocol::Http1},
                                                        {"http", models::Protocol::Http1},
                                                        {"http2", models::Protocol::Http2},
                                                        {"grpc", models::Protocol::Grpc}};
inline constexpr Word<models::DeadlinePropagation> kDeadlinePropagations[] = {
    {"none", models::DeadlinePropagation::None},
    {"grpc", models::DeadlinePropagation::Grpc},
    {"envoy-expected", models::DeadlinePropagation::EnvoyExpected}};
inline constexpr Word<models::Discipline> kDisciplines[] = {{"fifo", models::Discipline::Fifo},
                                                            {"lifo", models::Discipline::Lifo}};
inline constexpr Word<models::WhenCallerGone> kWhenCallerGone[] = {{"serve", models::WhenCallerGone::Serve},
                                                                   {"withdraw", models::WhenCallerGone::Withdraw},
                                                                   {"cancel", models::WhenCallerGone::Cancel}};
inline constexpr Word<models::WhenDeadlinePassed> kWhenDeadlinePassed[] = {
    {"stop", models::WhenDeadlinePassed::Stop},
    {"drop", models::WhenDeadlinePassed::Drop},
    {"serve", models::WhenDeadlinePassed::Serve}};
inline constexpr Word<models::ErrorWhen> kErrorWhen[] = {{"after", models::ErrorWhen::After},
                                                         {"before", models::ErrorWhen::Before}};
inline constexpr Word<models::ErrorPer> kErrorPer[] = {{"attempt", models::ErrorPer::Attempt},
                                                       {"request", models::ErrorPer::Request}};
inline constexpr Word<models::ArrivalKind> kArrivals[] = {{"poisson", models::ArrivalKind::Poisson},
                                                          {"paced", models::ArrivalKind::Paced},
                                                          {"jittered", models::ArrivalKind::Jittered},
                                                          {"renewal", models::ArrivalKind::Renewal}};
inline constexpr Word<models::EnforcedBy> kEnforcers[] = {
    {"none", models::EnforcedBy::None},       {"library", models::EnforcedBy::Library},
    {"sidecar", models::EnforcedBy::Sidecar}, {"proxyless", models::EnforcedBy::Proxyless},
    {"gateway", models::EnforcedBy::Gateway}, {"ambient", models::EnforcedBy::Ambient},
    {"node", models::EnforcedBy::Node}};
inline constexpr Word<models::Carrier> kCarriers[] = {{"push", models::Carrier::Push},
                                                      {"runtimeConfig", models::Carrier::RuntimeConfig},
                                                      {"replicaRatio", models::Carrier::ReplicaRatio},
                                                      {"redeploy", models::Carrier::Redeploy}};
inline constexpr Word<models::Knob> kKnobWords[] = {{"timeout", models::Knob::Timeout},
                                                    {"retries", models::Knob::Retries},
                                                    {"loadBalancer", models::Knob::LoadBalancer},
                                                    {"split", models::Knob::Split},
                                                    {"mtls", models::Knob::Mtls},
                                                    {"connectionPool", models::Knob::ConnectionPool},
                                                    {"outlierDetection", models::Knob::OutlierDetection},
                                                    {"fault", models::Knob::Fault},
                                                    {"mirror", models::Knob::Mirror},
                                                    {"rateLimit", models::Knob::RateLimit},
                                                    {"authorization", models::Knob::Authorization}};
inline constexpr Word<std::uint32_t> kSupports[] = {{"timeout", models::bit(models::Knob::Timeout)},
                                                    {"retries", models::bit(models::Knob::Retries)},
                                                    {"mtls", models::bit(models::Knob::Mtls)},
                                                    {"telemetry", models::kTelemetryBit},
                                                    {"loadBalancer", models::bit(models::Knob::LoadBalancer)},
                                                    {"split", models::bit(models::Knob::Split)},
                                                    {"connectionPool", models::bit(models::Knob::ConnectionPool)},
                                                    {"outlierDetection", models::bit(models::Knob::OutlierDetection)},
                                                    {"fault", models::bit(models::Knob::Fault)},
                                                    {"mirror", models::bit(models::Knob::Mirror)},
                                                    {"rateLimit", models::bit(models::Knob::RateLimit)},
                                                    {"authorization", models::bit(models::Knob::Authorization)}};
inline constexpr Word<models::DeviationBy> kDeviationBy[] = {{"service", models::DeviationBy::Service},
                                                             {"team", models::DeviationBy::Team},
                                                             {"language", models::DeviationBy::Language}};
inline constexpr Word<models::TimelineVerb> kVerbs[] = {{"slow", models::TimelineVerb::Slow},
                                                        {"stall", models::TimelineVerb::Stall},
                                                        {"crash", models::TimelineVerb::Crash},
                                                        {"change", models::TimelineVerb::Change},
                                                        {"down", models::TimelineVerb::Down}};

template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view find_word(const Word<E> (&list)[N], E value) {
  for (const auto& [word, e] : list) {
    if (e == value) return word;
  }
  return "?";
}
template <class E, std::size_t N>
[[nodiscard]] constexpr std::optional<E> find_value(const Word<E> (&list)[N], std::string_view text) {
  for (const auto& [word, e] : list) {
    if (word == text) return e;
  }
  return std::nullopt;
}

[[nodiscard]] constexpr std::string_view word_of(models::BackoffLaw v) { return find_word(kBackoffLaws, v); }
[[nodiscard]] constexpr std::string_view word_of(models::LoadBalancer v) { return find_word(kLoadBalancers, v); }
[[nodiscard]] constexpr std::string_view word_of(models::MtlsMode v) { return find_word(kMtlsModes, v); }
[[nodiscard]] constexpr std::string_view word_of(models::DeadlinePropagation v) {
  return find_word(kDeadlinePropagations, v);
}
[[nodiscard]] constexpr std::string_view word_of(models::Protocol v) { return find_word(kProtocols, v); }
[[nodiscard]] constexpr std::string_view word_of(models::Discipline v) { return find_word(kDisciplines, v); }
[[nodiscard]] constexpr std::string_view word_of(models::WhenCallerGone v) { return find_word(kWhenCallerGone, v); }
[[nodiscard]] constexpr std::string_view word_of(models::WhenDeadlinePassed v) {
  return find_word(kWhenDeadlinePassed, v);
}
[[nodiscard]] constexpr std::string_view word_of(models::ErrorWhen v) { return find_word(kErrorWhen, v); }
[[nodiscard]] constexpr std::string_view word_of(models::ErrorPer v) { return find_word(kErrorPer, v); }
[[nodiscard]] constexpr std::string_view word_of(models::ArrivalKind v) { return find_word(kArrivals, v); }
[[nodiscard]] constexpr std::string_view word_of(models::EnforcedBy v) { return find_word(kEnforcers, v); }
[[nodiscard]] constexpr std::string_view word_of(models::Carrier v) { return find_word(kCarriers, v); }
[[nodiscard]] constexpr std::string_view word_of(models::Knob v) { return find_word(kKnobWords, v); }
[[nodiscard]] constexpr std::string_view word_of(models::DeviationBy v) { return find_word(kDeviationBy, v); }
[[nodiscard]] constexpr std::string_view word_of(models::TimelineVerb v) { return find_word(kVerbs, v); }

}  // namespace reader
