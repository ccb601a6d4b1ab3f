#include "scenarios/reader/profiles.h"

namespace reader {
namespace {

constexpr Product kProducts[] = {
    {"istio-1.24", "istio-1.24"},
    {"istio-1.20", "istio-1.20"},
    {"istio-2020-default-telemetry", "istio-2020-default-telemetry"},
    {"istio-2020-no-filters", "istio-2020-no-filters"},
    {"istio-legacy-503", "istio-1.20"},  // releases that still retried status 503 by themselves
    {"envoy", "istio-1.24"},             // Envoy's own defaults, with the newest measured cost of an Envoy sidecar
    {"consul", "istio-1.24"},            // likewise
    {"linkerd", "linkerd-2.11"},
    {"grpc", "", false, true},
    {"cilium", "", true},
    {"kuma", "", true},
};

}  // namespace

std::span<const Product> products() { return kProducts; }

const Product* find_product(std::string_view name) {
  for (const Product& p : kProducts) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

const EmbeddedFile* find_profile(std::string_view name) {
  for (const EmbeddedFile& f : embedded_profiles()) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

}  // namespace reader
