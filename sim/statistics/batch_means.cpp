#include "sim/statistics/batch_means.h"

#include "sim/statistics/moments.h"

namespace sim {

MeanInterval batch_means(const std::vector<double>& series, std::size_t batches, double level) {
  const std::size_t size = batches == 0 ? 0 : series.size() / batches;
  if (size < 2 || batches < 2) {
    Moments all;
    for (const double x : series) all.observe(x);
    return {all.mean(), all.sd(), 0, series.size(), false};
  }
  std::vector<double> means;
  std::size_t at = series.size() - size * batches;
  for (std::size_t b = 0; b < batches; ++b) {
    Moments batch;
    for (std::size_t i = 0; i < size; ++i) batch.observe(series[at++]);
    means.push_back(batch.mean());
  }
  return mean_interval(means, level);
}

}  // namespace sim
