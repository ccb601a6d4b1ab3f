// Closed forms that several families need. Plain textbook results, computed with the C library: they are compared with
// numbers to 1e-9 and never enter a simulation. Rates per second, times in seconds.
// Sources: L. Kleinrock, "Queueing Systems" I, 1975 (M/M/c, GI/M/1, finite sources); A. K. Erlang, 1917 (B and C);
// M. Reiser, S. Lavenberg, JACM 27(2), 1980 (mean value analysis).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "tests/theory/case.h"

namespace theory {

// The argument where a decreasing function falls to `target`, between lo and hi.
[[nodiscard]] double where_falls_to(const std::function<double(double)>& f, double target, double lo, double hi);

// Stationary probabilities of a birth-death chain: birth[k] from k to k + 1, death[k] from k + 1 to k.
[[nodiscard]] std::vector<double> birth_death(const std::vector<double>& birth, const std::vector<double>& death);

[[nodiscard]] double erlang_b(double load, unsigned servers);
[[nodiscard]] double erlang_c(double load, unsigned servers);

// P(X > t) for X the sum of `stages` exponentials of one rate.
[[nodiscard]] double erlang_tail(unsigned stages, double rate, double t);

// "<prefix>_p50" ... "<prefix>_p999" of a law given by its tail P(X > t); 0 where the atom at 0 is large enough.
void quantiles_of(Values& values, const std::string& prefix, const std::function<double(double)>& tail, double scale);

}  // namespace theory
