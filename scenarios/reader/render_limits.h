// The part of render.cpp that writes connection pools, outlier detection and budgets; of no use to anybody else.
#pragma once

#include <string>
#include <vector>

#include "models/spec/policy_spec.h"
#include "scenarios/reader/scalars.h"

namespace reader {

// Appends "key: {...}" for what the policy says.
void render_limits(const models::DestinationPolicySpec& destination, std::vector<std::string>& parts);

}  // namespace reader
