// The report for people: 100 columns, long tables folded to their worst rows, one line of sparks per series.
// Refused intervals are marked with a dot and explained below the table they stand in.
#include <algorithm>

#include <fmt/format.h>

#include "reports/numbers.h"
#include "reports/text_screen.h"
#include "reports/version.h"

namespace reports {
namespace {

void write_section(Screen& screen, const Section& section) {
  const bool all = screen.options().all;
  if (section.folded && !all) {
    return;
  }
  const auto visible = [&](const Table& table) { return table.audience != Audience::Machine && !table.rows.empty(); };
  if (section.paragraphs.empty() && std::none_of(section.tables.begin(), section.tables.end(), visible)) {
    return;
  }
  screen.line();
  screen.title(for_terminal(section.title));
  for (const Table& table : section.tables) {
    if (!visible(table)) {
      continue;
    }
    if (!table.title.empty()) {
      screen.prose(table.title, 2);
    }
    table.columnar ? write_series(screen, table) : write_rows(screen, table);
  }
  for (const std::string& paragraph : section.paragraphs) {
    screen.prose(paragraph, 2);
  }
}

std::vector<std::string> words_of(const std::vector<Fact>& facts) {
  std::vector<std::string> words;
  for (const Fact& fact : facts) {
    if (fact.title.empty()) {
      continue;  // shown elsewhere, or for machines only
    }
    std::string value;
    if (fact.cell.kind == Cell::Kind::Text) {
      value = fact.cell.text;
    } else if (fact.cell.kind == Cell::Kind::Number) {
      value = spoken(fact.cell.number, fact.unit);
    }
    if (!value.empty()) {
      words.push_back(fact.title == "-" ? value : fmt::format("{} {}", fact.title, value));
    }
  }
  return words;
}

constexpr std::size_t kNotes = 3;

void write_notes(Screen& screen, const CandidateReport& candidate, std::size_t indent) {
  const std::size_t shown = screen.options().all ? candidate.notes.size() : std::min(kNotes, candidate.notes.size());
  for (std::size_t i = 0; i < shown; ++i) {
    screen.prose(candidate.notes[i], indent, true);
  }
  if (shown < candidate.notes.size()) {
    screen.prose(fmt::format("(and {} more notes: --all)", candidate.notes.size() - shown), indent, true);
  }
}

std::string text_fact(const std::vector<Fact>& facts, std::string_view key) {
  for (const Fact& fact : facts) {
    if (fact.key == key) {
      return fact.cell.text;
    }
  }
  return {};
}

}  // namespace

std::string write_text(const Report& report, const WriteOptions& options) {
  Screen screen(options);
  screen.title(fmt::format("meshsim {} {} {}", kProgramVersion, name_of(report.kind),
                           for_terminal(text_fact(report.header, "file"))));
  if (const std::string question = text_fact(report.header, "question"); !question.empty()) {
    screen.prose(question, 0);
  }
  screen.items("", words_of(report.header), true);
  for (const std::string& warning : report.warnings) {
    screen.prose("! " + warning, 0);
  }
  const bool with_candidates = report.kind == Report::Kind::Run || options.all;
  if (with_candidates) {
    for (const CandidateReport& candidate : report.candidates) {
      screen.line();
      screen.title(fmt::format("━━ {} ━━", for_terminal(candidate.name)));
      screen.items("", words_of(candidate.facts), true);
      write_notes(screen, candidate, 0);
      for (const Section& section : candidate.sections) {
        write_section(screen, section);
      }
    }
  } else {
    for (const CandidateReport& candidate : report.candidates) {
      screen.items(candidate.name + ": ", words_of(candidate.facts), true);
      write_notes(screen, candidate, 2);
    }
  }
  for (const Section& section : report.comparison) {
    write_section(screen, section);
  }
  for (const Section& section : report.expectations) {
    write_section(screen, section);
  }
  if (!report.verdict.empty()) {
    screen.line();
    for (const std::string& sentence : report.verdict) {
      screen.prose(sentence, 0);
    }
  }
  return screen.take();
}

std::vector<OutputFile> text_files(const Report& report) {
  WriteOptions options;
  options.all = true;
  return {{"report.txt", write_text(report, options)}};
}

}  // namespace reports
