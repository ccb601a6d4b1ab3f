// `meshsim explain [CODE]`: what a diagnostic's code means, with an example and the fix. What else can be explained is
// a subcommand of it, in a file of its own (explain_policy.cpp, ...), joined in add_explain().
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "scenarios/reader/codes.h"
#include "scenarios/reader/diagnostic.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

std::string indented(std::string_view text) {
  std::string out = "    ";
  for (const char c : text) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return out;
}

std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = text.find(' ', i);
    if (end == std::string_view::npos) end = text.size();
    if (column > 0 && column + 1 + (end - i) > 96) {
      out += '\n';
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += text.substr(i, end - i);
    column += end - i;
    i = end + 1;
  }
  return out;
}

int explain(const std::string& text) {
  std::string out;
  if (text.empty()) {
    for (const auto& e : reader::explanations()) out += fmt::format("{}  {}\n", reader::text_of(e.code), e.title);
    return print_result(out) ? kOk : kBadInput;
  }
  const auto code = reader::code_from_text(text);
  if (!code) {
    complain(
        fmt::format("meshsim: there is no code `{}`; `meshsim explain` lists them\n", reader::printable(text, 40)));
    return kBadInput;
  }
  const reader::Explanation& e = *reader::explanation_of(*code);
  out = fmt::format("{}: {}\n\n{}\n", reader::text_of(e.code), e.title, wrapped(e.cause));
  if (e.example[0] != '\0') out += fmt::format("\nFor example:\n\n{}\n", indented(e.example));
  out += fmt::format("\nFix:\n\n{}\n", indented(e.fix));
  return print_result(out) ? kOk : kBadInput;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto code = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "explain", "Say what a diagnostic's code means, with an example and the fix; without CODE, list them all.");
  command->add_option("CODE", *code, "MS014, ms14 or 14.");
  add_explain_policy(*command, exit_code);
  command->require_subcommand(0, 1);
  add_explain_request(*command, exit_code);
  command->callback([command, code, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = explain(*code);  // else that one has answered
  });
}

}  // namespace meshsim
