// The field table against everything that must agree with it: its own forms, the decoders, the schema, the reference
// page.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "scenarios/reader/fields.h"
#include "scenarios/reader/reader.h"
#include "scenarios/reader/schema.h"

namespace fs = std::filesystem;

namespace {

const fs::path kSource = MESHSIM_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void check_form(const char* form) {
  CAPTURE(form);
  std::string_view text = form;
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  for (const reader::Alternative& a : reader::alternatives_of(text)) {
    if (a.shape == reader::Alternative::Shape::Words)
      CHECK(!a.of.empty());
    else
      CHECK((reader::is_scalar_type(a.of) || reader::find_type(a.of) != nullptr));
  }
}

}  // namespace

TEST_CASE("every form names types that exist, every row stands once, every type is reached") {
  std::set<std::string> rows;
  std::string forms;
  for (const reader::Field& f : reader::fields()) {
    CAPTURE(f.key);
    CHECK(rows.insert(std::string(f.type) + "." + f.key).second);
    CHECK(reader::find_type(f.type) != nullptr);
    CHECK(std::string(f.doc).size() > 3);
    CHECK((f.min < 0 || f.max < 0 || f.min <= f.max));
    check_form(f.form);
    forms += std::string(f.form) + "|";
  }
  for (const reader::Type& t : reader::types()) {
    check_form(t.form);
    forms += std::string(t.form) + "|";
  }
  for (const reader::Type& t : reader::types()) {
    CAPTURE(t.name);
    CHECK((std::string(t.name) == "Scenario" || forms.find(t.name) != std::string::npos));
  }
}

TEST_CASE("every row is read by a decoder, or belongs to the language of later") {
  std::string decoders;
  for (const auto& entry : fs::directory_iterator(kSource / "scenarios/reader")) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("decode", 0) == 0 || name == "files.cpp") decoders += read_file(entry.path());
  }
  for (const reader::Field& f : reader::fields()) {
    CAPTURE(f.type);
    CAPTURE(f.key);
    const std::string key = f.key;
    if (f.later || key == "*") continue;
    CHECK(decoders.find("\"" + key + "\"") != std::string::npos);
  }
}

TEST_CASE("a file that uses every key loads") {
  const reader::LoadResult r = reader::load(kSource / "tests/scenarios/everything.yaml");
  INFO(r.text());
  CHECK(r.scenario.has_value());
  const std::string text = read_file(kSource / "tests/scenarios/everything.yaml");
  for (const reader::Field& f : reader::fields()) {
    const std::string key = f.key;
    if (f.later || key.back() == '*' || key == "extends") continue;
    CAPTURE(f.type);
    CAPTURE(key);
    CHECK(text.find(key + ":") != std::string::npos);
  }
}

TEST_CASE("every later key is refused, never ignored and never a typing error") {
  const std::string base = "meshsim: 1\nservices: {a: {serviceTime: 1ms}}\ntraffic: {a: 1/s}\n";
  const std::pair<std::string, std::string> places[] = {
      {"Scenario", "%"},
      {"Replications", "run: {replications: {min: 2, %}}"},
      {"Service", "services: {a: {serviceTime: 1ms, %}}"},
      {"Policy", "policy: {%}"},
      {"Destination", "policy: {a: {%}}"},
      {"LocalityLbSetting", "zones: [a, b]\npolicy: {a: {localityLbSetting: {%}}}"},
      {"Candidate", "candidates: {sidecar: {%}}"},
      {"TimelineEntry", "timeline: [{name: n, at: 1s, %}]"}};
  std::size_t count = 0;
  for (const reader::Field& f : reader::fields()) {
    if (!f.later) continue;
    CAPTURE(f.type);
    CAPTURE(f.key);
    std::string line;
    for (const auto& [type, text] : places) {
      if (type == f.type) line = text;
    }
    REQUIRE(!line.empty());
    line.replace(line.find('%'), 1, std::string(f.key) + ": {x: 1}");
    std::string text = base;
    if (line.rfind("services", 0) == 0) text = "meshsim: 1\ntraffic: {a: 1/s}\n";
    const reader::LoadResult r = reader::load_text("t", text + line + "\n");
    REQUIRE(r.diagnostics.size() == 1);
    CHECK(r.diagnostics[0].code == "MS015");
    CHECK(r.diagnostics[0].message.find(f.key) != std::string::npos);
    ++count;
  }
  CHECK(count > 8);
}

TEST_CASE("the reference page in docs is the one the table makes") {
  CHECK_MESSAGE(read_file(kSource / "docs/scenario-reference.md") == reader::reference_markdown(),
                "run: meshsim schema --markdown > docs/scenario-reference.md");
}

TEST_CASE("shipped scenarios and the file of every key are valid under the JSON Schema, bad ones are not") {
  if (std::system("/usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) {
    MESSAGE("python3-jsonschema or python3-yaml is not installed: not checked");
    return;
  }
  char name[] = "/tmp/meshsim-schema-XXXXXX";
  const int descriptor = ::mkstemp(name);
  REQUIRE(descriptor >= 0);
  std::FILE* file = ::fdopen(descriptor, "w");
  const std::string schema = reader::json_schema();
  REQUIRE(std::fwrite(schema.data(), 1, schema.size(), file) == schema.size());
  std::fclose(file);
  const std::string command = "/usr/bin/python3 '" + (kSource / "tests/scenarios/check_schema.py").string() + "' " +
                              name + " '" + kSource.string() + "'";
  CHECK(std::system(command.c_str()) == 0);
  std::remove(name);
}
