// The report formats. One table (writers.cpp) names them all; a new format is one file and one row there.
// Every writer is a pure function: the same report gives the same bytes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.h"

namespace reports {

struct WriteOptions {
  bool all = false;     // do not fold long tables nor leave out details
  bool colour = false;  // terminals only
  std::size_t width = 100;
};

struct OutputFile {
  std::string name;  // our own, never made from names in the scenario
  std::string content;
};

struct Writer {
  std::string_view format;
  std::string_view purpose;
  std::string (*write)(const Report& report, const WriteOptions& options);  // one text, for stdout; may be null
  std::vector<OutputFile> (*files)(const Report& report);                   // for a directory
};

[[nodiscard]] std::span<const Writer> writers();

[[nodiscard]] std::string write_text(const Report& report, const WriteOptions& options);
[[nodiscard]] std::vector<OutputFile> text_files(const Report& report);
[[nodiscard]] std::string write_json(const Report& report, const WriteOptions& options);
[[nodiscard]] std::vector<OutputFile> json_files(const Report& report);
[[nodiscard]] std::vector<OutputFile> csv_files(const Report& report);

// The files of all formats, in the table's order.
[[nodiscard]] std::vector<OutputFile> all_files(const Report& report);

}  // namespace reports
