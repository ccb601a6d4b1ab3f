// Seeded mutations of good and bad files: no crash, no hang, no exception, no raw control byte in a message, and a
// scenario
// exactly when there is no error. Longer runs: MESHSIM_FUZZ_ROUNDS=1000000 test_scenarios -tc='*mutated*'.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "scenarios/reader/reader.h"
#include "scenarios/reader/render.h"

namespace fs = std::filesystem;

namespace {

std::vector<std::string> seeds(const std::vector<const char*>& folders) {
  std::vector<fs::path> files{fs::path(MESHSIM_SOURCE_DIR) / "tests/scenarios/everything.yaml"};
  for (const char* folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(MESHSIM_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".yaml" && entry.file_size() < 8192) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

const char* const kPieces[] = {"{",
                               "}",
                               "[",
                               "]",
                               ":",
                               ": ",
                               ",",
                               "\n",
                               "  ",
                               "- ",
                               "? ",
                               "&a ",
                               "*a",
                               "!!str ",
                               "!",
                               "|\n",
                               ">\n",
                               "\"",
                               "'",
                               "#",
                               "%",
                               "---\n",
                               "...\n",
                               "<<: ",
                               "null",
                               "~",
                               "yes",
                               "0",
                               "-1",
                               "1e309",
                               "99999999999999999999999",
                               ".nan",
                               ".inf",
                               "0x1f",
                               "012",
                               "1ms",
                               "0s",
                               "5%",
                               "300/s",
                               "4x",
                               "64MiB",
                               "500m",
                               "1d",
                               "unlimited",
                               "web",
                               "web/default",
                               "payment@v2",
                               "extends: x.yaml",
                               "steps: ",
                               "calls: ",
                               "versions: ",
                               "choose: ",
                               "mixture: ",
                               "\xff",
                               "\xc3\xa9",
                               "\xe2\x80\xae",
                               "\x1b",
                               "\t",
                               "\r\n",
                               "\xef\xbb\xbf",
                               "\\x00",
                               "\"\\u0000\"",
                               "!<a>,",
                               "- - - - ",
                               "[[[[[[",
                               "{{{{",
                               "a: b: c"};

std::string mutate(std::string text, const std::vector<std::string>& corpus, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(random() % n); };
  const std::size_t times = 1 + below(4);
  for (std::size_t i = 0; i < times; ++i) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(12), text.size() - at);
    switch (below(7)) {
      case 0: text.insert(at, kPieces[below(std::size(kPieces))]); break;
      case 1: text.erase(at, length); break;
      case 2: text.replace(at, length, kPieces[below(std::size(kPieces))]); break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random() & 0xff);
        break;
      case 4: text.resize(at); break;
      case 5: text.insert(at, text.substr(below(text.size() + 1), below(200))); break;
      default: {
        const std::string& other = corpus[below(corpus.size())];
        text.insert(at, other.substr(below(other.size() + 1), below(100)));
      }
    }
  }
  return text;
}

}  // namespace

TEST_CASE("mutated files never crash, hang or leak control bytes") {
  const std::vector<std::string> corpus = seeds({"scenarios", "tests/scenarios/diagnostics", "models/profiles"});
  const std::vector<std::string> whole = seeds({"scenarios"});  // most of the others are bad before any mutation
  REQUIRE(corpus.size() > 60);
  const char* rounds_text = std::getenv("MESHSIM_FUZZ_ROUNDS");
  const char* seed_text = std::getenv("MESHSIM_FUZZ_SEED");
  const std::size_t rounds = rounds_text != nullptr ? std::strtoul(rounds_text, nullptr, 10) : 3000;
  std::mt19937_64 random(seed_text != nullptr ? std::strtoull(seed_text, nullptr, 10) : 20240607);
  std::size_t good = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::string text =
        mutate(i % 3 == 0 ? whole[random() % whole.size()] : corpus[random() % corpus.size()], corpus, random);
    const reader::LoadResult r = reader::load_text("fuzz.yaml", text);
    const bool failed = std::any_of(r.diagnostics.begin(), r.diagnostics.end(),
                                    [](const auto& d) { return d.severity == reader::Severity::Error; });
    const std::string message = r.text();
    const bool clean = std::all_of(message.begin(), message.end(), [](char c) {
      return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\n';
    });
    bool renders = true;
    if (r.scenario) {
      ++good;
      renders = reader::load_text("again.yaml", reader::render(*r.scenario, r.phrases)).scenario.has_value();
    }
    if (failed == r.scenario.has_value() || !clean || !renders || r.diagnostics.size() > 51) {
      INFO(text);
      INFO(message);
      CHECK(failed != r.scenario.has_value());
      CHECK(clean);
      CHECK(renders);
      CHECK(r.diagnostics.size() <= 51);
    }
  }
  CHECK(good > rounds / 100);
  CHECK(good < rounds);
}
