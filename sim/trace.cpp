#include "sim/trace.h"

#include <cinttypes>

#include "sim/check.h"

namespace sim {

Trace::Trace(std::size_t capacity_records, std::FILE* stream) : capacity_(capacity_records), stream_(stream) {
  if (stream_ != nullptr)
    write_header(stream_);
  else
    ring_.reserve(capacity_);
}

void Trace::add(const TraceRecord& record) {
  ++added_;
  if (taker_) return taker_(record);
  if (stream_ != nullptr) {
    if (added_ <= capacity_) write_record(stream_, record);
  } else if (ring_.size() < capacity_) {
    ring_.push_back(record);
  } else if (capacity_ > 0) {
    ring_[oldest_] = record;
    oldest_ = oldest_ + 1 == capacity_ ? 0 : oldest_ + 1;
  }
}

std::uint64_t Trace::lost() const {
  const std::uint64_t kept = stream_ != nullptr ? (added_ < capacity_ ? added_ : capacity_) : ring_.size();
  return added_ - kept;
}

const TraceRecord& Trace::at(std::size_t i) const {
  SIM_CHECK(i < ring_.size(), "trace record out of range");
  return ring_[(oldest_ + i) % ring_.size()];
}

void Trace::write(std::FILE* out) const {
  write_header(out);
  for (std::size_t i = 0; i < ring_.size(); ++i) write_record(out, at(i));
}

void Trace::write_header(std::FILE* out) {
  std::fprintf(out, "%20s %-20s %16s %16s %10s %20s\n", "time_ns", "what", "root", "call", "owner", "detail");
}

void Trace::write_record(std::FILE* out, const TraceRecord& r) {
  std::fprintf(out, "%20" PRId64 " %-20s %016" PRIx64 " %016" PRIx64 " %10" PRIu32 " %20" PRIu64 "\n", r.at, r.what,
               r.root, r.call, r.owner, r.detail);
}

}  // namespace sim
