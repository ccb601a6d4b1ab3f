#include "scenarios/reader/report.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace reader {

void Report::error(Code code, Place place, std::string path, std::string message, std::string hint) {
  add(Severity::Error, code, place, std::move(path), std::move(message), std::move(hint));
}

void Report::add(Severity severity, Code code, Place place, std::string path, std::string message, std::string hint) {
  if (severity == Severity::Error) ++errors_;
  if (full()) return;
  Diagnostic d;
  d.code = text_of(code);
  d.severity = severity;
  d.source = place.source;
  d.line = place.line;
  d.column = place.column;
  d.path = std::move(path);
  d.message = std::move(message);
  d.hint = std::move(hint);
  if (place.source < sources.list.size()) d.file = sources.list[place.source].name;
  list_.push_back(std::move(d));
}

std::vector<Diagnostic> Report::sorted() const {
  std::vector<Diagnostic> out = list_;
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.source, d.line, d.column, d.severity, d.code, d.message);
  };
  std::stable_sort(out.begin(), out.end(), [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  out.erase(
      std::unique(out.begin(), out.end(), [&](const Diagnostic& a, const Diagnostic& b) { return key(a) == key(b); }),
      out.end());
  if (out.size() > kMaxProblems) {
    const std::size_t left = out.size() - kMaxProblems;
    out.resize(kMaxProblems);
    Diagnostic d;
    d.code = text_of(Code::TooManyProblems);
    d.severity = errors_ > 0 ? Severity::Error : Severity::Note;
    d.message = fmt::format("more problems follow ({} or more); they are not shown", left);
    out.push_back(std::move(d));
  }
  return out;
}

}  // namespace reader
