#include "tests/theory/formulas.h"

#include <cmath>

namespace theory {

double where_falls_to(const std::function<double(double)>& f, double target, double lo, double hi) {
  for (int i = 0; i < 200; ++i) {
    const double middle = 0.5 * (lo + hi);
    (f(middle) > target ? lo : hi) = middle;
  }
  return 0.5 * (lo + hi);
}

std::vector<double> birth_death(const std::vector<double>& birth, const std::vector<double>& death) {
  std::vector<double> p{1.0};
  double total = 1.0;
  for (std::size_t k = 0; k < birth.size(); ++k) {
    p.push_back(p.back() * birth[k] / death[k]);
    total += p.back();
  }
  for (double& x : p) x /= total;
  return p;
}

double erlang_b(double load, unsigned servers) {
  double b = 1.0;
  for (unsigned k = 1; k <= servers; ++k) b = load * b / (k + load * b);
  return b;
}

double erlang_c(double load, unsigned servers) {
  const double b = erlang_b(load, servers);
  return b / (1 - load / servers * (1 - b));
}

double erlang_tail(unsigned stages, double rate, double t) {
  double term = std::exp(-rate * t);
  double tail = 0;
  for (unsigned k = 0; k < stages; ++k) {
    tail += term;
    term *= rate * t / (k + 1);
  }
  return tail;
}

void quantiles_of(Values& values, const std::string& prefix, const std::function<double(double)>& tail, double scale) {
  const std::string name = prefix.empty() ? "p" : prefix + "_p";
  const auto at = [&](const char* digits, double beyond) {
    values[name + digits] = tail(0) <= beyond ? 0.0 : where_falls_to(tail, beyond, 0, 100 * scale);
  };
  at("50", 0.5);
  at("90", 0.1);
  at("95", 0.05);
  at("99", 0.01);
  at("999", 0.001);
}

}  // namespace theory
