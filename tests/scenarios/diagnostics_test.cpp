// Every bad file in tests/scenarios/diagnostics/ with the exact messages beside it (.expected; .set: overrides, one
// per line).
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "models/fleet/validate.h"
#include "scenarios/reader/codes.h"
#include "scenarios/reader/findings.h"
#include "scenarios/reader/reader.h"

namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(MESHSIM_SOURCE_DIR) / "tests/scenarios/diagnostics";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> bad_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Messages name files as they were given; the folder is cut off so that they do not depend on where the tree lies.
std::string without(std::string text, const std::string& folder) {
  for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;) text.erase(at, folder.size());
  return text;
}

reader::LoadResult load(const fs::path& file) {
  reader::LoadOptions options;
  std::ifstream overrides(fs::path(file).replace_extension(".set"));
  for (std::string line; std::getline(overrides, line);) options.set.push_back(line);
  reader::LoadResult result = reader::load(file, options);
  if (result.scenario) {  // as the commands do
    for (reader::Diagnostic& d : reader::diagnostics_of(models::validate(*result.scenario), result)) {
      if (d.severity == reader::Severity::Error) result.scenario.reset();
      result.diagnostics.push_back(std::move(d));
    }
  }
  return result;
}

}  // namespace

TEST_CASE("every bad file says exactly what its expectation says") {
  const auto files = bad_files();
  REQUIRE(files.size() > 60);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    const reader::LoadResult result = load(file);
    const std::string expected = read_file(fs::path(file).replace_extension(".expected"));
    CHECK(!expected.empty());
    CHECK(without(result.text(), kFolder.string() + "/") == expected);
    const std::string code = file.filename().string().substr(0, 5);
    const bool named = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                   [&](const auto& d) { return d.code == code; });
    CHECK_MESSAGE(named, "the file's own code is among its diagnostics");
    const bool failed = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                    [](const auto& d) { return d.severity == reader::Severity::Error; });
    CHECK(result.scenario.has_value() == !failed);
    CHECK(failed == (code < "MS060"));
  }
}

TEST_CASE("every code is used, explained and has a bad file") {
  const std::string header = read_file(fs::path(MESHSIM_SOURCE_DIR) / "scenarios/reader/codes.h");
  std::string sources;
  for (const auto& entry : fs::directory_iterator(fs::path(MESHSIM_SOURCE_DIR) / "scenarios/reader")) {
    if (entry.path().extension() == ".cpp" && entry.path().filename() != "codes.cpp")
      sources += read_file(entry.path());
  }
  std::set<std::string> with_file{"MS001", "MS002"};  // no YAML can provoke them: the next test does
  for (const fs::path& file : bad_files()) with_file.insert(file.filename().string().substr(0, 5));

  const std::regex row("  ([A-Za-z]+) = ([0-9]+),");
  std::size_t count = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), row), end; it != end; ++it, ++count) {
    const std::string name = (*it)[1];
    CAPTURE(name);
    const auto code = static_cast<reader::Code>(std::stoi((*it)[2]));
    CHECK(sources.find("Code::" + name) != std::string::npos);
    CHECK(with_file.count(reader::text_of(code)) == 1);
    const reader::Explanation* e = reader::explanation_of(code);
    REQUIRE(e != nullptr);
    CHECK(std::string(e->title).size() > 5);
    CHECK(std::string(e->cause).size() > 20);
    CHECK(std::string(e->fix).size() > 3);
    CHECK(reader::code_from_text(reader::text_of(code)) == code);
  }
  CHECK(count == reader::explanations().size());
  CHECK(!reader::code_from_text("MS999"));
  CHECK(!reader::code_from_text(""));
  CHECK(!reader::code_from_text("MS01x"));
}

TEST_CASE("only regular files of at most 16 MiB are read") {
  const auto first_code = [](const reader::LoadResult& r) {
    return r.diagnostics.empty() ? std::string() : r.diagnostics[0].code;
  };
  CHECK(first_code(reader::load(kFolder / "no-such-file.yaml")) == "MS001");
  CHECK(first_code(reader::load(kFolder)) == "MS001");
  CHECK(first_code(reader::load("/dev/zero")) == "MS001");
  CHECK(first_code(reader::load_text("big.yaml", std::string((16u << 20) + 1, '#'))) == "MS002");
}

TEST_CASE("no message carries a control byte of the file to the terminal") {
  for (const fs::path& file : bad_files()) {
    for (const char c : load(file).text()) {
      const auto u = static_cast<unsigned char>(c);
      CHECK((u >= 0x20 || c == '\n'));
      CHECK(u != 0x7f);
    }
  }
  CHECK(reader::printable("a\x1b[31m\xc2\x9b\xe2\x80\xae\xff z") == "a\\x1b[31m\\xc2\\x9b\\xe2\\x80\\xae\\xff z");
}

TEST_CASE("colour is only there when asked for") {
  const reader::LoadResult result = load(kFolder / "MS014-typing-error.yaml");
  CHECK(result.text(false).find('\x1b') == std::string::npos);
  CHECK(result.text(true).find("\x1b[1;31m") != std::string::npos);
}

TEST_CASE("edit distance counts a swap of neighbours as one") {
  CHECK(reader::edit_distance("replicsa", "replicas") == 1);
  CHECK(reader::edit_distance("", "abc") == 3);
  CHECK(reader::edit_distance("abc", "abc") == 0);
  CHECK(reader::did_you_mean("servces", {"services", "traffic"}) == "did you mean `services`?");
  CHECK(reader::did_you_mean("zebra", {"services", "traffic"}) == "allowed here: services, traffic");
}

TEST_CASE("every finding of the model has a code of the reader's") {
  const std::regex literal("(?:Error|Warning),\\s*\"([a-z]+(?:-[a-z]+)*)\"|\\badd\\(\"([a-z]+(?:-[a-z]+)+)\"");
  std::set<std::string> codes;
  for (const auto& entry : fs::directory_iterator(fs::path(MESHSIM_SOURCE_DIR) / "models/fleet")) {
    const std::string text = read_file(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), literal), end; it != end; ++it)
      codes.insert((*it)[1].matched ? (*it)[1].str() : (*it)[2].str());
  }
  CHECK(codes.size() >= 15);
  for (const std::string& code : codes) {
    CAPTURE(code);
    CHECK(reader::code_of_finding(code).has_value());
  }
}

TEST_CASE("a path of the model leads to the nearest key that the file has") {
  const auto result = reader::load_text("x.yaml",
                                        "meshsim: 1\nservices:\n  a.b: {serviceTime: 1ms}\n  a: {calls: [a.b]}\n"
                                        "traffic: [{name: t, to: a, rate: 1/s}]\ncandidates: [none, sidecar]\n");
  REQUIRE(result.scenario);
  const auto at = [&](std::string_view path) {
    const reader::NodeId node = reader::nearest(result.tree, result.root, path);
    return node == reader::kNoNode ? std::string("-") : result.tree.path_of(node);
  };
  CHECK(at("services.a.b") == "services.a.b");
  CHECK(at("services.a.b.endpoints.default.steps[0]") == "services.a.b");
  CHECK(at("services.a.endpoints.default.steps[0]") == "services.a.calls");
  CHECK(at("traffic[0].thinkTime") == "traffic[0]");
  CHECK(at("traffic.t.rate") == "traffic[0].rate");
  CHECK(at("candidates.sidecar.enrolled") == "candidates[1]");
  CHECK(at("traffic[7]") == "traffic");
  CHECK(at("traffic[99999999999999999999]") == "traffic");
  CHECK(at("node") == "-");
  CHECK(at("") == "-");
  CHECK(at("services..") == "services");
}
