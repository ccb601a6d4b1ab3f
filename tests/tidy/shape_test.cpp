// The shape of files: length, width, headers that open with what they are, no tabs, no stray white space.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/tidy/tree.h"

namespace {

using tidy::File;
using tidy::Finding;

constexpr std::size_t kLinesMax = 400;    // a longer file has more than one job
constexpr std::size_t kColumnsMax = 120;  // two files side by side on one screen
constexpr std::size_t kReadmeLinesMax = 150;

// Columns as an editor counts them: one per code point, not per byte.
std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_source(std::string_view path) {
  return tidy::is_cpp(path) || path.ends_with(".py") || path.ends_with(".sh") || path.ends_with(".cmake") ||
         path.ends_with("CMakeLists.txt") || path == ".ci/run";
}

std::vector<Finding> check_shape(const File& file) {
  std::vector<Finding> findings;
  const std::vector<std::string_view> lines = tidy::lines_of(file.text);
  if (file.path == "README.md" && lines.size() > kReadmeLinesMax) findings.push_back({file.path, 0, "over 150 lines"});
  if (!is_source(file.path)) return findings;

  if (lines.size() > kLinesMax) {
    findings.push_back({file.path, 0, std::to_string(lines.size()) + " lines: would each part know its room?"});
  }
  if (!file.text.empty() && file.text.back() != '\n') findings.push_back({file.path, 0, "does not end its last line"});
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (columns(line) > kColumnsMax) findings.push_back({file.path, i + 1, "longer than 120 columns"});
    if (line.find('\t') != std::string_view::npos) findings.push_back({file.path, i + 1, "has a tab"});
    if (!line.empty() && (line.back() == ' ' || line.back() == '\r')) {
      findings.push_back({file.path, i + 1, "ends in white space"});
    }
    for (const std::string_view mark : {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "XX"
                                        "X:"}) {
      if (line.find(mark) != std::string_view::npos)
        findings.push_back({file.path, i + 1, "leaves a note of work undone"});
    }
  }
  if (file.path.ends_with(".h")) {
    if (!file.text.starts_with("//")) findings.push_back({file.path, 1, "does not open with what it is"});
    if (file.text.find("\n#pragma once\n") == std::string::npos) findings.push_back({file.path, 0, "no #pragma once"});
    if (tidy::without_comments(file.text, true).find("using namespace") != std::string::npos) {
      findings.push_back({file.path, 0, "a header opens a namespace for its readers"});
    }
  }
  return findings;
}

std::size_t count(std::string path, std::string text) { return check_shape({std::move(path), std::move(text)}).size(); }

const std::string kHeader = "// What it is.\n#pragma once\n";

}  // namespace

TEST_CASE("every file keeps to the length, the width and the opening that the style asks") {
  std::vector<Finding> findings;
  for (const File& file : tidy::tree()) {
    for (Finding& f : check_shape(file)) findings.push_back(std::move(f));
  }
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a file out of shape is found") {
  CHECK(count("sim/a.h", kHeader) == 0);
  CHECK(count("sim/a.h", "#pragma once\n") > 0);
  CHECK(count("sim/a.h", "// What it is.\n") == 1);
  CHECK(count("sim/a.h", kHeader + "using namespace std;\n") == 1);
  CHECK(count("sim/a.cpp", std::string(120, 'x') + "\n") == 0);
  CHECK(count("sim/a.cpp", std::string(121, 'x') + "\n") == 1);
  CHECK(count("sim/a.cpp", "\tint x;\n") == 1);
  CHECK(count("sim/a.cpp", "int x; \n") == 1);
  CHECK(count("sim/a.cpp", "int x;\r\n") == 1);
  CHECK(count("sim/a.cpp", "int x;") == 1);
  CHECK(count("sim/a.cpp", std::string("// TO") + "DO later\n") == 1);
  CHECK(count("sim/a.cpp", std::string(400, '\n')) == 0);
  CHECK(count("tools/plot.py", std::string(401, '\n')) == 1);
  CHECK(count("README.md", std::string(151, '\n')) == 1);
}

TEST_CASE("a line is as wide as its characters, not its bytes") {
  std::string dots;
  for (int i = 0; i < 120; ++i) dots += "\xC2\xB7";
  CHECK(count("sim/a.cpp", dots + "\n") == 0);
}
