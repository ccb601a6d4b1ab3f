// The log-linear histogram: exact counts, exact merging, bounded relative error.
#include "sim/statistics/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/distributions/distribution.h"
#include "sim/random/keyed.h"

namespace {

std::vector<std::int64_t> latencies(std::size_t n, std::uint64_t purpose) {
  const sim::Distribution law = sim::Distribution::lognormal(3e6, 1.5);
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(law.sample(i << 12, purpose));
  return values;
}

sim::Histogram histogram_of(const std::vector<std::int64_t>& values) {
  sim::Histogram h;
  for (const std::int64_t v : values) h.observe(v);
  return h;
}

}  // namespace

TEST_CASE("an empty histogram is small and answers zero") {
  const sim::Histogram h;
  CHECK(h.bytes() == sizeof(sim::Histogram));
  CHECK(sizeof(sim::Histogram) <= 192);
  CHECK(h.count() == 0);
  CHECK(h.mean() == 0);
  CHECK(h.quantile(0.5) == 0);
  CHECK(h.fraction_below(10) == 0);
  CHECK(h.tail_count(0.99) == 0);
  CHECK(h == sim::Histogram());
}

TEST_CASE("values below 256 ns are exact") {
  for (std::int64_t v = 0; v < 256; ++v) {
    sim::Histogram h;
    h.observe(v);
    h.for_each_bucket([v](std::int64_t lo, std::int64_t hi, std::uint64_t n) {
      CHECK(lo == v);
      CHECK(hi == v + 1);
      CHECK(n == 1);
    });
  }
}

TEST_CASE("every value falls into a bucket that holds it and is at most 1/128 wide") {
  std::vector<std::int64_t> values{0, 1, 127, 128, 255, 256, 257, std::numeric_limits<std::int64_t>::max()};
  for (int e = 8; e < 63; ++e) {
    for (const std::int64_t d : {-1, 0, 1}) values.push_back((std::int64_t{1} << e) + d);
  }
  for (std::uint64_t i = 0; i < 20'000; ++i)
    values.push_back(static_cast<std::int64_t>(sim::bits(i, 1) >> (1 + i % 60)));
  for (const std::int64_t v : values) {
    sim::Histogram h;
    h.observe(v);
    int buckets = 0;
    h.for_each_bucket([v, &buckets](std::int64_t lo, std::int64_t hi, std::uint64_t n) {
      ++buckets;
      CHECK_UNARY(lo <= v);
      const std::int64_t width = hi - lo;
      CHECK_UNARY((v < hi || v == std::numeric_limits<std::int64_t>::max()));
      CHECK_UNARY((width == 1 || width <= lo / 128));
      CHECK_UNARY(n == 1);
    });
    CHECK_UNARY(buckets == 1);
    CHECK_UNARY(h.quantile(0.5) == static_cast<double>(v));  // one value is returned exactly
  }
}

TEST_CASE("merging is the same as observing everything, in any order") {
  const auto a = latencies(20'000, 1);
  const auto b = latencies(30'000, 2);
  std::vector<std::int64_t> all = a;
  all.insert(all.end(), b.begin(), b.end());
  sim::Histogram ab = histogram_of(a);
  ab.merge(histogram_of(b));
  sim::Histogram ba = histogram_of(b);
  ba.merge(histogram_of(a));
  std::reverse(all.begin(), all.end());
  CHECK(ab == histogram_of(all));
  CHECK(ba == ab);
  sim::Histogram other = ab;
  other.observe(1);
  CHECK_FALSE(other == ab);
  other = ab;
  other.merge(sim::Histogram());
  CHECK(other == ab);
  sim::Histogram from_empty;
  from_empty.merge(ab);
  CHECK(from_empty == ab);
  from_empty.merge(from_empty);
  CHECK(from_empty.count() == 2 * ab.count());
  CHECK(from_empty.min() == ab.min());
}

TEST_CASE("count, sum, mean and extremes are exact") {
  const auto values = latencies(50'000, 3);
  const sim::Histogram h = histogram_of(values);
  sim::Int128 sum = 0;
  for (const std::int64_t v : values) sum += v;
  CHECK(h.count() == values.size());
  CHECK_UNARY(h.sum() == sum);
  CHECK(h.mean() == static_cast<double>(sum) / 50'000.0);
  CHECK(h.min() == *std::min_element(values.begin(), values.end()));
  CHECK(h.max() == *std::max_element(values.begin(), values.end()));
  sim::Histogram large;
  for (int i = 0; i < 5; ++i) large.observe(std::numeric_limits<std::int64_t>::max());
  CHECK_UNARY(large.sum() == static_cast<sim::Int128>(std::numeric_limits<std::int64_t>::max()) * 5);
}

TEST_CASE("quantiles are within 1/128 of the order statistics and inside the range") {
  auto values = latencies(100'000, 4);
  const sim::Histogram h = histogram_of(values);
  std::sort(values.begin(), values.end());
  double last = 0;
  for (const double q : {0.0, 1e-5, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.99999, 1.0}) {
    CAPTURE(q);
    const auto rank = static_cast<std::size_t>(std::ceil(q * 1e5));
    const double exact =
        static_cast<double>(values[std::min<std::size_t>(rank == 0 ? 0 : rank - 1, values.size() - 1)]);
    CHECK(std::fabs(h.quantile(q) - exact) <= exact / 128 + 1);
    CHECK(h.quantile(q) >= last);
    last = h.quantile(q);
  }
  CHECK(h.quantile(0) == static_cast<double>(values.front()));
  CHECK(h.quantile(1) == static_cast<double>(values.back()));
  CHECK(h.quantile(-1) == static_cast<double>(values.front()));
}

TEST_CASE("inside a bucket quantiles are interpolated") {
  // 1,048,576..1,056,767 is one bucket; uniform values in it have uniform quantiles.
  sim::Histogram h;
  for (std::int64_t v = 1 << 20; v < (1 << 20) + 8192; ++v) h.observe(v);
  int buckets = 0;
  h.for_each_bucket([&buckets](std::int64_t, std::int64_t, std::uint64_t) { ++buckets; });
  REQUIRE(buckets == 1);
  for (const double q : {0.1, 0.25, 0.5, 0.9}) {
    CHECK(std::fabs(h.quantile(q) - (1048576 + q * 8192)) < 1.5);
    CHECK(std::fabs(h.fraction_below(1048576 + q * 8192) - q) < 2e-4);
  }
  CHECK(h.fraction_below(1048576) == 0);
  CHECK(h.fraction_below(2e6) == 1);
}

TEST_CASE("a constant has that constant at every quantile") {
  sim::Histogram h;
  for (int i = 0; i < 1000; ++i) h.observe(180'000'123);
  for (const double q : {0.001, 0.5, 0.99, 0.9999}) CHECK(h.quantile(q) == 180'000'123.0);
  CHECK(h.fraction_below(180'000'123) == 0);
  CHECK(h.fraction_below(180'000'124) == 1);
}

TEST_CASE("the tail beyond a quantile is counted without rounding accidents") {
  sim::Histogram h;
  for (int i = 0; i < 10'000; ++i) h.observe(i);
  CHECK(h.tail_count(0.99) == 100);
  CHECK(h.tail_count(0.999) == 10);
  CHECK(h.tail_count(0.9) == 1000);
  CHECK(h.tail_count(0.95) == 500);
  CHECK(h.tail_count(0.5) == 5000);
  CHECK(h.tail_count(0) == 10'000);
  CHECK(h.tail_count(1) == 0);
  h.observe(1);
  CHECK(h.tail_count(0.99) == 100);
}

TEST_CASE("a cell that passes 2^32 keeps counting") {
  sim::Histogram h;
  h.observe(1'000'000);
  h.observe(5);
  for (int i = 0; i < 33; ++i) h.merge(sim::Histogram(h));  // doubles
  CHECK(h.count() == std::uint64_t{2} << 33);
  std::uint64_t total = 0;
  h.for_each_bucket([&total](std::int64_t, std::int64_t, std::uint64_t n) {
    CHECK(n == std::uint64_t{1} << 33);
    total += n;
  });
  CHECK(total == h.count());
  CHECK(h.quantile(0.25) == 5);
  CHECK(h.quantile(0.75) == doctest::Approx(1e6).epsilon(1.0 / 128));
  CHECK(h.quantile(1) == 1'000'000);
  sim::Histogram same;
  same.merge(h);
  CHECK(same == h);
  // Observing across the edge: 2^32 - 1 observations and one more.
  sim::Histogram edge;
  sim::Histogram unit;
  unit.observe(7);
  for (int i = 0; i < 32; ++i) {
    edge.merge(unit);
    unit.merge(sim::Histogram(unit));
  }
  REQUIRE(edge.count() == 0xffffffff);
  edge.observe(7);
  CHECK(edge == unit);
}

TEST_CASE("negative values count as zero and clear forgets everything") {
  sim::Histogram h;
  h.observe(-5);
  CHECK(h.min() == 0);
  CHECK(h.max() == 0);
  CHECK(h.count() == 1);
  h.observe(1'000'000'000);
  h.clear();
  CHECK(h == sim::Histogram());
  CHECK(h.bytes() == sizeof(sim::Histogram));
}

TEST_CASE("memory is allocated for the octaves between the least and the greatest value") {
  sim::Histogram h;
  h.observe(1'000'000);
  const std::size_t one = h.bytes();
  CHECK(one == sizeof(sim::Histogram) + 128);
  for (int i = 0; i < 100; ++i) h.observe(1'000'000 - i);
  CHECK(h.bytes() == one);
  h.observe(4'000'000);
  CHECK(h.bytes() == one + 2 * 128);
  h.observe(500'000);
  CHECK(h.bytes() == one + 3 * 128);
}

TEST_CASE("a cell counts past 256 and 65,536, one by one, at once and merged") {
  sim::Histogram single;
  for (int i = 0; i < 200'000; ++i) single.observe(77);
  sim::Histogram many;
  many.observe_many(77, 200'000);
  CHECK(single == many);
  sim::Histogram merged;
  for (int i = 0; i < 4; ++i) {
    sim::Histogram part;
    part.observe_many(77, 50'000);
    merged.merge(part);
  }
  CHECK(merged == single);
  std::uint64_t counted = 0;
  merged.for_each_bucket([&](std::int64_t lo, std::int64_t hi, std::uint64_t n) {
    CHECK(lo == 77);
    CHECK(hi == 78);
    counted += n;
  });
  CHECK(counted == 200'000);
}

TEST_CASE("octaves may open in any order, and sums pass 64 bits") {
  sim::Histogram down;
  for (const std::int64_t v : {std::int64_t{1} << 62, std::int64_t{3}, std::int64_t{1'000'000}}) down.observe(v);
  sim::Histogram up;
  for (const std::int64_t v : {std::int64_t{3}, std::int64_t{1'000'000}, std::int64_t{1} << 62}) up.observe(v);
  CHECK(down == up);
  CHECK(down.quantile(0.3) == doctest::Approx(3));
  for (int i = 0; i < 9; ++i) up.observe(std::int64_t{1} << 62);
  CHECK(up.sum() == (sim::Int128{10} << 62) + 1'000'003);
  sim::Histogram other;
  other.observe(50);
  other.merge(up);
  up.observe(50);
  CHECK(other == up);
}

TEST_CASE("a lump inside a bucket is admitted: the quantile may be off by the bucket's width, and is not by more") {
  sim::Histogram mixture;
  mixture.observe_many(10'002'000, 75'000);
  mixture.observe_many(50'002'000, 25'000);
  for (const double q : {0.1, 0.5, 0.7, 0.9}) {
    CAPTURE(q);
    const double truth = q < 0.75 ? 10'002'000 : 50'002'000;
    CHECK(std::fabs(mixture.quantile(q) - truth) <= mixture.quantile_resolution(q));
    CHECK(mixture.quantile_resolution(q) <= truth / 128);
  }
  sim::Histogram smooth;
  for (const std::int64_t value : latencies(200'000, 1)) smooth.observe(value);
  CHECK(smooth.quantile_resolution(0.5) < smooth.quantile(0.5) / 128 / 5);
  CHECK(smooth.quantile_resolution(0.0) == 0);
  CHECK(sim::Histogram().quantile_resolution(0.5) == 0);
}
