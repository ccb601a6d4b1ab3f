// The pieces of the report for people: lines, wrapped prose, tables, series. Internal to text.cpp and text_tables.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "reports/escape.h"
#include "reports/writers.h"

namespace reports {

class Screen {
 public:
  explicit Screen(const WriteOptions& options) : options_(options) {}

  void line(std::string_view text = {}) {
    while (text.ends_with(' ')) {
      text.remove_suffix(1);
    }
    out_.append(text);
    out_ += '\n';
  }
  void title(std::string_view text) { line(style("1", shortened(std::string(text), options_.width))); }
  void dim(std::string_view text) { line(style("2", text)); }

  // Words wrapped at the width, further lines indented. Text is escaped here.
  void prose(std::string_view raw, std::size_t indent, bool dimmed = false) {
    const std::string text = for_terminal(raw);
    std::string current(indent, ' ');
    bool empty = true;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string_view word = std::string_view(text).substr(at, end - at);
      if (!empty && display_width(current) + 1 + display_width(word) > options_.width) {
        line(dimmed ? style("2", current) : current);
        current.assign(indent + 2, ' ');
        empty = true;
      }
      current += empty ? "" : " ";
      current += word;
      empty = false;
      at = end + 1;
    }
    line(dimmed ? style("2", current) : current);
  }

  // "a · b · c", broken between items where that is possible. Items are escaped here.
  void items(const std::string& before, const std::vector<std::string>& raw, bool dimmed = false) {
    std::string current = before;
    bool first = true;
    for (const std::string& item : raw) {
      const std::string more = (first ? "" : " · ") + item;
      if (!first && display_width(for_terminal(current)) + display_width(for_terminal(more)) > options_.width) {
        prose(current + " ·", 0, dimmed);
        current = "  " + item;
      } else {
        current += more;
      }
      first = false;
    }
    if (!current.empty()) {
      prose(current, 0, dimmed);
    }
  }

  [[nodiscard]] std::string style(std::string_view code, std::string_view text) const {
    return options_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  [[nodiscard]] const WriteOptions& options() const { return options_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  WriteOptions options_;
  std::string out_;
};

void write_rows(Screen& screen, const Table& table);
void write_series(Screen& screen, const Table& table);  // one line of sparks per column

}  // namespace reports
