#include <doctest/doctest.h>

#include <string>

#include "scenarios/reader/reader.h"

TEST_CASE("a big fleet loads in time that grows with its size") {
  std::string text = "meshsim: 1\nservices:\n";
  for (int i = 0; i < 10'000; ++i)
    text += "  s" + std::to_string(i) + ": {replicas: 2, serviceTime: 1ms" +
            (i > 0 ? ", calls: [s" + std::to_string(i / 2) + "x]" : std::string()) + "}\n";
  std::string fixed = text;
  for (std::size_t at = 0; (at = fixed.find("x]", at)) != std::string::npos;) fixed.erase(at, 1);
  fixed += "traffic: {s0: 1/s}\n";
  const reader::LoadResult loaded = reader::load_text("good", fixed);
  REQUIRE(loaded.scenario.has_value());
  CHECK(loaded.scenario->services.size() == 10'000);
  const reader::LoadResult bad =
      reader::load_text("bad", text + "traffic: {s0: 1/s}\n");  // ten thousand unknown services: 50 are shown
  CHECK(bad.diagnostics.size() == 51);
  CHECK(bad.diagnostics.back().code == "MS027");
}
