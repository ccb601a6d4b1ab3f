#include "models/spec/candidate_spec.h"

#include "sim/check.h"

namespace models {

const char* name_of(Knob knob) {
  switch (knob) {
    case Knob::Timeout: return "timeout";
    case Knob::Retries: return "retries";
    case Knob::LoadBalancer: return "loadBalancer";
    case Knob::Split: return "split";
    case Knob::Mtls: return "mtls";
    case Knob::ConnectionPool: return "connectionPool";
    case Knob::OutlierDetection: return "outlierDetection";
    case Knob::Fault: return "fault";
    case Knob::Mirror: return "mirror";
    case Knob::RateLimit: return "rateLimit";
    case Knob::Authorization: return "authorization";
  }
  SIM_UNREACHABLE();
}

const char* name_of(Carrier carrier) {
  switch (carrier) {
    case Carrier::Push: return "push";
    case Carrier::RuntimeConfig: return "runtimeConfig";
    case Carrier::ReplicaRatio: return "replicaRatio";
    case Carrier::Redeploy: return "redeploy";
  }
  SIM_UNREACHABLE();
}

}  // namespace models
