#include "models/plan/reachability.h"

#include "models/plan/arrangement.h"
#include "models/plan/compile.h"
#include "models/plan/compile_guards.h"
#include "models/plan/compile_policies.h"
#include "models/policy/authorization.h"
#include "sim/check.h"

namespace models {
namespace {

// Libraries deviate in whether they encrypt: a caller that has no calls to this callee is as the intent says.
Reach reach_of(const HolderPlan& client, const HolderPlan& server, const DestinationPolicySpec& told,
               const std::string& caller, const std::string& endpoint) {
  const bool mtls = mtls_between(client, server, told.mtls);
  if (!mtls && told.mtls == MtlsMode::Strict && is_proxied(server)) return Reach::Refused;
  // Behind a waypoint: by it, unless the caller calls past it.
  const bool judged = server.behind_waypoint ? client.by == EnforcedBy::Ambient : guards(server, Knob::Authorization);
  const bool layer_4 = server.by == EnforcedBy::Ambient && !server.behind_waypoint;
  const DestinationPolicySpec rules = layer_4 ? at_layer_4(told) : told;
  if (judged && decide(rules, mtls ? caller : "", endpoint) == Verdict::Deny) return Reach::Denied;
  return mtls ? Reach::Mtls : Reach::Plaintext;
}

}  // namespace

const char* name_of(Reach reach) {
  switch (reach) {
    case Reach::Mtls: return "mtls";
    case Reach::Plaintext: return "plaintext";
    case Reach::Denied: return "denied";
    case Reach::Refused: return "refused";
  }
  SIM_UNREACHABLE();
}

std::vector<ReachRow> reachability(const ScenarioSpec& spec, std::size_t candidate, std::uint32_t after) {
  const Plan plan = compile(spec, candidate);
  const Intents intents(plan, spec, spec.candidates.at(candidate), changes_of(spec));
  const auto supported = [](DestinationPolicySpec said, const HolderPlan& holder) {
    if ((holder.supports & bit(Knob::Mtls)) == 0) said.mtls.reset();
    return said;
  };
  std::vector<ReachRow> rows;
  for (std::uint32_t callee = 0; callee < plan.services.size(); ++callee) {
    if (plan.services[callee].gateway || plan.services[callee].waypoint) continue;
    const Catalog::Service& service = plan.catalog.services[callee];
    const HolderPlan& server = plan.holders[callee];
    const DestinationPolicySpec told = intents.at(after, service.name);
    for (std::uint32_t e = 0; e < plan.services[callee].endpoints; ++e) {
      const std::string& endpoint = plan.catalog.endpoints[plan.services[callee].first_endpoint + e].name;
      ReachRow row{service.name + "/" + endpoint, {}, {}};
      for (std::uint32_t caller = 0; caller < plan.services.size(); ++caller) {
        if (caller == callee || plan.services[caller].waypoint) continue;
        const HolderPlan& client = plan.holders[caller];
        const DestinationPolicySpec said = supported(intents.at(after, ClusterPlan{caller, callee}), client);
        DestinationPolicySpec both = told;  // what the callee asks, over what the caller does
        if (!is_proxied(client) && told.mtls != MtlsMode::Strict) both.mtls = said.mtls;
        row.callers.push_back(plan.catalog.services[caller].name);
        row.reach.push_back(reach_of(client, server, both, row.callers.back(), endpoint));
      }
      row.callers.emplace_back(kOutsider);
      row.reach.push_back(reach_of(HolderPlan{}, server, told, kOutsider, endpoint));
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace models
