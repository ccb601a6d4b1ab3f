// A ScenarioSpec back to YAML: canonical, every default written out, short forms expanded. Loads back to an equal spec.
// Not a pretty-printer of the user's file: comments, order of keys and `extends` are gone.
#pragma once

#include <string>

#include "models/spec/scenario_spec.h"
#include "scenarios/reader/context.h"

namespace reader {

// REQUIRES: `phrases` of the load that made the spec (a Distribution does not know how it was said).
[[nodiscard]] std::string render(const models::ScenarioSpec& spec, const Phrasebook& phrases);

}  // namespace reader
