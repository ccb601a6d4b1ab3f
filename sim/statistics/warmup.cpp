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
  // From the back, so that the squared deviations of every tail come from one pass. Of equal cuts the shortest wins.
  Moments tail;
  double best = 0;
  std::size_t cut = k;
  for (std::size_t d = k; d-- > 0;) {
    tail.observe(means[d]);
    const double n = static_cast<double>(k - d);
    if (k - d < 2) continue;  // one batch has no spread and would always win
    const double value = tail.variance() * (n - 1) / (n * n);
    if (cut == k || value <= best) {
      best = value;
      cut = d;
    }
  }
  // A cut in the second half means: the standard error was still falling, no steady tail was found.
  if (2 * cut >= k) return {batch * (k / 2), false};
  return {batch * cut, true};
}

}  // namespace sim
