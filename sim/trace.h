// What happened, for a human who follows one run: a bounded observer of records, never an influence on the run.
// Three ways: a ring that keeps the last `capacity` records, written on demand; a stream, written as it happens, which
// stops after `capacity` records; or a function that is given each. The caller tests for "no trace" (a null pointer);
// nothing here is virtual.
//
// Text: one line per record, fixed columns, separated by single blanks, a header line first:
//   columns  1-20  time, nanoseconds, right-aligned          columns 22-41  what, left-aligned (a longer name pushes
// the rest)
//   columns 43-58  root request, 16 hex digits               columns 60-75  call, 16 hex digits
//   columns 77-86  owner, decimal, right-aligned             columns 88-107 detail, decimal, right-aligned
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

#include "sim/time.h"

namespace sim {

struct TraceRecord {
  Time at = 0;
  const char* what = "";  // a string literal: it is not copied
  std::uint64_t root = 0;
  std::uint64_t call = 0;
  std::uint32_t owner = 0;
  std::uint64_t detail = 0;
};

class Trace {
 public:
  // stream == nullptr: keep the last `capacity_records` in memory. Else write each to `stream` (not owned), the first
  // `capacity_records` of them; what is beyond is counted and dropped.
  explicit Trace(std::size_t capacity_records, std::FILE* stream = nullptr);

  explicit Trace(std::function<void(const TraceRecord&)> taker) : capacity_(0), taker_(std::move(taker)) {}

  void add(const TraceRecord& record);

  [[nodiscard]] std::size_t size() const { return ring_.size(); }  // records held (ring only)
  [[nodiscard]] std::uint64_t added() const { return added_; }     // records offered
  [[nodiscard]] std::uint64_t lost() const;                        // offered, but neither held nor written
  [[nodiscard]] const TraceRecord& at(std::size_t i) const;        // i-th oldest held, 0 <= i < size()

  void write(std::FILE* out) const;  // header and all records held
  static void write_header(std::FILE* out);
  static void write_record(std::FILE* out, const TraceRecord& record);

 private:
  std::size_t capacity_;
  std::FILE* stream_ = nullptr;
  std::function<void(const TraceRecord&)> taker_;
  std::vector<TraceRecord> ring_;
  std::size_t oldest_ = 0;
  std::uint64_t added_ = 0;
};

}  // namespace sim
