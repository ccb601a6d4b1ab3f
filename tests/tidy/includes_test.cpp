// Includes point one way: sim <- models <- {scenarios/reader, reports} <- tools; and inside models from spec to run.
#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <regex>

#include "tests/tidy/tree.h"

namespace {

using tidy::File;
using tidy::Finding;

// The room a path belongs to. Rooms of one rank never include one another; a lower rank never includes a higher one.
struct Room {
  std::string_view prefix;
  int rank;
};
constexpr std::array<Room, 22> kRooms{{
    {"sim/", 0},
    {"models/spec/", 10},
    {"models/results.", 11},
    {"models/fleet/", 12},
    {"models/service/", 12},
    {"models/proxy/", 12},
    {"models/policy/", 12},
    {"models/balance/", 12},
    {"models/control/", 12},
    {"models/workload/", 12},
    {"models/faults/", 12},
    {"models/plan/", 13},
    {"models/recorder.", 14},
    {"models/invariants.", 14},
    {"models/traffic/", 15},
    {"models/run.", 16},
    {"models/experiment.", 17},
    {"models/payoff/", 18},
    {"scenarios/reader/", 20},
    {"reports/", 20},
    {"tools/", 30},
    {"bench/", 40},
}};

std::optional<Room> room_of(std::string_view path) {
  for (const Room& room : kRooms) {
    if (path.starts_with(room.prefix)) return room;
  }
  return std::nullopt;
}

// Third-party headers that only one place may know.
struct Fence {
  std::string_view header;
  std::vector<std::string_view> allowed;
};
const std::array<Fence, 5>& fences() {
  static const std::array<Fence, 5> all{{{"yaml-cpp/", {"scenarios/reader/"}},
                                         {"boost/", {"models/fleet/"}},
                                         {"nlohmann/", {"reports/", "scenarios/reader/schema.", "tools/"}},
                                         {"CLI/", {"tools/"}},
                                         {"doctest/", {}}}};
  return all;
}

std::vector<Finding> check_includes(const File& file, bool (*header_exists)(std::string_view)) {
  std::vector<Finding> findings;
  const std::optional<Room> from = room_of(file.path);
  if (!from) {
    if (!tidy::starts_with_any(file.path, {"tests/"})) {
      findings.push_back({file.path, 0, "stands in no room that the include rules know"});
    }
    return findings;
  }
  static const std::regex kInclude(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  const std::string code = tidy::without_comments(file.text, false);
  std::size_t number = 0;
  for (const std::string_view line : tidy::lines_of(code)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_search(line.begin(), line.end(), match, kInclude)) continue;
    const std::string header = match[2];
    if (match[1] == "<") {
      for (const Fence& fence : fences()) {
        if (header.starts_with(fence.header) && !tidy::starts_with_any(file.path, fence.allowed)) {
          findings.push_back({file.path, number, "<" + header + "> is not for this directory"});
        }
      }
      continue;
    }
    const std::optional<Room> to = room_of(header);
    if (!to || !header_exists(header)) {
      findings.push_back({file.path, number, "\"" + header + "\" is not a header's path from the root"});
    } else if (to->prefix != from->prefix && to->rank >= from->rank) {
      findings.push_back({file.path, number, "\"" + header + "\" runs against the arrows"});
    } else if (to->prefix == "models/traffic/" && from->rank == 20) {
      findings.push_back({file.path, number, "\"" + header + "\": readers and reports do not see the event loop"});
    }
  }
  return findings;
}

std::vector<Finding> check_snippet(std::string path, std::string text) {
  return check_includes({std::move(path), std::move(text)}, [](std::string_view) { return true; });
}

}  // namespace

TEST_CASE("includes point one way, from tools down to the engine") {
  std::vector<Finding> findings;
  std::size_t checked = 0;
  for (const File& file : tidy::tree()) {
    if (!tidy::is_cpp(file.path)) continue;
    ++checked;
    for (Finding& f : check_includes(file, [](std::string_view path) { return tidy::exists(path); })) {
      findings.push_back(std::move(f));
    }
  }
  CHECK(checked > 0);
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("an include that runs against the arrows is found") {
  CHECK(check_snippet("sim/a.h", "#include \"models/run.h\"\n").size() == 1);
  CHECK(check_snippet("models/spec/a.h", "#include \"models/plan/plan.h\"\n").size() == 1);
  CHECK(check_snippet("models/policy/a.h", "  #  include \"models/balance/b.h\"\n").size() == 1);
  CHECK(check_snippet("models/plan/a.h", "#include \"models/traffic/mesh.h\"\n").size() == 1);
  CHECK(check_snippet("models/traffic/a.h", "#include \"models/run.h\"\n").size() == 1);
  CHECK(check_snippet("models/run.cpp", "#include \"reports/text.h\"\n").size() == 1);
  CHECK(check_snippet("reports/a.h", "#include \"scenarios/reader/read.h\"\n").size() == 1);
  CHECK(check_snippet("reports/a.h", "#include \"models/traffic/mesh.h\"\n").size() == 1);
  CHECK(check_snippet("scenarios/reader/a.h", "#include \"tools/meshsim/main.h\"\n").size() == 1);
}

TEST_CASE("an include along the arrows is no finding") {
  CHECK(check_snippet("models/policy/a.h", "#include \"models/spec/b.h\"\n#include \"sim/time.h\"\n").empty());
  CHECK(check_snippet("models/policy/a.cpp", "#include \"models/policy/a.h\"\n").empty());
  CHECK(check_snippet("tools/meshsim/main.cpp", "#include \"reports/text.h\"\n").empty());
  CHECK(check_snippet("sim/a.h", "// #include \"models/run.h\"\n").empty());
}

TEST_CASE("a header by a relative or unknown path, and a fenced library, are found") {
  CHECK(check_snippet("sim/a.cpp", "#include \"../models/run.h\"\n").size() == 1);
  CHECK(check_snippet("sim/a.cpp", "#include \"a.h\"\n").size() == 1);
  CHECK(check_snippet("models/traffic/a.cpp", "#include <boost/graph/adjacency_list.hpp>\n").size() == 1);
  CHECK(check_snippet("reports/a.cpp", "#include <yaml-cpp/yaml.h>\n").size() == 1);
  CHECK(check_snippet("misc/a.cpp", "\n").size() == 1);
}
