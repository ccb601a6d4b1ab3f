// JSON, JUnit XML and SARIF 2.1.0 of a check.
// JUnit: a case per line; an undecided line and an unreadable file are <error>, so that nobody takes them for a pass.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/check.h"
#include "reports/escape.h"
#include "reports/version.h"
#include "sim/random/keyed.h"

namespace reports {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(1, ' ', true, Json::error_handler_t::replace) + "\n"; }

const char* rule_name(CheckLine::Rule rule) {
  switch (rule) {
    case CheckLine::Rule::Expectation: return "expectation";
    case CheckLine::Rule::Baseline: return "baseline";
    case CheckLine::Rule::Precision: return "precision";
  }
  return "";
}

// XML 1.0 has no control characters; for_terminal leaves none.
std::string for_xml(std::string_view text) {
  std::string out;
  for (const char c : for_terminal(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  // U+FFFE and U+FFFF are UTF-8 but not XML.
  for (const char* bad : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = 0; (at = out.find(bad, at)) != std::string::npos;) out.replace(at, 3, "\xef\xbf\xbd");
  }
  return out;
}

// A message of SARIF: brackets would be links, braces placeholders (2.1.0, 3.11.5 and 3.11.6).
std::string for_sarif(std::string_view text) {
  std::string out;
  for (const char c : for_terminal(text)) {
    if (c == '\\' || c == '[' || c == ']') out += '\\';
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}

// A path as a relative or file: reference; bytes that a URI cannot hold as %XX.
std::string uri_of(const std::string& path) {
  std::string out = !path.empty() && path[0] == '/' ? "file://" : "";
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  for (const char c : rest) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Json location(const std::string& file, std::uint32_t line, std::uint32_t column) {
  Json physical{{"artifactLocation", {{"uri", uri_of(file)}}}};
  if (line > 0) physical["region"] = {{"startLine", line}};
  if (line > 0 && column > 0) physical["region"]["startColumn"] = column;
  return Json::array({{{"physicalLocation", physical}}});
}

struct SarifRule {
  const char* id;
  const char* text;
  const char* level;
};
constexpr std::array<SarifRule, 5> kRules{{{"expectation", "What a scenario expects does not hold.", "error"},
                                           {"baseline", "A scenario differs from its baseline.", "error"},
                                           {"precision", "A scenario is less precise than it asks for.", "warning"},
                                           {"undecided", "The interval allows both answers.", "warning"},
                                           {"input", "A scenario could not be judged.", "error"}}};

Json sarif_result(const char* rule, const std::string& message, Json where, const std::string& identity) {
  const auto known =
      std::find_if(kRules.begin(), kRules.end(), [&](const SarifRule& r) { return std::string_view(r.id) == rule; });
  return {{"ruleId", rule},
          {"ruleIndex", known - kRules.begin()},
          {"level", known->level},
          {"message", {{"text", for_sarif(message)}}},
          {"locations", std::move(where)},
          {"partialFingerprints", {{"meshsimCheck/v1", fmt::format("{:016x}", sim::name_key(identity))}}}};
}

}  // namespace

std::string write_check_json(const CheckReport& report) {
  Json json{{"meshsimCheck", 1}, {"version", std::string(kProgramVersion)}};
  const CheckCounts counts = counts_of(report);
  json["passed"] = counts.pass;
  json["failed"] = counts.fail;
  json["inconclusive"] = counts.inconclusive;
  json["errors"] = counts.errors;
  json["scenarios"] = Json::array();
  for (const CheckCase& one : report.cases) {
    Json scenario{{"file", one.file}, {"verdict", verdict_of(one)}, {"replications", one.replications}};
    scenario["lines"] = Json::array();
    for (const CheckLine& line : one.lines) {
      scenario["lines"].push_back({{"rule", rule_name(line.rule)},
                                   {"name", line.name},
                                   {"candidate", line.candidate},
                                   {"expected", line.text},
                                   {"verdict", name_of(line.verdict)},
                                   {"measured", line.detail},
                                   {"file", line.file},
                                   {"line", line.line}});
    }
    scenario["problems"] = Json::array();
    for (const CheckProblem& p : one.problems)
      scenario["problems"].push_back(
          {{"code", p.code}, {"message", p.message}, {"file", p.file}, {"line", p.line}, {"column", p.column}});
    scenario["notes"] = one.notes;
    json["scenarios"].push_back(std::move(scenario));
  }
  return dump(json);
}

std::string write_check_junit(const CheckReport& report) {
  const CheckCounts all = counts_of(report);
  const auto head = [](const CheckCounts& c) {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\"",
                       c.pass + c.fail + c.inconclusive + c.errors, c.fail, c.inconclusive + c.errors);
  };
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"meshsim check\" {}>\n", head(all));
  for (const CheckCase& one : report.cases) {
    const std::string suite = for_xml(one.file);
    out += fmt::format("  <testsuite name=\"{}\" {}>\n", suite, head(counts_of(one)));
    for (const CheckProblem& p : one.problems) {
      const std::string place = p.line > 0 ? fmt::format("{}:{}:{}: ", p.file, p.line, p.column) : "";
      out += fmt::format(
          "    <testcase classname=\"{}\" name=\"can be judged\">\n      <error type=\"input\" message=\"{}\"/>\n    "
          "</testcase>\n",
          suite, p.line > 0 ? fmt::format(", line {}", p.line) : "",
          for_xml(place + (p.code.empty() ? "" : "[" + p.code + "] ") + p.message));
    }
    for (const CheckLine& line : one.lines) {
      const std::string name = line.candidate.empty() ? line.name : fmt::format("{} ({})", line.name, line.candidate);
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, for_xml(name));
      if (line.verdict == Verdict::Pass) {
        out += "/>\n";
        continue;
      }
      const bool fail = line.verdict == Verdict::Fail;
      out += fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                         fail ? "failure" : "error", name_of(line.verdict), for_xml(line.text),
                         for_xml("measured " + line.detail));
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string write_check_sarif(const CheckReport& report) {
  Json rules = Json::array();
  for (const SarifRule& rule : kRules)
    rules.push_back({{"id", rule.id},
                     {"shortDescription", {{"text", rule.text}}},
                     {"defaultConfiguration", {{"level", rule.level}}}});
  Json results = Json::array();
  for (const CheckCase& one : report.cases) {
    for (const CheckProblem& p : one.problems)
      results.push_back(sarif_result("input", (p.code.empty() ? "" : p.code + ": ") + p.message,
                                     location(p.file, p.line, p.column), one.file + "\n" + p.code + "\n" + p.message));
    for (const CheckLine& line : one.lines) {
      if (line.verdict == Verdict::Pass) continue;
      const char* rule = line.verdict == Verdict::Fail ? rule_name(line.rule) : "undecided";
      results.push_back(sarif_result(rule, fmt::format("{}: {}; measured {}", line.name, line.text, line.detail),
                                     location(line.file, line.line, 0),
                                     one.file + "\n" + line.name + "\n" + line.candidate));
    }
  }
  const Json driver{{"name", "meshsim"}, {"version", std::string(kProgramVersion)}, {"rules", std::move(rules)}};
  const Json run{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  return dump({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
               {"version", "2.1.0"},
               {"runs", Json::array({run})}});
}

}  // namespace reports
