// What one proxy costs by its profile: CPU and latency by rate, and what a candidate's telemetry makes of it.
#include "models/fleet/flow.h"

namespace models {

ProxyProfileSpec with_telemetry(ProxyProfileSpec profile, const TelemetrySpec& telemetry) {
  const double kept = 1.0 - profile.telemetry_share;
  if (!telemetry.metrics && kept > 0.0 && kept < 1.0) {
    for (ProxyProfileSpec::CpuPoint& point : profile.cpu_per_request) {
      point.cpu = static_cast<sim::Duration>((static_cast<double>(point.cpu) * kept + 0x1p52) - 0x1p52);
    }
    profile.request_share /= kept;
    profile.response_share /= kept;
    profile.telemetry_share = 0.0;
  }
  const double spans = telemetry.tracing * static_cast<double>(telemetry.span_cpu);
  profile.reporting_cpu = telemetry.access_log + static_cast<sim::Duration>((spans + 0x1p52) - 0x1p52);
  return profile;
}

double proxy_cpu(const ProxyProfileSpec& profile, double rps) {
  const auto& points = profile.cpu_per_request;
  if (points.empty()) return 0.0;
  if (rps <= points.front().rps) return sim::to_seconds(points.front().cpu);
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (rps <= points[i].rps) {
      const double along = (rps - points[i - 1].rps) / (points[i].rps - points[i - 1].rps);
      return sim::to_seconds(points[i - 1].cpu) + along * sim::to_seconds(points[i].cpu - points[i - 1].cpu);
    }
  }
  return sim::to_seconds(points.back().cpu);
}

double proxy_latency(const ProxyProfileSpec& profile, double rps) {
  const double on_worker = (profile.request_share + profile.response_share) * proxy_cpu(profile, rps);
  return on_worker + (profile.request_latency.mean() + profile.response_latency.mean()) * 1e-9;
}

}  // namespace models
