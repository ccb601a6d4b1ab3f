// The screen, GitHub's annotations and the Markdown summary of a check.
#include "reports/check.h"

#include <fmt/format.h>

#include "reports/escape.h"

namespace reports {
namespace {

// A log line of a build service: "##[" anywhere in it, and "::" at its start, would be commands there.
std::string for_log(std::string_view text) {
  std::string out = for_terminal(text);
  for (std::size_t at = 0; (at = out.find("##[", at)) != std::string::npos; at += 4) out.insert(at + 2, " ");
  return out;
}

// Of a workflow command: GitHub decodes exactly these.
std::string for_command(std::string_view text, bool property) {
  std::string out;
  for (const char c : for_log(text)) {
    if (c == '%') {
      out += "%25";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;  // line ends are gone: for_terminal
    }
  }
  return out;
}

// Inside <code>: nothing but letters and digits stands for itself, so there is no markup, mention or link in it.
std::string for_markdown(std::string_view text) {
  std::string out;
  for (const char c : for_terminal(text)) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || u >= 0x80;
    out += plain || c == ' ' ? std::string(1, c) : fmt::format("&#{};", u);
  }
  return "<code>" + out + "</code>";
}

std::string plural(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string summary(const CheckReport& report) {
  const CheckCounts counts = counts_of(report);
  std::string text =
      fmt::format("{}: {} passed, {} failed, {} inconclusive", plural(report.cases.size(), "scenario", "scenarios"),
                  counts.pass, counts.fail, counts.inconclusive);
  if (counts.errors > 0) text += ", " + plural(counts.errors, "error", "errors");
  return text;
}

std::string problem_words(const CheckProblem& problem) {
  return problem.code.empty() ? problem.message : fmt::format("[{}] {}", problem.code, problem.message);
}

std::string command(std::string_view level, const std::string& file, std::uint32_t line, std::uint32_t column,
                    const std::string& title, const std::string& message) {
  std::string out = fmt::format("::{} file={}", level, for_command(file, true));
  if (line > 0) out += fmt::format(",line={}", line);
  if (column > 0) out += fmt::format(",col={}", column);
  return out + fmt::format(",title={}::{}\n", for_command(title, true), for_command(message, false));
}

}  // namespace

std::string_view verdict_of(const CheckCase& one) {
  const CheckCounts counts = counts_of(one);
  if (counts.errors > 0 || one.lines.empty()) return "error";
  if (counts.fail > 0) return "fail";
  return counts.inconclusive > 0 ? "inconclusive" : "pass";
}

CheckCounts counts_of(const CheckCase& one) {
  CheckCounts counts;
  counts.errors = one.problems.size();
  for (const CheckLine& line : one.lines) {
    counts.pass += line.verdict == Verdict::Pass ? 1 : 0;
    counts.fail += line.verdict == Verdict::Fail ? 1 : 0;
    counts.inconclusive += line.verdict == Verdict::Inconclusive ? 1 : 0;
  }
  return counts;
}

CheckCounts counts_of(const CheckReport& report) {
  CheckCounts all;
  for (const CheckCase& one : report.cases) {
    const CheckCounts counts = counts_of(one);
    all.pass += counts.pass;
    all.fail += counts.fail;
    all.inconclusive += counts.inconclusive;
    all.errors += counts.errors;
  }
  return all;
}

std::string write_check_text(const CheckReport& report) {
  std::string out;
  for (const CheckCase& one : report.cases) {
    out += fmt::format("{:<12} {}", verdict_of(one), for_log(one.file));
    if (one.replications > 0) out += fmt::format(" ({})", plural(one.replications, "replication", "replications"));
    out += '\n';
    for (const CheckProblem& problem : one.problems) {
      out += "  error        ";
      if (problem.line > 0) out += fmt::format("{}:{}:{}: ", for_log(problem.file), problem.line, problem.column);
      out += for_log(problem_words(problem)) + "\n";
    }
    for (const CheckLine& line : one.lines) {
      out += fmt::format("  {:<12} {}: {}\n", name_of(line.verdict), for_log(line.name), for_log(line.text));
      if (!line.detail.empty()) out += fmt::format("  {:<12}   measured {}\n", "", for_log(line.detail));
    }
    for (const std::string& note : one.notes) out += fmt::format("  note         {}\n", for_log(note));
  }
  return out + summary(report) + "\n";
}

std::string write_check_github(const CheckReport& report) {
  std::string out;
  for (const CheckCase& one : report.cases) {
    for (const CheckProblem& problem : one.problems)
      out += command("error", problem.file, problem.line, problem.column, "meshsim", problem_words(problem));
    for (const CheckLine& line : one.lines) {
      if (line.verdict == Verdict::Pass) continue;
      const bool fail = line.verdict == Verdict::Fail;
      out += command(fail ? "error" : "warning", line.file, line.line, 0,
                     fmt::format("{}: {}", fail ? "failed" : "inconclusive", line.name),
                     fmt::format("{}; measured {}", line.text, line.detail));
    }
  }
  return out;
}

std::string write_check_markdown(const CheckReport& report) {
  std::string out = "## meshsim check\n\n" + summary(report) + "\n";
  if (!report.cases.empty())
    out += "\n| verdict | scenario | passed | failed | inconclusive |\n|---|---|---|---|---|\n";
  for (const CheckCase& one : report.cases) {
    const CheckCounts counts = counts_of(one);
    out += fmt::format("| {} | {} | {} | {} | {} |\n", verdict_of(one), for_markdown(one.file), counts.pass,
                       counts.fail, counts.inconclusive);
  }
  std::string open;
  for (const CheckCase& one : report.cases) {
    for (const CheckProblem& problem : one.problems)
      open +=
          fmt::format("| error | {} | {} | |\n",
                      for_markdown(problem.line > 0 ? fmt::format("{}:{}", problem.file, problem.line) : problem.file),
                      for_markdown(problem_words(problem)));
    for (const CheckLine& line : one.lines) {
      if (line.verdict == Verdict::Pass) continue;
      open += fmt::format("| {} | {} | {} | {} |\n", name_of(line.verdict), for_markdown(line.name),
                          for_markdown(line.text), for_markdown(line.detail));
    }
  }
  if (!open.empty()) out += "\n| | what | expected | measured |\n|---|---|---|---|\n" + open;
  return out;
}

}  // namespace reports
