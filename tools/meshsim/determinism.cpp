#include "tools/meshsim/determinism.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "reports/escape.h"
#include "sim/trace.h"

namespace meshsim {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

constexpr std::size_t kTimeColumns = 20;  // sim/trace.h

class Instants {  // the records of one time after another
 public:
  explicit Instants(std::FILE* file) : file_(file) {
    std::rewind(file_);
    std::string header;
    read(header);
    read(pending_);
  }
  [[nodiscard]] bool next(std::vector<std::string>& records) {
    records.clear();
    if (pending_.empty()) {
      return false;
    }
    const std::string time = pending_.substr(0, kTimeColumns);
    while (!pending_.empty() && pending_.compare(0, kTimeColumns, time) == 0) {
      records.push_back(pending_);
      read(pending_);
    }
    std::sort(records.begin(), records.end());
    return true;
  }

 private:
  void read(std::string& line) {
    line.clear();
    for (int c = std::getc(file_); c != EOF && c != '\n'; c = std::getc(file_)) {
      line += static_cast<char>(c);
    }
  }
  std::FILE* file_;
  std::string pending_;
};

File traced(const models::Plan& plan, std::uint64_t seed, std::uint32_t replication, bool reference) {
  File file(std::tmpfile());
  if (file != nullptr) {
    sim::Trace trace(std::numeric_limits<std::size_t>::max(), file.get());
    models::RunOptions options;
    options.seed = seed;
    options.replication = replication;
    options.reference_queue = reference;
    options.trace = &trace;
    static_cast<void>(models::run(plan, options));
  }
  return file;
}

}  // namespace

std::string first_difference(std::FILE* first, std::FILE* second) {
  Instants a(first);
  Instants b(second);
  std::vector<std::string> records_a;
  std::vector<std::string> records_b;
  for (;;) {
    const bool more_a = a.next(records_a);
    const bool more_b = b.next(records_b);
    if (!more_a && !more_b) {
      return {};
    }
    if (records_a == records_b) {
      continue;
    }
    std::size_t at = 0;
    while (at < records_a.size() && at < records_b.size() && records_a[at] == records_b[at]) {
      ++at;
    }
    return fmt::format("first run:  {}\nsecond run: {}",
                       at < records_a.size() ? records_a[at] : "(nothing at this time)",
                       at < records_b.size() ? records_b[at] : "(nothing at this time)");
  }
}

std::string find_difference(const std::vector<models::Plan>& plans, const std::vector<models::CandidateRun>& first,
                            const std::vector<models::CandidateRun>& second, std::uint64_t seed) {
  for (std::size_t c = 0; c < plans.size(); ++c) {
    const std::size_t count = std::min(first[c].replications.size(), second[c].replications.size());
    for (std::size_t r = 0; r < count; ++r) {
      const models::Results& a = first[c].replications[r];
      const models::Results& b = second[c].replications[r];
      if (a.fingerprint == b.fingerprint && a.stopped == b.stopped) {
        continue;
      }
      std::string text = fmt::format("not deterministic: candidate {}, replication {}: fingerprints {} and {}\n",
                                     reports::for_terminal(first[c].name), r, a.fingerprint.hex(), b.fingerprint.hex());
      const File one = traced(plans[c], seed, static_cast<std::uint32_t>(r), false);
      const File two = traced(plans[c], seed, static_cast<std::uint32_t>(r), true);
      if (one == nullptr || two == nullptr) {
        return text + "no temporary file for the traces";
      }
      const std::string difference = first_difference(one.get(), two.get());
      return text + (difference.empty()
                         ? "the traces of that replication agree when run again: look at shared state between threads"
                         : difference);
    }
    if (first[c].replications.size() != second[c].replications.size()) {
      return fmt::format("candidate {}: {} and {} replications", reports::for_terminal(first[c].name),
                         first[c].replications.size(), second[c].replications.size());
    }
  }
  return {};
}

}  // namespace meshsim
