// What the documents promise: links lead somewhere, every scenario is in the table, the changelog has its headings, and
// the repository speaks of the project alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <regex>

#include "tests/tidy/tree.h"

namespace {

using tidy::File;
using tidy::Finding;

const File* find(std::string_view path) {
  for (const File& file : tidy::tree()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

// Relative Markdown links [text](path) and images; web addresses and anchors within a page are left to the reader.
std::vector<Finding> check_links(const File& file, const std::function<bool(const std::string&)>& target_exists) {
  static const std::regex kLink(R"(\]\(([^)\s]+)\))");
  std::vector<Finding> findings;
  std::size_t number = 0;
  for (const std::string_view line : tidy::lines_of(file.text)) {
    ++number;
    using Matches = std::regex_iterator<std::string_view::const_iterator>;
    for (Matches m(line.begin(), line.end(), kLink), end; m != end; ++m) {
      std::string target = (*m)[1];
      if (target.find("://") != std::string::npos || target.starts_with("mailto:") || target.starts_with("#")) continue;
      target = target.substr(0, target.find('#'));
      const std::filesystem::path folder = std::filesystem::path(file.path).parent_path();
      const std::string path = (folder / target).lexically_normal().generic_string();
      if (path.starts_with("..") || !target_exists(path)) {
        findings.push_back({file.path, number, "the link to " + target + " leads nowhere"});
      }
    }
  }
  return findings;
}

bool is_scenario(std::string_view path) { return path.starts_with("scenarios/") && path.ends_with(".yaml"); }

std::vector<Finding> check_scenario_table(const std::vector<std::string>& scenarios, std::string_view table) {
  std::vector<Finding> findings;
  for (const std::string& path : scenarios) {
    const std::string name = path.substr(std::string_view("scenarios/").size());
    if (table.find("](" + name + ")") == std::string_view::npos) {
      findings.push_back({path, 0, "is not linked from scenarios/README.md"});
    }
  }
  return findings;
}

// A document is found from the front page or from the architecture's list, by a link to itself.
std::vector<Finding> check_index(const std::vector<std::string>& documents, std::string_view readme,
                                 std::string_view architecture) {
  std::vector<Finding> findings;
  for (const std::string& path : documents) {
    const std::string below = path.substr(std::string_view("docs/").size());
    const auto links = [](std::string_view text, const std::string& target) {
      return text.find("](" + target + ")") != std::string_view::npos ||
             text.find("](" + target + "#") != std::string_view::npos;
    };
    if (!links(readme, path) && !links(architecture, below)) {
      findings.push_back({path, 0, "is linked neither from README.md nor from docs/architecture.md"});
    }
  }
  return findings;
}

std::vector<Finding> check_changelog(std::string_view text) {
  std::vector<Finding> findings;
  const std::size_t first = text.find("\n## ");
  const std::string_view newest =
      first == std::string_view::npos ? "" : text.substr(first, text.find("\n## ", first + 4) - first);
  for (const std::string_view heading : {"\n### Added\n", "\n### Results changed\n"}) {
    if (newest.find(heading) == std::string_view::npos) {
      findings.push_back(
          {"CHANGELOG.md", 0, "the newest section has no" + std::string(heading.substr(4, heading.size() - 5))});
    }
  }
  return findings;
}

// Words of any particular workplace; in pieces, so that this file is clean too.
std::vector<Finding> check_words(const File& file) {
  static const std::vector<std::string> kWords{std::string("/wo") + "rk/", std::string("/tm") + "p/build-",
                                               std::string("/home") + "/"};
  std::string lower = file.text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::vector<Finding> findings;
  std::size_t number = 0;
  for (const std::string_view line : tidy::lines_of(lower)) {
    ++number;
    for (const std::string& word : kWords) {
      if (line.find(word) != std::string_view::npos)
        findings.push_back({file.path, number, "names a workplace: " + word});
    }
  }
  return findings;
}

}  // namespace

TEST_CASE("every relative link in the documents leads to a file") {
  std::vector<Finding> findings;
  for (const File& file : tidy::tree()) {
    if (!file.path.ends_with(".md")) continue;
    for (Finding& f : check_links(file, [](const std::string& path) { return tidy::exists(path); })) {
      findings.push_back(std::move(f));
    }
  }
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a link that leads nowhere is found") {
  const auto only_b = [](const std::string& path) { return path == "docs/b.md"; };
  CHECK(check_links({"docs/a.md", "see [b](b.md) and [part](b.md#part)\n"}, only_b).empty());
  CHECK(check_links({"README.md", "[b](docs/b.md), [web](https://example.org), [below](#below)\n"}, only_b).empty());
  CHECK(check_links({"docs/a.md", "[b](b.md) and [c](c.md)\n"}, only_b).size() == 1);
  CHECK(check_links({"README.md", "![picture](b.png)\n"}, only_b).size() == 1);
  CHECK(check_links({"README.md", "[out](../docs/b.md)\n"}, only_b).size() == 1);
}

TEST_CASE("every document is linked from the front page or from the architecture's list") {
  std::vector<std::string> documents;
  for (const File& file : tidy::tree()) {
    if (file.path.starts_with("docs/") && file.path.ends_with(".md")) documents.push_back(file.path);
  }
  const File* readme = find("README.md");
  const File* architecture = find("docs/architecture.md");
  REQUIRE(readme != nullptr);
  REQUIRE(architecture != nullptr);
  CHECK(documents.size() > 5);
  const std::vector<Finding> findings = check_index(documents, readme->text, architecture->text);
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a document that nothing links to is found") {
  CHECK(check_index({"docs/a.md"}, "[a](docs/a.md)", "").empty());
  CHECK(check_index({"docs/a.md", "docs/why/b.md"}, "[part](docs/a.md#part)", "[b](why/b.md)").empty());
  CHECK(check_index({"docs/a.md"}, "docs/a.md, and [a](a.md)", "[a](docs/a.md)").size() == 1);
}

TEST_CASE("every scenario is in the table of scenarios/README.md") {
  std::vector<std::string> scenarios;
  for (const File& file : tidy::tree()) {
    if (is_scenario(file.path)) scenarios.push_back(file.path);
  }
  const File* table = find("scenarios/README.md");
  REQUIRE(table != nullptr);
  CHECK(!scenarios.empty());
  const std::vector<Finding> findings = check_scenario_table(scenarios, table->text);
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a scenario that the table forgets is found") {
  const std::string table = "| [first](lessons/first.yaml) | why? | because |\n";
  CHECK(check_scenario_table({"scenarios/lessons/first.yaml"}, table).empty());
  CHECK(check_scenario_table({"scenarios/lessons/first.yaml", "scenarios/lessons/second.yaml"}, table).size() == 1);
}

TEST_CASE("the changelog's newest section says what was added and which results changed") {
  const File* changelog = find("CHANGELOG.md");
  REQUIRE(changelog != nullptr);
  const std::vector<Finding> findings = check_changelog(changelog->text);
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a changelog without its headings is found") {
  CHECK(check_changelog("# Changelog\n\n## Next\n\n### Added\n- x\n\n### Results changed\n- none\n").empty());
  CHECK(check_changelog("# Changelog\n\n## Next\n\n### Added\n- x\n").size() == 1);
  CHECK(check_changelog("# Changelog\n\n## 2\n\n## 1\n\n### Added\n\n### Results changed\n").size() == 2);
}

TEST_CASE("the repository speaks of the project alone") {
  std::vector<Finding> findings;
  for (const File& file : tidy::tree()) {
    for (Finding& f : check_words(file)) findings.push_back(std::move(f));
  }
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a word of a workplace is found in any case") {
  CHECK(check_words({"a.md", std::string("see /Wo") + "rk/main\n"}).size() == 1);
  CHECK(check_words({"a.md", std::string("in /Ho") + "me/somebody\n"}).size() == 1);
  CHECK(check_words({"a.md", "the framework's library and its work\n"}).empty());
}
