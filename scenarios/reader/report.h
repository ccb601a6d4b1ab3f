// Collects diagnostics while a scenario is read, with the texts they point into. Not a printer.
// Invariant: at most kMaxProblems errors are kept; one more says that the list was cut.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/reader/codes.h"
#include "scenarios/reader/diagnostic.h"
#include "scenarios/reader/source.h"

namespace reader {

inline constexpr std::size_t kMaxProblems = 50;

struct Place {
  std::uint32_t source = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

class Report {
 public:
  Sources sources;

  void error(Code code, Place place, std::string path, std::string message, std::string hint);
  void add(Severity severity, Code code, Place place, std::string path, std::string message, std::string hint);
  [[nodiscard]] bool failed() const { return errors_ > 0; }
  // Nothing more is kept: work on hints is lost.
  [[nodiscard]] bool full() const { return list_.size() >= 4 * kMaxProblems; }
  [[nodiscard]] std::size_t errors() const { return errors_; }
  // Sorted by file (in reading order), line, column; identical ones once.
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
};

}  // namespace reader
