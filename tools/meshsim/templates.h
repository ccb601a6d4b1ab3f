// The scenarios that `meshsim init` writes.
#pragma once

#include <span>
#include <string_view>

namespace meshsim {

struct Template {
  std::string_view name;
  std::string_view purpose;
  std::string_view text;
};
[[nodiscard]] std::span<const Template> templates();

}  // namespace meshsim
