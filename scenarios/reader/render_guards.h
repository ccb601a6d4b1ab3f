// The part of a destination's policy that decode_guards.cpp reads, back as YAML. Of no use to anybody but render.cpp.
#pragma once

#include <string>
#include <vector>

#include "models/spec/policy_spec.h"

namespace reader {

// Appends "fault: {...}", "allow: [...]" and so on, each that is said.
void render_guards(const models::DestinationPolicySpec& policy, std::vector<std::string>& parts);

}  // namespace reader
