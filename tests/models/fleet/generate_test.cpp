#include "models/fleet/generate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/fleet/flow.h"
#include "models/fleet/validate.h"

namespace {

using models::FleetGraph;
using models::FleetShape;
using models::ScenarioSpec;

std::vector<std::size_t> fan_ins(const FleetGraph& graph) {
  std::vector<std::size_t> in;
  for (std::size_t s = 0; s < boost::num_vertices(graph.services); ++s)
    in.push_back(boost::in_degree(s, graph.services));
  return in;
}

// Everything that the generator decides, as text.
std::string text_of(const ScenarioSpec& spec) {
  std::string text;
  const auto add = [&](const std::string& part) { text += part + '\n'; };
  for (const models::ServiceSpec& s : spec.services) {
    const models::VersionSpec& v = s.versions.front();
    add(s.name + s.language + std::to_string(s.workers) + " " + std::to_string(v.replicas));
    for (const models::StepSpec& step : v.endpoints.front().steps) {
      if (step.duration) add(std::to_string(static_cast<std::int64_t>(step.duration->mean())));
      const auto call = [&](const models::StepSpec& one) {
        if (one.call) add(one.call->service + std::to_string(static_cast<std::int64_t>(one.probability * 1e7)));
      };
      call(step);
      for (const models::StepSpec& child : step.children) call(child);
    }
  }
  for (const models::TrafficSpec& t : spec.traffic)
    add(t.service + std::to_string(static_cast<std::int64_t>(t.rate.rate * 1e4)));
  for (const models::TeamSpec& t : spec.teams) add(t.name + t.services.front() + t.services.back());
  return text;
}

double total(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum;
}

FleetShape shape_of(std::uint32_t services, std::uint64_t seed) {
  FleetShape shape;
  shape.services = services;
  shape.seed = seed;
  return shape;
}

}  // namespace

TEST_CASE("a generated fleet has no error and no warning, whatever its size and seed") {
  for (const std::uint32_t n : {1U, 2U, 5U, 60U, 1000U}) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(n);
      CAPTURE(seed);
      const ScenarioSpec spec = models::generate_fleet(shape_of(n, seed));
      CHECK(spec.services.size() == n);
      for (const models::Finding& finding : models::validate(spec))
        FAIL_CHECK(finding.message);  // unreachable ones too
    }
  }
}

TEST_CASE("every service is as busy as it should be, at the given rate and number of calls") {
  for (const std::uint32_t n : {2U, 5U, 60U, 1000U}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      CAPTURE(n);
      CAPTURE(seed);
      FleetShape shape = shape_of(n, seed);
      shape.rate = 2000;
      shape.calls_per_request = n == 2 ? 0.7 : n == 5 ? 2 : 8;
      const ScenarioSpec spec = models::generate_fleet(shape);
      const FleetGraph graph = models::build(spec);
      const models::Flow flow = models::compute_flow(spec, graph);
      double calls = 0;
      int idle = 0;
      for (std::size_t s = 0; s < flow.services.size(); ++s) {
        const models::ServiceFlow& service = flow.services[s];
        const double work = spec.services[s].versions.front().endpoints.front().steps.front().duration->mean();
        CHECK(work <= 50e6);
        const bool longest = work >= 50e6;
        CHECK_UNARY(service.utilisation >= 0.40 || longest);
        CHECK(service.utilisation <= 0.60);
        idle += service.utilisation < 0.40 ? 1 : 0;
        calls += service.call_rate;
      }
      CHECK_UNARY(n < 1000 || idle > 0);
      CHECK(total(flow.traffic_rate) == doctest::Approx(2000).epsilon(1e-5));
      CHECK(calls / 2000 == doctest::Approx(shape.calls_per_request).epsilon(0.001));
    }
  }
}

TEST_CASE("the number of pods is about what was asked, or what the scaling says") {
  for (const std::uint32_t n : {60U, 1000U}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      double pods = 0;
      for (const auto& s : models::generate_fleet(shape_of(n, seed)).services) pods += s.versions.front().replicas;
      CHECK(pods == doctest::Approx(3 * std::pow(n, 1.1)).epsilon(n == 60 ? 0.15 : 0.05));
    }
  }
  FleetShape shape = shape_of(1000, 1);
  shape.pods = 5000;
  shape.rate = 2000;
  double pods = 0;
  for (const auto& s : models::generate_fleet(shape).services) pods += s.versions.front().replicas;
  CHECK(pods == doctest::Approx(5000).epsilon(0.05));
}

TEST_CASE("the graph has the stated number of layers") {
  for (const std::uint32_t depth : {2U, 3U, 6U}) {
    FleetShape shape = shape_of(200, 3);
    shape.depth = depth;
    const FleetGraph graph = models::build(models::generate_fleet(shape));
    const auto order = models::callees_first(graph);
    REQUIRE(order);
    std::vector<std::uint32_t> height(order->size(), 1);
    for (const std::size_t v : *order) {
      for (const auto& edge : boost::make_iterator_range(boost::out_edges(v, graph.endpoints)))
        height[v] = std::max(height[v], height[boost::target(edge, graph.endpoints)] + 1);
    }
    CHECK(*std::max_element(height.begin(), height.end()) == depth);
  }
}

TEST_CASE("fan-in has the stated tail: the likeliest exponent lies within its standard error") {
  for (const double alpha : {1.03, 1.31, 2.0}) {
    std::vector<std::size_t> in;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      FleetShape shape = shape_of(1000, seed);
      shape.fan_in_exponent = alpha;
      shape.entries = 10;
      for (const std::size_t k : fan_ins(models::build(models::generate_fleet(shape)))) {
        if (k > 0) in.push_back(k);
      }
    }
    CHECK(in.size() == 20 * 990);
    // P(k) = k^-a - (k+1)^-a; the standard error is that of the curvature.
    const auto likelihood = [&](double a) {
      double sum = 0;
      for (const std::size_t k : in)
        sum += std::log(std::pow(static_cast<double>(k), -a) - std::pow(static_cast<double>(k + 1), -a));
      return sum;
    };
    double lo = 0.5, hi = 4;
    for (int i = 0; i < 60; ++i) {
      const double a = lo + (hi - lo) / 3, b = hi - (hi - lo) / 3;
      (likelihood(a) < likelihood(b) ? lo : hi) = likelihood(a) < likelihood(b) ? a : b;
    }
    const double h = 1e-3, found = (lo + hi) / 2;
    const double curvature = (likelihood(found + h) - 2 * likelihood(found) + likelihood(found - h)) / (h * h);
    const double se = 1 / std::sqrt(-curvature);
    CAPTURE(found);
    CAPTURE(se);
    CHECK(se < 0.02 * alpha);
    CHECK(std::fabs(found - alpha) < 4 * se);
  }
}

TEST_CASE("what many call is called often") {
  const ScenarioSpec spec = models::generate_fleet(shape_of(1000, 1));
  const FleetGraph graph = models::build(spec);
  const models::Flow flow = models::compute_flow(spec, graph);
  const std::vector<std::size_t> in = fan_ins(graph);
  double many = 0, all = 0;
  std::size_t hot = 0;
  for (std::size_t s = 0; s < in.size(); ++s) {
    if (in[s] == 0) continue;
    all += flow.services[s].rate;
    if (in[s] <= 16) continue;
    many += flow.services[s].rate;
    ++hot;
  }
  CHECK(hot < 50);
  CHECK(many / all > 0.3);
}

TEST_CASE("teams own neighbouring services, speak one language each, and all languages are spoken") {
  FleetShape shape = shape_of(60, 1);
  shape.teams = 10;
  shape.languages = 4;
  const ScenarioSpec spec = models::generate_fleet(shape);
  CHECK(spec.teams.size() == 10);
  CHECK(spec.libraries.size() == 4);
  std::size_t next = 0;
  std::set<std::string> spoken;
  for (const models::TeamSpec& team : spec.teams) {
    CHECK(team.services.size() == 6);
    for (const std::string& service : team.services) {
      CHECK(service == spec.services[next].name);
      CHECK(spec.services[next].language == spec.services[next - next % 6].language);
      spoken.insert(spec.services[next++].language);
    }
  }
  CHECK(next == 60);
  CHECK(spoken.size() == 4);
}

TEST_CASE("the same shape gives the same fleet, in any locale; another seed gives another one") {
  const std::string first = text_of(models::generate_fleet(shape_of(60, 1)));
  const char* before = std::setlocale(LC_ALL, nullptr);
  const std::string saved = before == nullptr ? "C" : before;
  std::setlocale(LC_ALL, "de_DE.UTF-8");
  CHECK(text_of(models::generate_fleet(shape_of(60, 1))) == first);
  std::setlocale(LC_ALL, saved.c_str());
  CHECK(text_of(models::generate_fleet(shape_of(60, 2))) != first);
}

TEST_CASE("a shape that makes no sense is refused") {
  const auto refused = [](auto change) {
    FleetShape shape;
    change(shape);
    CHECK_THROWS_AS(static_cast<void>(models::generate_fleet(shape)), std::invalid_argument);
  };
  refused([](FleetShape& s) { s.services = 0; });
  refused([](FleetShape& s) { s.rate = -1; });
  refused([](FleetShape& s) { s.least_busy = 0.7; });
  refused([](FleetShape& s) { s.most_busy = 1; });
  refused([](FleetShape& s) { s.fan_in_exponent = 0; });
}
