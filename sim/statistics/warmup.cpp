#include "sim/statistics/warmup.h"

#include "sim/statistics/moments.h"

namespace sim {

WarmUp mser(const std::vector<double>& series, std::size_t batch) {
  const std::size_t k = batch == 0 ? 0 : series.size() / batch;
  if (k < 4) return {};  // nothing can be said of fewer batches
  std::vector<double> means;
  for (std::size_t b = 0; b < k; ++b) {
    Moments moments;
    for (std::size_t i = 0; i < batch; ++i) moments.observe(series[b * batch + i]);
    means.push_back(moments.mean());
  }
  // From the back, so that the squared deviations of every tail come from one pass. Cuts in the second half are not
  // considered: a handful of batches that happen to be alike would win. Of equal cuts the shortest wins.
  Moments tail;
  double best = 0;
  std::size_t cut = k;
  for (std::size_t d = k; d-- > 0;) {
    tail.observe(means[d]);
    if (2 * d >= k) continue;
    const double n = static_cast<double>(k - d);
    const double value = tail.variance() * (n - 1) / (n * n);
    if (cut == k || value <= best) {
      best = value;
      cut = d;
    }
  }
  // At the end of the range the standard error is still falling: no steady tail was found.
  return {batch * cut, 20 * cut < 9 * k};
}

}  // namespace sim
