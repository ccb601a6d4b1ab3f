#include "models/fleet/fleet_graph.h"

#include <doctest/doctest.h>
#include <algorithm>

#include "models/fleet/flow.h"
#include "tests/models/fleet/fixture.h"

using namespace fleet_test;
using models::build;

TEST_CASE("vertices stand in name order whatever the order of the file") {
  auto spec = shop();
  const auto graph = build(spec);
  std::reverse(spec.services.begin(), spec.services.end());
  const auto reversed = build(spec);
  REQUIRE(boost::num_vertices(graph.services) == 3);
  CHECK(graph.services[0].name == "ads");
  CHECK(graph.services[1].name == "cart");
  CHECK(graph.services[2].name == "web");
  for (std::size_t s = 0; s < 3; ++s) CHECK(graph.services[s].name == reversed.services[s].name);
  CHECK(reversed.services[0].spec == 0);
  CHECK(graph.services[0].spec == 2);
  const auto a = compute_flow(shop(), graph);
  const auto b = compute_flow(spec, reversed);
  CHECK(a.endpoint_rate == b.endpoint_rate);
  CHECK(a.endpoint_latency == b.endpoint_latency);
}

TEST_CASE("an edge carries probability times repeats, through nested blocks") {
  auto spec = shop();
  auto inner = call("cart", "get");
  inner.repeat = 2;
  auto block = group(models::StepKind::Parallel, {inner, call("ads", "get")});
  block.probability = 0.25;
  block.repeat = 4;
  spec.services[0].versions[0].endpoints[0].steps = {block};
  const auto graph = build(spec);
  REQUIRE(boost::num_edges(graph.endpoints) == 2);
  for (const auto& edge : boost::make_iterator_range(boost::edges(graph.endpoints))) {
    const bool to_cart = graph.endpoint_name(boost::target(edge, graph.endpoints)) == "cart/get";
    CHECK(graph.endpoints[edge].calls == doctest::Approx(to_cart ? 2.0 : 1.0));
  }
}

TEST_CASE("a path names the step in the scenario") {
  const auto graph = build(shop());
  const auto web = *graph.find_endpoint("web", "home");
  const auto edge = *boost::out_edges(web, graph.endpoints).first;
  CHECK(graph.endpoints[edge].path == "services.web.endpoints.home.steps[1]");
}

TEST_CASE("service edges are unique however many calls there are") {
  auto spec = shop();
  auto& steps = spec.services[0].versions[0].endpoints[0].steps;
  steps.push_back(call("cart", "get"));
  const auto graph = build(spec);
  CHECK(boost::num_edges(graph.endpoints) == 3);
  CHECK(boost::num_edges(graph.services) == 2);
}

TEST_CASE("a call to nowhere is remembered and leaves no edge") {
  auto spec = shop();
  spec.services[0].versions[0].endpoints[0].steps.push_back(call("cart", "put"));
  const auto graph = build(spec);
  CHECK(boost::num_edges(graph.endpoints) == 2);
  REQUIRE(graph.dangling.size() == 1);
  CHECK(graph.dangling[0].message.find("cart/put") != std::string::npos);
}

TEST_CASE("callees come before callers, and a cycle has no order") {
  auto spec = shop();
  const auto order = callees_first(build(spec));
  REQUIRE(order.has_value());
  CHECK(order->back() == *build(spec).find_endpoint("web", "home"));
  spec.services[2].versions[0].endpoints[0].steps.push_back(call("web", "home"));
  CHECK_FALSE(callees_first(build(spec)).has_value());
}
