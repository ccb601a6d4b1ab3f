#include "reports/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "reports/contest.h"
#include "reports/propagation.h"
#include "reports/report.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::EntryWindow;
using models::ExpectMetric;
using models::ExpectQuantity;
using models::ExpectTerm;
using models::Results;
using Kind = Measure::Kind;

double as_double(std::uint64_t value) { return static_cast<double>(value); }
double as_double(std::int64_t value) { return static_cast<double>(value); }

Measure nothing(std::string reason) {
  Measure m;
  m.reason = std::move(reason);
  return m;
}
Measure constant(double value, std::size_t replications) {
  Measure m;
  m.kind = Kind::Constant;
  m.values.assign(std::max<std::size_t>(replications, 1), value);
  return m;
}
Measure values(std::vector<double> list) {
  Measure m;
  m.kind = Kind::Values;
  m.values = std::move(list);
  return m;
}
Measure ratios(Kind kind, std::vector<Ratio> list) {
  Measure m;
  m.kind = kind;
  m.ratios = std::move(list);
  return m;
}

// "web" is every endpoint of web, "web/get" that one; nothing is all of them.
bool belongs(const std::string& service_and_endpoint, const std::string& target) {
  return target.empty() || service_and_endpoint == target ||
         (target.find('/') == std::string::npos && service_and_endpoint.compare(0, target.size(), target) == 0 &&
          service_and_endpoint.size() > target.size() && service_and_endpoint[target.size()] == '/');
}

Measure entry_measure(const View& view, const ExpectTerm& term) {
  const EntryView* entry = &view.whole();
  if (!term.target.empty()) {
    const auto known = std::find_if(view.entries().begin(), view.entries().end(),
                                    [&](const EntryView& e) { return !e.pooled && e.name == term.target; });
    if (known == view.entries().end()) return nothing("that entry point was not run");
    entry = &*known;
  }
  Windows windows = entry->total();
  double seconds = -1.0;
  if (!term.window.empty()) {
    const auto& known = view.catalog().windows;
    const auto at = std::find_if(known.begin(), known.end(), [&](const auto& w) { return w.name == term.window; });
    if (at == known.end()) return nothing("there is no such time in the run");
    windows = entry->window(static_cast<std::size_t>(at - known.begin()));
    seconds = sim::to_seconds(at->to - at->from);
  }
  const auto per_second = [&](std::uint64_t (*count)(const EntryWindow&)) {
    std::vector<double> list;
    for (std::size_t r = 0; r < windows.size(); ++r) {
      const double length = seconds > 0.0 ? seconds : view.seconds(r);
      list.push_back(length > 0.0 ? as_double(count(*windows[r])) / length : 0.0);
    }
    return values(std::move(list));
  };
  if (term.metric == ExpectMetric::Success) return ratios(Kind::Complement, failure_ratios(windows));
  if (term.metric == ExpectMetric::Failed) return ratios(Kind::Proportion, failure_ratios(windows));
  if (term.metric == ExpectMetric::Degraded) return ratios(Kind::Proportion, degraded_ratios(windows));
  if (term.metric == ExpectMetric::Rate) return per_second([](const EntryWindow& w) { return w.arrivals; });
  if (term.metric == ExpectMetric::Goodput) return per_second(&successes);
  if (term.metric == ExpectMetric::Unfinished) {
    std::vector<double> list;
    for (const EntryWindow* window : windows) list.push_back(as_double(window->unfinished));
    return values(std::move(list));
  }
  if (term.metric == ExpectMetric::Mean) {
    std::vector<Ratio> list;
    for (const EntryWindow* window : windows)
      list.push_back({static_cast<double>(window->ok.sum()) * 1e-9, as_double(window->ok.count())});
    return ratios(Kind::Ratios, std::move(list));
  }

  Measure m;
  m.kind = Kind::Quantile;
  m.latencies = latencies(windows);
  m.q = term.q;
  return m;
}

Measure callee_measure(const View& view, const ExpectTerm& term) {
  std::vector<std::size_t> chosen;
  const std::vector<models::Catalog::Edge>& edges = view.catalog().edges;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (belongs(edges[e].callee, term.target)) chosen.push_back(e);
  }
  std::vector<std::size_t> calls_of;  // what a waypoint passes on is no further call
  for (const std::size_t e : chosen) {
    if (edges[e].leg != models::Leg::FromWaypoint) calls_of.push_back(e);
  }
  if (chosen.empty()) return nothing("nobody calls it");
  const auto count = [&](auto holds) {
    return static_cast<double>(
        std::count_if(calls_of.begin(), calls_of.end(), [&](std::size_t e) { return holds(edges[e]); }));
  };
  const auto sum = [&](auto of) -> View::Value {
    return [chosen, of](const Results& r) {
      double total = 0.0;
      for (const std::size_t e : chosen) total += as_double(of(r.edges[e]));
      return total;
    };
  };
  const std::size_t n = view.replications().size();
  const View::Value calls = sum([](const models::EdgeResults& e) { return e.whole_calls(); });
  if (term.metric == ExpectMetric::Calls) return values(view.per_second(calls));
  if (term.metric == ExpectMetric::CallSuccess)
    return ratios(Kind::Complement, view.ratios(sum([](const models::EdgeResults& e) {
                                                  const std::uint64_t ok =
                                                      e.outcomes[static_cast<std::size_t>(models::Outcome::Ok)];
                                                  return e.whole_calls() - std::min(e.whole_calls(), ok);
                                                }),
                                                calls));
  if (term.metric == ExpectMetric::Amplification)
    return ratios(Kind::Ratios,
                  view.ratios(sum([](const models::EdgeResults& e) { return e.whole_attempts(); }), calls));
  if (term.metric == ExpectMetric::LateAnswers) {
    const View::Value late = sum([](const models::EdgeResults& e) { return e.late_responses; });
    std::vector<double> list;
    for (const Results* r : view.replications()) list.push_back(late(*r));
    return values(std::move(list));
  }
  if (term.metric == ExpectMetric::Mtls)
    return constant(count([](const auto& e) { return e.mtls; }) / static_cast<double>(calls_of.size()), n);
  if (term.metric == ExpectMetric::Refused) return constant(count([](const auto& e) { return e.refused; }), n);
  if (term.metric == ExpectMetric::Blind) return constant(count([](const auto& e) { return !e.telemetry; }), n);
  return nothing("");
}

Measure endpoint_measure(const View& view, const ExpectTerm& term) {
  std::vector<std::size_t> chosen;
  const std::vector<models::Catalog::Endpoint>& endpoints = view.catalog().endpoints;
  for (std::size_t e = 0; e < endpoints.size(); ++e) {
    if (belongs(endpoints[e].service + "/" + endpoints[e].name, term.target)) chosen.push_back(e);
  }
  const auto sum = [&](std::uint64_t models::EndpointResults::*member) -> View::Value {
    return [chosen, member](const Results& r) {
      double total = 0.0;
      for (const std::size_t e : chosen) total += as_double(r.endpoints[e].*member);
      return total;
    };
  };
  const View::Value requests = sum(&models::EndpointResults::requests);
  if (term.metric == ExpectMetric::Duplicates) {
    const View::Value duplicates = sum(&models::EndpointResults::duplicates);
    std::vector<double> list;
    for (const Results* r : view.replications()) list.push_back(duplicates(*r));
    return values(std::move(list));
  }
  return ratios(Kind::Proportion,
                view.ratios(sum(term.metric == ExpectMetric::Rejected ? &models::EndpointResults::rejected
                                                                      : &models::EndpointResults::errors),
                            requests));
}

Measure service_measure(const View& view, const ExpectTerm& term) {
  const std::string name = term.target.substr(0, term.target.find('@'));
  const std::vector<models::Catalog::Service>& services = view.catalog().services;
  const auto known = std::find_if(services.begin(), services.end(), [&](const auto& s) { return s.name == name; });
  if (known == services.end()) return nothing("that service was not run");
  const auto s = static_cast<std::size_t>(known - services.begin());
  if (term.metric == ExpectMetric::Share) {
    const std::string version = term.target.substr(name.size() + 1);
    const auto at = std::find(known->versions.begin(), known->versions.end(), version);
    if (at == known->versions.end()) return nothing("that version was not run");
    const auto v = static_cast<std::size_t>(at - known->versions.begin());
    return ratios(Kind::Proportion,
                  view.ratios([s, v](const Results& r) { return as_double(r.services[s].version_requests[v]); },
                              [s](const Results& r) {
                                double all = 0.0;
                                for (const std::uint64_t n : r.services[s].version_requests) all += as_double(n);
                                return all;
                              }));
  }
  const auto workers = view.ratios([s](const Results& r) { return as_double(r.services[s].busy_worker_time); },
                                   [s](const Results& r) { return as_double(r.services[s].worker_time); });
  const auto cores = view.ratios([s](const Results& r) { return as_double(r.services[s].cpu_time); },
                                 [s](const Results& r) { return as_double(r.services[s].cpu_capacity); });
  const auto share = [](const std::vector<Ratio>& list) {
    double part = 0.0;
    double whole = 0.0;
    for (const Ratio& one : list) {
      part += one.part;
      whole += one.whole;
    }
    return whole > 0.0 ? part / whole : -1.0;
  };
  if (share(workers) < 0.0 && share(cores) < 0.0) return nothing("its workers and its CPU are unlimited");
  return ratios(Kind::Ratios, share(workers) >= share(cores) ? workers : cores);
}

Measure change_measure(const View& view, const ExpectTerm& term) {
  std::size_t change = 0;
  while (change < changes_of(view) && view.catalog().changes[change].name != term.target) ++change;
  if (change == changes_of(view)) return nothing("the change was not made");
  std::vector<double> list;
  bool over = true;
  const double watched = sim::to_seconds(view.catalog().duration - view.catalog().changes[change].at);
  std::uint64_t holders = 0;
  for (const Results* r : view.replications()) {
    const models::ChangeResults& one = r->changes[change];
    holders += one.holders;
    if (term.metric == ExpectMetric::StaleCalls) {
      list.push_back(as_double(one.stale_calls));
    } else {
      over = over && !one.complete.empty();
      list.push_back(one.complete.empty() ? watched : one.complete.mean() * 1e-9);
    }
  }
  if (holders == 0 && !view.catalog().changes[change].carriers.empty()) return nothing("it alters nobody's calls");
  Measure m = values(std::move(list));
  if (!over) m.kind = Kind::AtLeast;
  return m;
}

Measure whole_measure(const View& view, const ExpectTerm& term) {
  const std::size_t n = view.replications().size();
  const auto cores = [&](const View::Value& nanoseconds) {
    std::vector<double> list = view.per_second(nanoseconds);
    for (double& value : list) value *= 1e-9;
    return values(std::move(list));
  };
  if (term.metric == ExpectMetric::Vcpu) return cores(all_cpu(view));
  if (term.metric == ExpectMetric::AppVcpu)
    return cores([](const Results& r) { return as_double(r.resources.app_cpu); });
  if (term.metric == ExpectMetric::ProxyVcpu)
    return cores(
        [](const Results& r) { return as_double(r.resources.proxy_client_cpu + r.resources.proxy_server_cpu); });
  if (term.metric == ExpectMetric::Memory) return constant(megabytes(view.catalog()) * 1e-3, n);
  if (term.metric == ExpectMetric::ProxyMemory) return constant(view.catalog().proxy_memory_mb * 1e-3, n);

  return ratios(Kind::Ratios,
                view.ratios([](const Results& r) { return as_double(r.resources.app_cpu - r.resources.useful_cpu); },
                            [](const Results& r) { return as_double(r.resources.app_cpu); }));
}

}  // namespace

Measure measure(const View& view, const ExpectTerm& term) {
  if (view.replications().empty()) return nothing("nothing was measured");
  switch (models::info_of(term.metric).target) {
    case models::ExpectTarget::Entry: return entry_measure(view, term);
    case models::ExpectTarget::Callee: return callee_measure(view, term);
    case models::ExpectTarget::Endpoint: return endpoint_measure(view, term);
    case models::ExpectTarget::Service:
    case models::ExpectTarget::Version: return service_measure(view, term);
    case models::ExpectTarget::Change: return change_measure(view, term);
    case models::ExpectTarget::Nothing: return whole_measure(view, term);
  }
  return nothing("");
}

Unit unit_of(ExpectMetric metric) {
  if (metric == ExpectMetric::Stale) return Unit::LongSeconds;
  switch (models::info_of(metric).quantity) {
    case ExpectQuantity::Duration: return Unit::Seconds;
    case ExpectQuantity::Percent: return Unit::Fraction;
    case ExpectQuantity::Rate: return Unit::PerSecond;
    case ExpectQuantity::Factor: return Unit::Factor;
    case ExpectQuantity::Cores: return Unit::Cores;
    case ExpectQuantity::Size: return Unit::Gigabytes;
    case ExpectQuantity::Count: return Unit::Count;
  }
  return Unit::None;
}

double in_report_units(ExpectMetric metric, double value) {
  switch (models::info_of(metric).quantity) {
    case ExpectQuantity::Duration: return value * 1e-9;
    case ExpectQuantity::Size: return value * 1e-3;
    case ExpectQuantity::Percent:
    case ExpectQuantity::Rate:
    case ExpectQuantity::Factor:
    case ExpectQuantity::Cores:
    case ExpectQuantity::Count: return value;
  }
  return value;
}

Estimate Measure::estimate(double level) const {
  switch (kind) {
    case Kind::None: return missing();
    case Kind::Constant: return exact(values.front());
    case Kind::Values:
    case Kind::AtLeast: return mean_of(values, level);
    case Kind::Ratios: return ratio_of(ratios, level);
    case Kind::Proportion: return proportion_of(ratios, level);
    case Kind::Complement: {
      Estimate part = proportion_of(ratios, level);
      if (part.certainty == Certainty::UpperBound) return lower_bound(1.0 - part.value);
      if (has_value(part)) part.value = 1.0 - part.value;
      return part;
    }
    case Kind::Quantile: return percentile_of(latencies, q, level);
  }
  return missing();
}

std::vector<double> Measure::by_replication() const {
  std::vector<double> list;
  switch (kind) {
    case Kind::None:
    case Kind::AtLeast: return {};
    case Kind::Constant:
    case Kind::Values: return values;
    case Kind::Ratios:
    case Kind::Proportion:
    case Kind::Complement:
      for (const Ratio& one : ratios) {
        if (!(one.whole > 0.0)) return {};
        list.push_back(kind == Kind::Complement ? (one.whole - one.part) / one.whole : one.part / one.whole);
      }
      return list;
    case Kind::Quantile:
      for (const Latency& one : latencies) {
        if (one.histogram->empty()) return {};
        list.push_back(one.histogram->quantile(q) * 1e-9);
      }
      return list;
  }
  return list;
}

Estimate difference(const Measure& a, const Measure& b, double level) {
  const auto shares = [](const Measure& m) { return m.kind == Kind::Proportion || m.kind == Kind::Complement; };
  const auto none_seen = [](const Measure& m) {
    return std::all_of(m.ratios.begin(), m.ratios.end(), [](const Ratio& r) { return r.part == 0.0; });
  };
  const auto plain = [](const Measure& m) { return m.kind == Kind::Constant || m.kind == Kind::Values; };
  if (a.kind == Kind::None || b.kind == Kind::None || a.kind == Kind::AtLeast || b.kind == Kind::AtLeast)
    return missing();
  if (a.kind == Kind::Constant && b.kind == Kind::Constant) return exact(a.values.front() - b.values.front());
  if (plain(a) && plain(b)) return difference_of(b.values, a.values, level).estimate;
  if (a.kind == Kind::Ratios && b.kind == Kind::Ratios) return ratio_difference(b.ratios, a.ratios, level).estimate;
  if (a.kind == Kind::Quantile && b.kind == Kind::Quantile && a.q == b.q)
    return percentile_difference(b.latencies, a.latencies, a.q, level).estimate;
  if (shares(a) && a.kind == b.kind && !(none_seen(a) && none_seen(b))) {
    const bool flip = a.kind == Kind::Complement;
    return ratio_difference(flip ? a.ratios : b.ratios, flip ? b.ratios : a.ratios, level).estimate;
  }
  const double each = 1.0 - (1.0 - level) / 2.0;
  const Estimate x = a.estimate(each);
  const Estimate y = b.estimate(each);
  const Bounds left = bounds_of(x);
  const Bounds right = bounds_of(y);
  if (!has_value(x) || !has_value(y)) return missing();
  if (!left.known || !right.known) return no_interval(x.value - y.value, std::max(x.needs, y.needs));
  const double lo = left.lo - right.hi;
  const double hi = left.hi - right.lo;
  return interval((lo + hi) / 2.0, (hi - lo) / 2.0);
}

Bounds bounds_of(const Estimate& estimate, bool open_above) {
  const double infinite = std::numeric_limits<double>::infinity();
  switch (estimate.certainty) {
    case Certainty::Exact: return {true, estimate.value, open_above ? infinite : estimate.value};
    case Certainty::Interval:
      return {true, estimate.value - estimate.half_width, open_above ? infinite : estimate.value + estimate.half_width};
    case Certainty::UpperBound: return {true, 0.0, estimate.value};
    case Certainty::LowerBound: return {true, estimate.value, 1.0};
    case Certainty::NoInterval:
    case Certainty::Missing: return {};
  }
  return {};
}

}  // namespace reports
