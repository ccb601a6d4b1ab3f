// Rows of the field table: who holds the policy (teams, libraries, candidates).
// See fields.h; joined by field_rows.cpp, of no use to anybody else.
#pragma once

#include "scenarios/reader/field_row.h"

namespace reader::rows {

inline constexpr Field kCandidate[] = {
    // ---- teams and libraries ----
    {"Team", "services", "[Name]", nullptr, kNone, kNone, true, false, "Services it owns."},
    {"Team", "redeploy", "LeadTime", nullptr, kNone, kNone, false, false,
     "Lead time of a change that needs a release. Absent: lognormal, median 21 d, 95% within 128 d (assumed)."},
    {"Library", "supports", "[Support]", nullptr, kNone, kNone, true, false,
     "What it enforces; the rest of the policy is not enforced where it acts. []: nothing."},

    // ---- candidates ----
    {"Candidate", "enforcedBy", "=none,library,sidecar,proxyless,gateway,ambient,waypoint", nullptr, kNone, kNone,
     false, false,
     "none: nobody; library: every service's own process, with no extra hop; sidecar: a proxy at both ends; proxyless: "
     "the library, configured by a control plane; gateway: the gateway's proxies alone. Follows from the name or the "
     "product if absent. ambient and waypoint are not built yet."},
    {"Candidate", "product", "Name", nullptr, kNone, kNone, false, false,
     "istio-1.24 (the default of sidecar and gateway), istio-1.20, istio-2020-default-telemetry or envoy: behaviour "
     "and "
     "cost profile. With sidecar and gateway only."},
    {"Candidate", "profile", "Profile", nullptr, kNone, kNone, false, false,
     "Cost profile of the proxies, instead of the product's."},
    {"Candidate", "loadBalancer", "=LEAST_REQUEST,ROUND_ROBIN,RANDOM,CONNECTION_RANDOM", nullptr, kNone, kNone, false,
     false, "Overrides what the product and the policy say."},
    {"Candidate", "enrolled", "Enrolled", nullptr, kNone, kNone, false, false,
     "With sidecar and proxyless: the part of the fleet that has them; absent: all of it. Elsewhere `others` act."},
    {"Candidate", "others", "=none,library", "library", kNone, kNone, false, false,
     "Who acts on the services that are not enrolled."},
    {"Candidate", "keepsLibrary", "Bool", "false", kNone, kNone, false, false,
     "With sidecar, half-migrated: enrolled services keep their library's timeouts and retries above the proxy's."},
    {"Candidate", "deviations", "[Deviation]", nullptr, kNone, kNone, false, false,
     "Where the policy in the libraries is not the intended one; later ones are laid over earlier ones. With library "
     "and proxyless, and with sidecar where libraries still act."},
    {"Candidate", "carriers", "Carriers", nullptr, kNone, kNone, false, false,
     "How a change of a knob travels, instead of the default carrier (docs/policies.md)."},
    {"Candidate", "redeploy", "LeadTime", nullptr, kNone, kNone, false, false,
     "Lead time of a release, of every team alike, instead of the teams' own. {median: 4h, p95: 2d} in a candidate "
     "named automated that says none."},
    {"Candidate", "runtimeConfig", "Delay", nullptr, kNone, kNone, false, false,
     "Libraries read timeouts, retries and balancers while they run, this long after a change. Absent: they do not "
     "(10s for a carrier that says so all the same)."},
    {"Candidate", "replicaRatio", "Delay", "60s", kNone, kNone, false, false,
     "From the decision to new numbers of replicas: how a split moves without proxies."},
    {"Candidate", "libraryCpu", "Duration", "0s", 0, kMax, false, false,
     "CPU of the library for one call, in the caller's process; counted, adds no latency."},
    {"Candidate", "controlPlane", "ControlPlane", nullptr, kNone, kNone, false, false,
     "How configuration reaches the proxies. With sidecar, proxyless and gateway."},
    later("Candidate", "waypoints", "Ambient waypoints."),
    later("Candidate", "policy", "Policy of one candidate alone."),

    {"Enrolled", "teams", "[Name]", nullptr, kNone, kNone, false, false, "All services of these teams."},
    {"Enrolled", "services", "[Name]", nullptr, kNone, kNone, false, false, "These services."},
    {"Deviation", "service", "Name", nullptr, kNone, kNone, false, false, "Calls of this service only."},
    {"Deviation", "team", "Name", nullptr, kNone, kNone, false, false, "Calls of this team's services only."},
    {"Deviation", "language", "Text", nullptr, kNone, kNone, false, false,
     "Calls of services in this language only. None of service, team and language: anybody's calls."},
    {"Deviation", "to", "Name", nullptr, kNone, kNone, false, false,
     "Towards this service; absent: towards every one."},
    {"Deviation", "share", "Percent", "100%", 0, 1, false, false,
     "Of the groups that match, to the nearest whole number of them, drawn by name from the scenario's seed. A larger "
     "share contains a smaller one."},
    {"Deviation", "by", "=service,team,language", "service", kNone, kNone, false, false,
     "What one group is: drift goes by service, by team or by language."},
    {"Carriers", "timeout", "=push,runtimeConfig,redeploy", nullptr, kNone, kNone, false, false, "Of timeouts."},
    {"Carriers", "retries", "=push,runtimeConfig,redeploy", nullptr, kNone, kNone, false, false, "Of retries."},
    {"Carriers", "loadBalancer", "=push,runtimeConfig,redeploy", nullptr, kNone, kNone, false, false,
     "Of loadBalancer and leastRequestChoices."},
    {"Carriers", "split", "=push,runtimeConfig,replicaRatio,redeploy", nullptr, kNone, kNone, false, false,
     "Of splits."},
    {"Carriers", "mtls", "=push,runtimeConfig,redeploy", nullptr, kNone, kNone, false, false, "Of mtls."},
    {"ControlPlane", "watchDelay", "Delay", "20ms", kNone, kNone, false, false,
     "From the API server to the control plane. Assumed."},
    {"ControlPlane", "debounce", "Debounce", nullptr, kNone, kNone, false, false,
     "Changes that come close together are pushed as one."},
    {"ControlPlane", "pushContext", "Delay", "50ms", kNone, kNone, false, false,
     "Computing the snapshot of one push. Assumed."},
    {"ControlPlane", "throttle", "Count", "25", 1, 1e6, false, false, "Pushes at once (PILOT_PUSH_THROTTLE)."},
    {"ControlPlane", "generate", "Delay", "5ms", kNone, kNone, false, false,
     "Computing the configuration of one proxy. Assumed."},
    {"ControlPlane", "network", "Delay", "1ms", kNone, kNone, false, false,
     "From the control plane to a proxy, one way. Assumed."},
    {"ControlPlane", "apply", "Delay", "10ms", kNone, kNone, false, false,
     "In the proxy, until new requests see it. Assumed."},
    {"ControlPlane", "instances", "Count", "1", 1, 1000, false, false, "Each has its share of the proxies."},
    {"Debounce", "quiet", "Duration", "100ms", 0, kMax, false, false,
     "Without another change, before a push (PILOT_DEBOUNCE_AFTER)."},
    {"Debounce", "max", "Duration", "10s", 0, kMax, false, false,
     "After the first change, whatever comes (PILOT_DEBOUNCE_MAX)."},

    {"Profile", "name", "Name", nullptr, kNone, kNone, false, false, "Name in reports."},
    {"Profile", "source", "Text", "\"\"", kNone, kNone, false, false, "Where the numbers come from."},
    {"Profile", "date", "Text", "\"\"", kNone, kNone, false, false, "When they were measured."},
    {"Profile", "assumed", "[Text]", nullptr, kNone, kNone, false, false,
     "Parts that are assumptions, not measurements."},
    {"Profile", "workers", "Count|=unlimited", "2", 1, 1e6, false, false,
     "Worker threads of one proxy. unlimited: its costs never queue."},
    {"Profile", "cpuPerRequest", "Duration|[CpuPoint]", "0s", 0, kMax, false, false,
     "CPU of one exchange (request and response) through one proxy."},
    {"Profile", "requestShare", "Percent", "0%", 0, 1, false, false, "Part of that CPU before the request leaves."},
    {"Profile", "responseShare", "Percent", "0%", 0, 1, false, false,
     "Part before the response leaves; the rest runs after the reply."},
    {"Profile", "latency", "ProxyLatency", nullptr, kNone, kNone, false, false, "Delay that occupies no worker."},
    {"Profile", "handshake", "Handshake", nullptr, kNone, kNone, false, false, "A new mTLS connection."},
    {"Profile", "memory", "Size", "0MB", 0, 1e9, false, false, "Memory of one proxy."},
    {"CpuPoint", "rps", "Rate|Number", nullptr, 0, 1e9, true, false,
     "Requests per second through the proxy: 500/s, or bare, as the key names the unit."},
    {"CpuPoint", "cpu", "Duration", nullptr, 0, kMax, true, false, "CPU time per exchange."},
    {"ProxyLatency", "request", "Distribution", "{constant: 0s}", kNone, kNone, false, false, "Of a request."},
    {"ProxyLatency", "response", "Distribution", "{constant: 0s}", kNone, kNone, false, false, "Of a response."},
    {"Handshake", "roundTrips", "Number", "0", 0, 100, false, false, "TLS, on top of TCP's."},
    {"Handshake", "clientCpu", "Duration", "0s", 0, kMax, false, false, "CPU time of the client's proxy."},
    {"Handshake", "serverCpu", "Duration", "0s", 0, kMax, false, false, "CPU time of the server's proxy."},
};

}  // namespace reader::rows
