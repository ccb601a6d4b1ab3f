#include "scenarios/reader/render_guards.h"

#include <fmt/format.h>

#include "models/plan/gateway.h"
#include "scenarios/reader/scalars.h"

namespace reader {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + (name == models::kGatewayName ? std::string("gateway") : name);
  }
  return "[" + out + "]";
}

std::string rules(const std::vector<models::AuthorizationRule>& rules) {
  std::string out;
  for (const models::AuthorizationRule& rule : rules) {
    std::string one;
    if (!rule.from.empty()) one += "from: " + listed(rule.from);
    if (!rule.to.empty()) one += (one.empty() ? "" : ", ") + ("to: " + listed(rule.to));
    out += (out.empty() ? "{" : ", {") + one + "}";
  }
  return "[" + out + "]";
}

}  // namespace

void render_guards(const models::DestinationPolicySpec& policy, std::vector<std::string>& parts) {
  if (const auto& fault = policy.fault) {
    std::string both;
    if (fault->delay_share > 0) {
      both = fmt::format("delay: {{percentage: {}, fixedDelay: {}}}", write_percent(fault->delay_share),
                         write_duration(fault->delay));
    }
    if (fault->abort_share > 0) {
      both += fmt::format("{}abort: {{percentage: {}, httpStatus: {}}}", both.empty() ? "" : ", ",
                          write_percent(fault->abort_share), fault->abort_status);
    }
    parts.push_back("fault: {" + both + "}");
  }
  if (const auto& mirror = policy.mirror) {
    parts.push_back(fmt::format("mirror: {{to: {}, percentage: {}}}", mirror->version, write_percent(mirror->share)));
  }
  if (const auto& limit = policy.rate_limit) {
    parts.push_back(fmt::format("rateLimit: {{maxTokens: {}, tokensPerFill: {}, fillInterval: {}}}", limit->max_tokens,
                                limit->tokens_per_fill, write_duration(limit->fill_interval)));
  }
  if (policy.allow) parts.push_back("allow: " + rules(*policy.allow));
  if (policy.deny) parts.push_back("deny: " + rules(*policy.deny));
}

}  // namespace reader
