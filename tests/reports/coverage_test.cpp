#include <doctest/doctest.h>

#include <string>

#include "reports/compare.h"
#include "reports/coverage.h"
#include "reports/writers.h"
#include "tests/reports/arrangement.h"

using namespace reports_test;

TEST_CASE("coverage is counted over edges, with the share of their calls beside it") {
  const Made library = library_with_change();
  const reports::Report report = reports::build_run(shop(), {library.input()});
  const reports::Table& coverage = table(report.candidates[0].sections, "coverage");
  CHECK(number(coverage, 0, "edges") == reports::exact(2.0));
  CHECK(number(coverage, 0, "mtls_edges") == reports::exact(1.0));
  CHECK(number(coverage, 0, "mtls_calls").value == doctest::Approx(2.0 / 3.0));  // payment has twice the calls
  CHECK(number(coverage, 0, "blind_edges") == reports::exact(1.0));
  CHECK(number(coverage, 0, "telemetry_edges") == reports::exact(1.0));
  CHECK(number(coverage, 0, "blind_calls").value == doctest::Approx(2.0 / 3.0));
  CHECK(number(coverage, 0, "refused_edges") == reports::exact(0.0));
  const reports::Table& consistency = table(report.candidates[0].sections, "consistency");
  CHECK(number(consistency, 0, "opaque_edges") == reports::exact(1.0));
  CHECK(number(consistency, 0, "opaque_calls").value == doctest::Approx(1.0 / 3.0));
  CHECK(number(consistency, 0, "most_attempts") == reports::exact(9.0));
  CHECK(cell(consistency, 0, "most_attempts_on").text == "web -> cart/get");
  CHECK(number(consistency, 0, "different_timeouts") == reports::exact(2.0));
}

TEST_CASE("entropy is 0 when all edges are alike, 1 when each is its own, and between them otherwise") {
  Made made = make(sidecar_shape());
  const auto timeouts = [&](std::vector<sim::Duration> values) {
    made.catalog.edges.clear();
    for (const sim::Duration value : values) {
      models::Catalog::Edge edge;
      edge.timeout = value;
      made.catalog.edges.push_back(edge);
    }
    const reports::View view(made.catalog, made.run, 0.95);
    return reports::coverage_of(view).timeouts;
  };
  CHECK(timeouts({7}) == reports::Spread{1, 0.0});
  CHECK(timeouts({7, 7, 7, 7}) == reports::Spread{1, 0.0});
  CHECK(timeouts({1, 2, 3, 4}).entropy == doctest::Approx(1.0));
  CHECK(timeouts({1, 1, 2, 2}).entropy == doctest::Approx(0.5));  // one bit of two
  CHECK(timeouts({1, 1, 2, 2}).different == 2);
}

TEST_CASE("a candidate that covers everything alike says nothing about it, but the JSON has it") {
  const Made sidecar = make(sidecar_shape());
  const reports::Report report = reports::build_run(shop(), {sidecar.input()});
  CHECK(reports::write_text(report, {}).find("Coverage and consistency") == std::string::npos);
  CHECK(number(table(report.candidates[0].sections, "coverage"), 0, "mtls_edges") == reports::exact(2.0));
  const reports::Report twins = reports::build_compare(shop(), {sidecar.input(), sidecar.input()}, 0);
  CHECK(reports::write_text(twins, {}).find("Coverage and consistency") == std::string::npos);
}

TEST_CASE("whatever is amiss or differs makes coverage appear") {
  const Made sidecar = make(sidecar_shape());
  const auto appears = [&](auto spoil) {
    Made other = make(sidecar_shape());
    other.catalog.candidate = "other";
    spoil(other);
    const reports::Report report = reports::build_compare(shop(), {sidecar.input(), other.input()}, 0);
    return reports::write_text(report, {}).find("Coverage and consistency") != std::string::npos;
  };
  CHECK_FALSE(appears([](Made&) {}));
  CHECK(appears([](Made& m) { m.catalog.edges[1].mtls = false; }));
  CHECK(appears([](Made& m) { m.catalog.edges[1].refused = true; }));
  CHECK(appears([](Made& m) { m.catalog.edges[1].telemetry = false; }));
  CHECK(appears([](Made& m) { m.catalog.edges[1].retry_layers = 2; }));
  CHECK(appears([](Made& m) { m.catalog.edges[1].attempts = 4; }));
  CHECK(appears([](Made& m) { m.catalog.edges[1].timeout = 1; }));
  CHECK(appears([](Made& m) { m.catalog.distinct_policies = 2; }));
  CHECK(appears([](Made& m) { m.catalog.enrolled = 2; }));
  CHECK(appears([](Made& m) { m.run.merged.endpoints[1].duplicates = 1; }));
}
