// Constructs that would break reproducibility, the layers or the house style. Comments and strings are not looked at.
#include <doctest/doctest.h>

#include <regex>

#include "tests/tidy/tree.h"

namespace {

using tidy::File;
using tidy::Finding;

struct Ban {
  std::vector<std::string_view> where;
  std::vector<std::string_view> except;
  std::regex pattern;
  std::string why;
};

std::regex rx(const char* pattern) { return std::regex(pattern, std::regex::ECMAScript | std::regex::optimize); }

const std::vector<Ban>& bans() {
  static const std::vector<Ban> all{
      {{"sim/", "models/"}, {}, rx(R"(std::\w+_distribution\b)"), "standard distributions differ between libraries"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"((\bstd::|::|[^\w:.>])s?rand\s*\()"),
       "rand() has hidden state"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"(\brandom_device\b|\bmt19937|\bdefault_random_engine\b|std::shuffle\b|\bgenerate_canonical\b)"),
       "draws come from sim/random, by name"},
      {{"sim/", "models/", "reports/", "scenarios/reader/"},
       {"sim/random/portable_math.", "sim/random/special_functions."},
       rx(R"((\bstd::|[^\w:.>]::|[^\w:.>]|^)(log|log2|log10|log1p|exp|exp2|expm1|pow|cbrt|hypot|fma|tgamma|lgamma|)"
          R"(erf|erfc|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh)[fl]?\s*\()"),
       "libm gives other bits on another CPU: use sim/random/portable_math.h"},
      {{"sim/random/special_functions."},  // inside sim::portable, where the plain names are our own
       {},
       rx(R"((\bstd::|[^\w:]::)(log|log1p|exp|expm1|pow|sin|cos|lgamma)\s*\(|)"
          R"([^\w.>](log2|log10|exp2|cbrt|hypot|fma|tgamma|erf|erfc|tan|atan|atan2)\s*\()"),
       "libm gives other bits on another CPU: use sim/random/portable_math.h"},
      {{"sim/", "models/"},
       {},
       rx(R"(\bstd::bit_cast\b|\bstd::format\b|\bstd::ranges\b|\bstd::views\b|\bstd::jthread\b|\bstd::pmr\b|)"
          R"(\bsource_location\b|\bco_(await|yield|return)\b|)"
          R"(#\s*include\s*<(format|ranges|coroutine|memory_resource|source_location)>)"),
       "not in the portable subset of docs/style.md"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"(\b(system_clock|steady_clock|high_resolution_clock|gettimeofday|clock_gettime)\b|)"
          R"(\btime\s*\(\s*(nullptr|NULL|0)\s*\))"),
       "results never read a clock"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"(\b(setlocale|getenv)\s*\(|std::locale\b)"),
       "results depend on neither locale nor environment"},
      {{"sim/", "models/", "reports/", "scenarios/", "tools/"},
       {},
       rx(R"(\b(strtod|strtof|atof|sscanf|stod|stof)\s*\()"),
       "reads numbers by the user's locale"},
      {{"sim/", "models/"}, {}, rx(R"(\b(std::)?(shared_ptr|make_shared|weak_ptr)\b)"), "ownership has one root"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"(\b(map|set)\s*<\s*(const\s+)?[\w:]+(\s+const)?\s*\*)"),
       "the order of pointers changes from run to run"},
      {{"sim/", "models/", "reports/", "scenarios/"},
       {},
       rx(R"(\bstd::hash\b)"),
       "std::hash is the library's own business"},
      {{"models/traffic/", "models/recorder."}, {}, rx(R"(\bthrow\b)"), "exceptions only at load time"},
      {{"sim/", "models/"},
       {"sim/ladder_queue."},  // finds a chunk's header by the address of its elements
       rx(R"(\breinterpret_cast\b|\bconst_cast\b)"),
       "there is a typed way"},
      {{"sim/"},
       {},
       rx(R"((^|[^A-Za-z])([Mm]esh(?!sim)|[Pp]roxy|[Pp]roxies|[Ss]idecar|[Ee]nvoy|)"
          R"([Ii]stio|[Rr]etry|[Rr]etries|[Cc]anary|[Mm]tls|[Uu]pstream|[Ee]ndpoint))"),
       "the engine knows no mesh word"},
  };
  return all;
}

// Range-for over, or begin() of, a name that the same file declares as an unordered container.
void check_unordered(const File& file, const std::string& code, std::vector<Finding>& findings) {
  static const std::regex kDeclared = rx(R"(\bunordered_\w+\s*<[^;{}()]*>\s*&?\s*(\w+)\s*[;={,)])");
  for (std::sregex_iterator d(code.begin(), code.end(), kDeclared), end; d != end; ++d) {
    const std::string name = (*d)[1];
    const std::regex iterated(R"(:\s*)" + name + R"(\s*\)|\b)" + name + R"(\s*\.\s*c?begin\s*\()");
    if (std::regex_search(code, iterated)) {
      findings.push_back({file.path, 0, "iterates the unordered container '" + name + "'"});
    }
  }
}

std::vector<Finding> check_banned(const File& file) {
  std::vector<Finding> findings;
  if (!tidy::is_cpp(file.path)) return findings;
  const std::string code = tidy::without_comments(file.text, true);
  for (const Ban& ban : bans()) {
    if (!tidy::starts_with_any(file.path, ban.where) || tidy::starts_with_any(file.path, ban.except)) continue;
    std::size_t number = 0;
    for (const std::string_view line : tidy::lines_of(code)) {
      ++number;
      if (std::regex_search(line.begin(), line.end(), ban.pattern)) {
        std::string quoted(tidy::lines_of(file.text)[number - 1]);
        findings.push_back({file.path, number, ban.why + ":  " + quoted});
      }
    }
  }
  if (tidy::starts_with_any(file.path, {"sim/", "models/", "reports/", "scenarios/"})) {
    check_unordered(file, code, findings);
  }
  return findings;
}

std::size_t count(std::string path, std::string text) {
  return check_banned({std::move(path), std::move(text)}).size();
}

}  // namespace

TEST_CASE("no construct is used that would break reproducibility or the layers") {
  std::vector<Finding> findings;
  for (const File& file : tidy::tree()) {
    for (Finding& f : check_banned(file)) findings.push_back(std::move(f));
  }
  CHECK_MESSAGE(findings.empty(), tidy::listing(findings));
}

TEST_CASE("a banned construct is found") {
  for (const char* line : {
           "std::normal_distribution<> d;",
           "int x = rand();",
           "int x = std::rand();",
           "std::random_device d;",
           "std::shuffle(a, b, c);",
           "double y = std::log(x);",
           "double y = exp(x);",
           "double y = 2 * ::pow(x, 2);",
           "y = log1p(x);",
           "auto b = std::bit_cast<int>(x);",
           "#include <ranges>",
           "#include <format>",
           "std::jthread t;",
           "auto t = std::chrono::steady_clock::now();",
           "auto t = time(nullptr);",
           "if (getenv(\"X\")) {}",
           "double d = std::stod(text);",
           "std::shared_ptr<int> p;",
           "std::map<const Node*, int> m;",
           "std::set<Node *> m;",
           "std::hash<int> h;",
           "auto p = reinterpret_cast<char*>(x);",
           "std::unordered_map<int, int> m; for (auto& e : m) {}",
           "std::unordered_set<int> s; auto i = s.begin();",
       }) {
    CAPTURE(line);
    CHECK(count("models/policy/a.cpp", line) == 1);
  }
  CHECK(count("models/traffic/a.cpp", "if (x) throw 1;") == 1);
  CHECK(count("sim/random/special_functions.cpp", "double y = std::exp(x);") == 1);
  CHECK(count("sim/random/special_functions.cpp", "double y = tgamma(x);") == 1);
  CHECK(count("sim/a.h", "struct ProxyWorker {};") == 1);
  CHECK(count("sim/a.h", "int retry_count;") == 1);
}

TEST_CASE("what only looks like a banned construct is no finding") {
  for (const char* line : {
           "// std::log(x) would differ",
           "const char* text = \"rand()\";",
           "double y = portable::log(x);",
           "double y = sim::exp(x);",
           "double y = catalog(x) + operand(x) + law.log(x);",
           "auto x = 1'000 + f('\\'');",
           "std::unordered_map<int, int> m; m.find(3);",
       }) {
    CAPTURE(line);
    CHECK(count("models/policy/a.cpp", line) == 0);
  }
  CHECK(count("sim/random/portable_math.cpp", "double y = exp(x);") == 0);
  CHECK(count("sim/random/special_functions.cpp", "double y = exp(x) + sim::portable::log(x);") == 0);
  CHECK(count("tests/sim/a_test.cpp", "double y = std::exp(x);") == 0);
}
