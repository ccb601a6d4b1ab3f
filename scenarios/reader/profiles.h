// The cost profiles and products that the program carries with it. Texts only: decode_candidate.cpp reads them.
// The YAML sources stand in models/profiles/ and are compiled in (cmake/embed.cmake), so that the program works
// anywhere.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reader {

struct EmbeddedFile {
  std::string_view name;  // without folder and ending: "istio-1.24"
  std::string_view text;
};
[[nodiscard]] std::span<const EmbeddedFile> embedded_profiles();  // sorted by name; generated
[[nodiscard]] const EmbeddedFile* find_profile(std::string_view name);

// A product is behaviour (models know it by this name) plus the cost profile it comes with.
struct Product {
  std::string_view name;
  std::string_view profile;
  bool later = false;       // belongs to the language, not built yet
  bool in_process = false;  // a library: no proxies, no profile
};
[[nodiscard]] std::span<const Product> products();
[[nodiscard]] const Product* find_product(std::string_view name);
inline constexpr std::string_view kDefaultSidecar = "istio-1.24";
inline constexpr std::string_view kZtunnel = "ztunnel-1.24";  // the profile of an ambient mesh's nodes
inline constexpr std::string_view kWaypoint = "waypoint-1.24";

}  // namespace reader
