// The table of traps in docs/policies.md: every test that it names is there, every test that carries a trap's number is
// named, and no trap of the list is forgotten.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "tests/tidy/tree.h"

namespace {

using tidy::File;
using tidy::Finding;

constexpr const char* kPage = "docs/policies.md";
constexpr std::string_view kHeading = "\n## Traps, and where they are tested\n";

// Traps of other parts: progressive delivery and analysis (16), propagation (17), priorities across localities (24),
// certificates and churn (31), control plane, rollout, admission (37 to 44), phases of timers (51).
bool of_another_part(int trap) {
  static const std::set<int> kOthers{16, 17, 24, 31, 51};
  return kOthers.contains(trap) || (trap >= 37 && trap <= 44);
}

// The names of doctest cases; adjacent literals are one.
std::vector<std::string> tests_of(const std::string& text) {
  static const std::regex kCase(R"rx(TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\))rx");
  static const std::regex kLiteral(R"rx("((?:[^"\\]|\\.)*)")rx");
  std::vector<std::string> names;
  for (std::sregex_iterator m(text.begin(), text.end(), kCase), end; m != end; ++m) {
    const std::string literals = (*m)[1];
    std::string name;
    for (std::sregex_iterator l(literals.begin(), literals.end(), kLiteral), last; l != last; ++l) name += (*l)[1];
    names.push_back(name);
  }
  return names;
}

using Tests = std::map<std::string, std::vector<std::string>>;  // by file

// `page` from the heading on: each link of a table that leads to a test's source has the name of a test in it.
std::vector<Finding> check_named(std::string_view page, const Tests& tests) {
  static const std::regex kLink(R"(\[([^\]]+)\]\(\.\./([^)\s]+_test\.cpp)\))");
  std::vector<Finding> findings;
  std::size_t number = 0;
  for (const std::string_view line : tidy::lines_of(page)) {
    ++number;
    if (!line.starts_with("|")) continue;
    using Matches = std::regex_iterator<std::string_view::const_iterator>;
    for (Matches m(line.begin(), line.end(), kLink), end; m != end; ++m) {
      const std::string name = (*m)[1];
      const auto file = tests.find((*m)[2]);
      const bool there =
          file != tests.end() && std::find(file->second.begin(), file->second.end(), name) != file->second.end();
      if (!there) findings.push_back({kPage, number, "names a test that " + std::string((*m)[2]) + " lacks: " + name});
    }
  }
  return findings;
}

std::vector<Finding> check_complete(std::string_view page, const Tests& tests) {
  static const std::regex kNumber(R"(^trap (\d+): .*)");
  std::vector<Finding> findings;
  std::set<int> tested;
  for (const auto& [file, names] : tests) {
    for (const std::string& name : names) {
      std::smatch number;
      if (!std::regex_match(name, number, kNumber)) continue;
      const int trap = std::stoi(number[1]);
      tested.insert(trap);
      if (of_another_part(trap)) continue;
      if (page.find("[" + name + "](../" + file + ")") == std::string_view::npos)
        findings.push_back({file, 0, "is not in the table of traps: " + name});
    }
  }
  for (int trap = 1; trap <= 52; ++trap) {
    if (of_another_part(trap)) continue;
    if (!tested.contains(trap))
      findings.push_back({kPage, 0, "no test carries the name of trap " + std::to_string(trap)});
    if (page.find("\n| " + std::to_string(trap) + " |") == std::string_view::npos)
      findings.push_back({kPage, 0, "the table forgets trap " + std::to_string(trap)});
  }
  return findings;
}

Tests all_tests() {
  Tests tests;
  for (const File& file : tidy::tree()) {
    if (file.path.starts_with("tests/") && file.path.ends_with("_test.cpp") && !file.path.starts_with("tests/tidy/"))
      tests[file.path] = tests_of(file.text);
  }
  return tests;
}

std::string_view table() {
  for (const File& file : tidy::tree()) {
    if (file.path != kPage) continue;
    const std::size_t from = file.text.find(kHeading);
    return from == std::string::npos ? std::string_view{} : std::string_view(file.text).substr(from);
  }
  return {};
}

}  // namespace

TEST_CASE("every test that the table of traps names exists") {
  REQUIRE_FALSE(table().empty());
  const std::vector<Finding> findings = check_named(table(), all_tests());
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("every trap has a test that carries its number, and the table has both") {
  const std::vector<Finding> findings = check_complete(table(), all_tests());
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a test that is not there, or not in the table, is found") {
  const std::string cases =
      "TEST_"
      "CASE(\"trap 4: a \" \"slot\") {}\nTEST_"
      "CASE(\n    \"other\") {}\n";
  CHECK(tests_of(cases) == std::vector<std::string>{"trap 4: a slot", "other"});
  const Tests tests{{"tests/a_test.cpp", tests_of(cases)}};
  CHECK(check_named("| 4 | x | [trap 4: a slot](../tests/a_test.cpp) |\n", tests).empty());
  CHECK(check_named("| 4 | x | [trap 4: slots](../tests/a_test.cpp) |\n", tests).size() == 1);
  CHECK(check_named("| 4 | x | [trap 4: a slot](../tests/b_test.cpp) |\n", tests).size() == 1);
  const std::size_t missing = check_complete("\n| 4 | x | [trap 4: a slot](../tests/a_test.cpp) |\n", tests).size();
  CHECK(check_complete("\n| 4 | x |\n", tests).size() == missing + 1);
}
