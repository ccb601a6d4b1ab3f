#include "reports/writers.h"

#include <array>
#include <iterator>
#include <utility>

namespace reports {
namespace {

constexpr std::array<Writer, 3> kWriters{{
    {"text", "for people, 100 columns", &write_text, &text_files},
    {"json", "for programs, everything that was measured", &write_json, &json_files},
    {"csv", "for spreadsheets and plots, one file per table", nullptr, &csv_files},
}};

}  // namespace

std::span<const Writer> writers() { return kWriters; }

std::vector<OutputFile> all_files(const Report& report) {
  std::vector<OutputFile> files;
  for (const Writer& writer : writers()) {
    std::vector<OutputFile> more = writer.files(report);
    files.insert(files.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return files;
}

}  // namespace reports
