#include "models/policy/product.h"

#include <algorithm>

namespace models {
namespace {

constexpr std::uint32_t bit(RetryOn condition) { return static_cast<std::uint32_t>(condition); }

constexpr sim::Duration kHour = 3600 * sim::kSecond;

constexpr std::uint32_t kIstioRetryOn =
    bit(RetryOn::ConnectFailure) | bit(RetryOn::RefusedStream) | bit(RetryOn::Unavailable) | bit(RetryOn::Cancelled);

constexpr std::uint32_t kGrpcConditions = bit(RetryOn::Cancelled) | bit(RetryOn::DeadlineExceeded) |
                                          bit(RetryOn::ResourceExhausted) | bit(RetryOn::Unavailable) |
                                          bit(RetryOn::Internal);

constexpr RetryBudgetSpec kEnvoyBudget{.kind = RetryBudgetSpec::Kind::Concurrency};
constexpr RetryBudgetSpec kLinkerdBudget{.kind = RetryBudgetSpec::Kind::Window};
constexpr RetryBudgetSpec kGrpcBudget{.kind = RetryBudgetSpec::Kind::Tokens, .share = 0.1};

constexpr ConnectionPool kIstioPool{.connect_timeout = 10 * sim::kSecond, .idle_timeout = kHour};
constexpr ConnectionPool kEnvoyPool{.connections = 1024,
                                    .pending = 1024,
                                    .requests = 1024,
                                    .retries = 3,
                                    .streams = 1024,
                                    .connect_timeout = 5 * sim::kSecond,
                                    .idle_timeout = kHour};

constexpr ProductDefaults kIstioLegacy{
    .family = "istio-legacy-503",
    .title = "Istio before it left status 503 out",
    .maker = Maker::Istio,
    .load_balancer = LoadBalancer::LeastRequest,
    .retries = 2,
    .retry_on = kIstioRetryOn,
    .status_codes = {503},
    .avoid_tried_hosts = true,
    .repicks = 5,
    .leaves_tried_zones = true,
    .budget = kEnvoyBudget,
    .pool = kIstioPool,
    .weighs = true,
    .warms_up = true,
    .zones = Zones::WithOutlierDetection,
    .hedges = Hedges::OnPerTryTimeout,
    .inbound_retries = 2,
    .note =
        "Istio before it left status 503 out: no timeout, 2 retries on connect-failure, refused-stream, "
        "unavailable, cancelled, 503 to other replicas, LEAST_REQUEST"};
constexpr ProductDefaults kIstio{
    .family = "istio",
    .title = "Istio",
    .maker = Maker::Istio,
    .load_balancer = LoadBalancer::LeastRequest,
    .retries = 2,
    .retry_on = kIstioRetryOn,
    .avoid_tried_hosts = true,
    .repicks = 5,
    .leaves_tried_zones = true,
    .budget = kEnvoyBudget,
    .pool = kIstioPool,
    .weighs = true,
    .warms_up = true,
    .zones = Zones::WithOutlierDetection,
    .hedges = Hedges::OnPerTryTimeout,
    .inbound_retries = 2,
    .note =
        "Istio: no timeout, 2 retries on connect-failure, refused-stream, unavailable, cancelled to other "
        "replicas, LEAST_REQUEST"};
constexpr ProductDefaults kEnvoy{
    .family = "envoy",
    .title = "Envoy",
    .maker = Maker::Envoy,
    .load_balancer = LoadBalancer::RoundRobin,
    .timeout = 15 * sim::kSecond,
    .repicks = 1,
    .leaves_tried_zones = true,
    .budget = kEnvoyBudget,
    .pool = kEnvoyPool,
    .weighs = true,
    .warms_up = true,
    .zones = Zones::IfAsked,
    .hedges = Hedges::OnPerTryTimeout,
    .note =
        "Envoy: 15 s timeout, no retries, ROUND_ROBIN; per client and destination at most 1,024 connections, "
        "1,024 waiting and 1,024 active requests, 3 retries"};
constexpr ProductDefaults kConsul{
    .family = "consul",
    .title = "Consul",
    .maker = Maker::Consul,
    .load_balancer = LoadBalancer::RoundRobin,
    .timeout = 15 * sim::kSecond,
    .budget = kEnvoyBudget,
    .pool = kEnvoyPool,
    .outlier_detection = true,
    .weighs = true,
    .zones = Zones::IfAsked,
    .hedges = Hedges::OnPerTryTimeout,
    .note =
        "Consul: 15 s timeout, no retries, ROUND_ROBIN; outlier detection by Envoy's defaults without being asked; "
        "per client and destination at most 1,024 connections, 1,024 waiting and 1,024 active requests, 3 retries"};
constexpr ProductDefaults kLinkerd{
    .family = "linkerd",
    .title = "Linkerd",
    .maker = Maker::Linkerd,
    .load_balancer = LoadBalancer::PeakEwma,
    .backoff = {.law = BackoffLaw::Linkerd},
    .budget = kLinkerdBudget,
    .pool = {.connect_timeout = 1 * sim::kSecond, .idle_timeout = 3 * sim::kSecond},
    .http1_idle = true,
    .always_mtls = true,
    .without_application = 502,
    .lacks = bit(Knob::Fault) | bit(Knob::Mirror) | bit(Knob::OutlierDetection),
    .note =
        "Linkerd: no timeout, no retries, PEAK_EWMA, mTLS between its proxies always; retries of answers alone, "
        "each by a new draw of the split; no fault injection, mirroring or outlierDetection (failureAccrual)"};
constexpr ProductDefaults kGrpc{
    .family = "grpc",
    .title = "gRPC",
    .maker = Maker::Grpc,
    .load_balancer = LoadBalancer::RoundRobin,
    .backoff = {.law = BackoffLaw::Grpc},
    .budget = kGrpcBudget,
    .pool = {.requests = 1024},
    .lacks = bit(Knob::Mirror),
    .most_retries = 4,
    .note =
        "gRPC over xDS: no timeout, no retries, ROUND_ROBIN, 1,024 active requests per client and destination; "
        "retries by gRPC's codes alone, at most five tries; no per-try timeout, no mirroring"};
constexpr ProductDefaults kGrpcAlone{
    .family = "grpc without a control plane",
    .title = "gRPC without a control plane",
    .maker = Maker::Grpc,
    .load_balancer = LoadBalancer::PickFirst,
    .backoff = {.law = BackoffLaw::Grpc},
    .budget = kGrpcBudget,
    .hedges = Hedges::ByDelay,
    .lacks = bit(Knob::Mirror),
    .most_retries = 4,
    .note =
        "gRPC without a control plane: no timeout, no retries, PICK_FIRST; retries by gRPC's codes alone, at most "
        "five tries; no per-try timeout, no mirroring"};
constexpr ProductDefaults kLibrary{.family = "",
                                   .title = "library",
                                   .load_balancer = LoadBalancer::RoundRobin,
                                   .repicks = 5,  // as Istio's
                                   .budget = kEnvoyBudget,
                                   .zones = Zones::IfAsked,
                                   .hedges = Hedges::ByDelay,
                                   .note = "library: no timeout, no retries, ROUND_ROBIN"};

// A family stands before the ones whose names it begins with.
constexpr std::array<const ProductDefaults*, 8> kProducts{&kIstioLegacy, &kIstio,     &kEnvoy, &kConsul,
                                                          &kLinkerd,     &kGrpcAlone, &kGrpc,  &kLibrary};

}  // namespace

const ProductDefaults& product_defaults(std::string_view product) {
  for (const ProductDefaults* row : kProducts) {
    if (product.substr(0, row->family.size()) == row->family) return *row;
  }
  return kLibrary;
}

const ProductDefaults& product_of(const CandidateSpec& candidate, EnforcedBy by) {
  const bool in_process = by == EnforcedBy::None || by == EnforcedBy::Library || by == EnforcedBy::Proxyless;
  if (!in_process) return product_defaults(candidate.product);
  if (by != candidate.enforced_by || candidate.product.empty()) return kLibrary;
  return by == EnforcedBy::Library ? kGrpcAlone : kGrpc;
}

RetryPolicy as_done_by(const ProductDefaults& product, RetryPolicy said) {
  said.max = std::min(said.max, product.most_retries);
  if (product.maker == Maker::Linkerd) said.style = RetryStyle::Linkerd;
  said.heeds_ratelimited =
      product.maker == Maker::Istio || product.maker == Maker::Envoy || product.maker == Maker::Consul;
  if (product.maker == Maker::Grpc && said.grpc) {
    const bool unavailable = has(said.retry_on, RetryOn::Unavailable);
    said.retry_on &= kGrpcConditions;
    // A connection that cannot be made, or breaks, is UNAVAILABLE to the caller.
    if (unavailable) said.retry_on |= bit(RetryOn::ConnectFailure) | bit(RetryOn::Reset);
  }
  return said;
}

}  // namespace models
