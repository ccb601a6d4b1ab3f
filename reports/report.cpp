#include "reports/report.h"

#include <stdexcept>

namespace reports {

std::string_view name_of(Report::Kind kind) {
  switch (kind) {
    case Report::Kind::Run: return "run";
    case Report::Kind::Compare: return "compare";
    case Report::Kind::Sweep: return "sweep";
  }
  return "";
}

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::None: return "";
    case Unit::Count: return "count";
    case Unit::Seconds: return "seconds";
    case Unit::PerSecond: return "per_second";
    case Unit::Fraction: return "fraction";
    case Unit::PerMillion: return "per_million";
    case Unit::Factor: return "factor";
    case Unit::Cores: return "vcpu";
    case Unit::Gigabytes: return "gigabytes";
    case Unit::LongSeconds: return "seconds";
    case Unit::Minutes: return "minutes";
    case Unit::CoreHours: return "vcpu_hours";
    case Unit::GigabyteHours: return "gigabyte_hours";
    case Unit::CoreMilliseconds: return "vcpu_milliseconds";
  }
  return "";
}

std::string_view unit_title(Unit unit) {
  switch (unit) {
    case Unit::None: return "";
    case Unit::Count: return "";
    case Unit::Seconds: return "ms";
    case Unit::PerSecond: return "/s";
    case Unit::Fraction: return "%";
    case Unit::PerMillion: return "/million";
    case Unit::Factor: return "x";
    case Unit::Cores: return "vCPU";
    case Unit::Gigabytes: return "GB";
    case Unit::LongSeconds: return "s";
    case Unit::Minutes: return "min";
    case Unit::CoreHours: return "vCPU-h";
    case Unit::GigabyteHours: return "GB-h";
    case Unit::CoreMilliseconds: return "vCPU-ms";
  }
  return "";
}

double screen_factor(Unit unit) {
  switch (unit) {
    case Unit::Seconds: return 1e3;
    case Unit::Fraction: return 1e2;
    case Unit::None:
    case Unit::Count:
    case Unit::PerSecond:
    case Unit::PerMillion:
    case Unit::Factor:
    case Unit::Cores:
    case Unit::Gigabytes:
    case Unit::LongSeconds:
    case Unit::Minutes:
    case Unit::CoreHours:
    case Unit::GigabyteHours:
    case Unit::CoreMilliseconds: return 1.0;
  }
  return 1.0;
}

void add_row(Table& table, std::vector<Cell> row) {
  if (row.size() != table.columns.size()) {
    throw std::logic_error("table " + table.key + ": row and columns differ in length");
  }
  table.rows.push_back(std::move(row));
}

}  // namespace reports
