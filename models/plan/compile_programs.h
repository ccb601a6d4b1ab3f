// Turns endpoint steps into flat programs. Repeats are unrolled, so that every call has a static identity
// (step, repeat, branch along its path). Not here: policies, pods.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "models/plan/plan.h"
#include "models/spec/service_spec.h"

namespace models {

// Index of names that programs refer to.
struct Names {
  std::map<std::string, std::uint32_t> services;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> endpoints;   // (service, name) -> global id
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> clusters;  // (caller, callee) -> global id
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> edges;     // (caller, endpoint) -> id
};

// Appends the program of one endpoint of one version; returns its first op.
[[nodiscard]] std::uint32_t compile_program(Plan& plan, const Names& names, std::uint32_t service,
                                            std::uint32_t endpoint, const EndpointSpec& spec);

}  // namespace models
