#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/numbers.h"
#include "reports/sections.h"

namespace reports {
namespace {

using models::Outcome;
using models::Results;

constexpr std::size_t kWorstRows = 6;

double as_double(std::uint64_t value) { return static_cast<double>(value); }
double as_double(std::int64_t value) { return static_cast<double>(value); }

std::string column_name(Outcome outcome) {
  std::string name = models::name_of(outcome);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// A percentile of a histogram that only the merged result has: no interval, and none to be had.
Cell pooled_percentile(const sim::Histogram& histogram, double q) {
  return number_cell(histogram.empty() ? missing() : no_interval(histogram.quantile(q) * 1e-9, 0));
}

template <class Badness>
std::vector<std::size_t> worst_first(std::size_t count, Badness badness) {
  std::vector<std::size_t> order(count);
  std::vector<decltype(badness(count))> of(count);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = i;
    of[i] = badness(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return of[a] > of[b]; });
  return order;
}

}  // namespace

std::string failure_shares(const models::OutcomeCounts& outcomes, std::uint64_t total) {
  std::string text;
  std::uint64_t timeouts = 0;  // UT has two causes: one flag
  for (std::size_t o = 1; o < models::kOutcomes && total > 0; ++o) {
    const auto outcome = static_cast<Outcome>(o);
    std::uint64_t count = outcomes[o];
    if (outcome == Outcome::Timeout) {
      timeouts = count;
      continue;
    }
    if (outcome == Outcome::PerTryTimeout) {
      count += timeouts;
    }
    if (count == 0) {
      continue;
    }
    const std::string flag = models::flag_of(outcome);
    const ScreenNumber share = screen_number(no_interval(as_double(count) / as_double(total), 0), Unit::Fraction);
    text +=
        fmt::format("{}{} {}%", text.empty() ? "" : ", ", flag == "-" ? models::name_of(outcome) : flag, share.main);
  }
  return text;
}

Estimate cores_of(const View& view, const View::Value& cpu_nanoseconds) {
  return scaled(view.rate(cpu_nanoseconds), 1e-9);
}

View::Value library_cpu(const View& view) {
  return [each = view.catalog().library_cpu * 1e9, &edges = view.catalog().edges](const Results& results) {
    double calls = 0.0;
    for (std::size_t e = 0; e < std::min(edges.size(), results.edges.size()); ++e) {
      calls += edges[e].library ? as_double(results.edges[e].calls) : 0.0;
    }
    return each * calls;
  };
}

Section edges_section(const View& view) {
  Section section{
      "edges", "Calls between services (most failures first, then slowest; seen by the caller)", {}, {}, false};
  Table table;
  table.key = "edges";
  table.label_columns = 2;
  table.fold = kWorstRows;
  table.columns = {{"caller", "caller", Unit::None, Show::Always},
                   {"callee", "callee", Unit::None, Show::Always},
                   {"calls_rate", "calls", Unit::PerSecond, Show::Always},
                   {"amplification", "tries", Unit::Factor, Show::Always, 2},
                   {"success", "success", Unit::Fraction, Show::Always},
                   {"p50", "p50", Unit::Seconds, Show::Always},
                   {"p99", "p99", Unit::Seconds, Show::Always},
                   {"failures", "failures", Unit::None, Show::ScreenOnly},
                   {"failed_p99", "failed p99", Unit::Seconds, Show::Detail},
                   {"calls", "calls", Unit::Count, Show::MachineOnly},
                   {"attempts", "attempts", Unit::Count, Show::Detail},
                   {"unfinished", "unfinished", Unit::Count, Show::Detail},
                   {"retry_limit_exceeded", "URX", Unit::Count, Show::Detail},
                   {"late_responses", "late answers", Unit::Count, Show::Detail},
                   {"connections", "new connections", Unit::Count, Show::Detail},
                   {"ignored_failures", "ignored", Unit::Count, Show::Detail},
                   {"mirrored", "mirrored", Unit::Count, Show::IfAny},
                   {"hedges", "hedged", Unit::Fraction, Show::IfAny, 2},
                   {"cross_zone", "other zone", Unit::Fraction, Show::IfAny, 1}};
  for (std::size_t o = 0; o < models::kOutcomes; ++o) {
    const std::string name = column_name(static_cast<Outcome>(o));
    table.columns.push_back({"calls_" + name, "", Unit::Count, Show::MachineOnly});
  }
  for (std::size_t o = 0; o < models::kOutcomes; ++o) {
    const std::string name = column_name(static_cast<Outcome>(o));
    table.columns.push_back({"attempts_" + name, "", Unit::Count, Show::MachineOnly});
  }
  const std::vector<models::Catalog::Edge>& edges = view.catalog().edges;
  const std::vector<models::EdgeResults>& merged = view.merged().edges;
  const std::size_t count = std::min(edges.size(), merged.size());
  for (std::size_t e = 0; e < count; ++e) {
    const models::EdgeResults& edge = merged[e];
    const auto calls = [e](const Results& r) { return as_double(r.edges[e].calls); };
    const Estimate failed = view.proportion(
        [e](const Results& r) {
          return as_double(r.edges[e].calls - std::min(r.edges[e].calls, r.edges[e].outcomes[0]));
        },
        calls);
    const Estimate success =
        failed.certainty == Certainty::UpperBound
            ? lower_bound(1.0 - failed.value)
            : view.ratio([e](const Results& r) { return as_double(r.edges[e].outcomes[0]); }, calls);
    std::vector<Cell> row{
        text_cell(edges[e].caller),
        text_cell(edges[e].callee),
        number_cell(view.rate(calls)),
        number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].attempts); }, calls)),
        number_cell(success),
        pooled_percentile(edge.ok, 0.5),
        pooled_percentile(edge.ok, 0.99),
        text_cell(failure_shares(edge.outcomes, edge.calls)),
        pooled_percentile(edge.failed, 0.99),
        count_cell(edge.calls),
        count_cell(edge.attempts),
        count_cell(edge.unfinished),
        count_cell(edge.retry_limit_exceeded),
        count_cell(edge.late_responses),
        count_cell(edge.handshakes),
        count_cell(edge.ignored_failures),
        count_cell(edge.mirrored),
        number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].hedges); }, calls)),
        number_cell(view.ratio([e](const Results& r) { return as_double(r.edges[e].cross_zone); },
                               [e](const Results& r) { return as_double(r.edges[e].attempts); }))};
    for (const std::uint64_t outcome : edge.outcomes) {
      row.push_back(count_cell(outcome));
    }
    for (const std::uint64_t outcome : edge.attempt_outcomes) {
      row.push_back(count_cell(outcome));
    }
    add_row(table, std::move(row));
  }
  table.screen_order = worst_first(count, [&](std::size_t e) {
    const models::EdgeResults& edge = merged[e];
    const double failed = edge.calls == 0 ? 0.0 : 1.0 - as_double(edge.outcomes[0]) / as_double(edge.calls);
    return std::pair(failed, edge.ok.quantile(0.99));
  });
  section.tables.push_back(std::move(table));
  return section;
}

Section services_section(const View& view) {
  Section section{"services", "Services (busiest first)", {}, {}, false};
  Table table;
  table.key = "services";
  table.fold = kWorstRows;
  table.columns = {{"service", "service", Unit::None, Show::Always},
                   {"replicas", "replicas", Unit::Count, Show::Always},
                   {"workers_per_replica", "workers each", Unit::Count, Show::Detail},
                   {"worker_utilisation", "workers busy", Unit::Fraction, Show::Always, 1},
                   {"cpu_utilisation", "cpu busy", Unit::Fraction, Show::Always, 1},
                   {"expected_utilisation", "expected", Unit::Fraction, Show::Always, 1},
                   {"queue_length", "in queue", Unit::None, Show::Always, 3},
                   {"in_system", "in service and queue", Unit::None, Show::Detail},
                   {"app_vcpu", "app", Unit::Cores, Show::Always, 3}};
  const std::vector<models::Catalog::Service>& services = view.catalog().services;
  const std::vector<models::ServiceResults>& merged = view.merged().services;
  const std::size_t count = std::min(services.size(), merged.size());
  std::vector<double> busy(count, 0.0);
  for (std::size_t s = 0; s < count; ++s) {
    const Estimate workers = view.ratio([s](const Results& r) { return as_double(r.services[s].busy_worker_time); },
                                        [s](const Results& r) { return as_double(r.services[s].worker_time); });
    const Estimate cpu = view.ratio([s](const Results& r) { return as_double(r.services[s].cpu_time); },
                                    [s](const Results& r) { return as_double(r.services[s].cpu_capacity); });
    busy[s] = std::max(workers.value, cpu.value);
    const bool unlimited = services[s].workers == models::kUnlimited;
    add_row(
        table,
        {text_cell(services[s].name), count_cell(services[s].replicas),
         unlimited ? text_cell("unlimited") : count_cell(services[s].workers), number_cell(workers), number_cell(cpu),
         services[s].expected_utilisation > 0.0 ? exact_cell(services[s].expected_utilisation) : Cell{},
         number_cell(scaled(view.rate([s](const Results& r) { return as_double(r.services[s].queue_time); }), 1e-9)),
         number_cell(
             scaled(view.rate([s](const Results& r) { return as_double(r.services[s].in_system_time); }), 1e-9)),
         number_cell(cores_of(view, [s](const Results& r) { return as_double(r.services[s].cpu_time); }))});
  }
  table.screen_order = worst_first(count, [&](std::size_t s) { return busy[s]; });
  section.tables.push_back(std::move(table));

  Table versions;  // of services that have more than one
  versions.key = "versions";
  versions.title = "arrivals by version";
  versions.label_columns = 2;
  versions.fold = kWorstRows;
  versions.columns = {{"service", "service", Unit::None, Show::Always},
                      {"version", "version", Unit::None, Show::Always},
                      {"requests", "requests", Unit::Count, Show::Always},
                      {"share", "share", Unit::Fraction, Show::Always}};
  for (std::size_t s = 0; s < count; ++s) {
    const std::size_t known = std::min(services[s].versions.size(), merged[s].version_requests.size());
    for (std::size_t v = 0; known > 1 && v < known; ++v) {
      const auto part = [s, v](const Results& r) { return as_double(r.services[s].version_requests[v]); };
      const auto whole = [s](const Results& r) {
        double sum = 0.0;
        for (const std::uint64_t n : r.services[s].version_requests) {
          sum += as_double(n);
        }
        return sum;
      };
      add_row(versions, {text_cell(services[s].name), text_cell(services[s].versions[v]),
                         count_cell(merged[s].version_requests[v]), number_cell(view.proportion(part, whole))});
    }
  }
  if (!versions.rows.empty()) {
    section.tables.push_back(std::move(versions));
  }
  return section;
}

Section endpoints_section(const View& view) {
  Section section{"endpoints", "Endpoints (longest wait first; seen by the server)", {}, {}, true};
  Table table;
  table.key = "endpoints";
  table.label_columns = 2;
  table.columns = {{"service", "service", Unit::None, Show::Always},
                   {"endpoint", "endpoint", Unit::None, Show::Always},
                   {"request_rate", "requests", Unit::PerSecond, Show::Always},
                   {"waited", "waited", Unit::Fraction, Show::Always},
                   {"rejected", "rejected", Unit::Fraction, Show::Always},
                   {"wait_p99", "wait p99", Unit::Seconds, Show::Always},
                   {"p50", "p50", Unit::Seconds, Show::Always},
                   {"p99", "p99", Unit::Seconds, Show::Always},
                   {"requests", "requests", Unit::Count, Show::MachineOnly},
                   {"rejections", "rejected", Unit::Count, Show::MachineOnly},
                   {"errors", "errors", Unit::Count, Show::Detail},
                   {"duplicates", "duplicate effects", Unit::Count, Show::Detail},
                   {"denied", "denied", Unit::Count, Show::IfAny},
                   {"rate_limited", "rate limited", Unit::Count, Show::IfAny},
                   {"inbound_retries", "inbound retries", Unit::Count, Show::IfAny}};
  const std::vector<models::Catalog::Endpoint>& endpoints = view.catalog().endpoints;
  const std::vector<models::EndpointResults>& merged = view.merged().endpoints;
  const std::size_t count = std::min(endpoints.size(), merged.size());
  for (std::size_t e = 0; e < count; ++e) {
    const models::EndpointResults& endpoint = merged[e];
    const auto requests = [e](const Results& r) { return as_double(r.endpoints[e].requests); };
    add_row(
        table,
        {text_cell(endpoints[e].service), text_cell(endpoints[e].name), number_cell(view.rate(requests)),
         number_cell(view.proportion([e](const Results& r) { return as_double(r.endpoints[e].waited); }, requests)),
         number_cell(view.proportion([e](const Results& r) { return as_double(r.endpoints[e].rejected); }, requests)),
         pooled_percentile(endpoint.wait, 0.99), pooled_percentile(endpoint.sojourn, 0.5),
         pooled_percentile(endpoint.sojourn, 0.99), count_cell(endpoint.requests), count_cell(endpoint.rejected),
         count_cell(endpoint.errors), count_cell(endpoint.duplicates), count_cell(endpoint.denied),
         count_cell(endpoint.rate_limited), count_cell(endpoint.inbound_retries)});
  }
  table.screen_order = worst_first(count, [&](std::size_t e) { return merged[e].wait.quantile(0.99); });
  section.tables.push_back(std::move(table));
  return section;
}

Section waste_section(const View& view) {
  Section section{"waste", "Wasted and unfinished work", {}, {}, false};
  Table table;
  table.key = "waste";
  table.columns = {{"wasted_share", "cpu wasted", Unit::Fraction, Show::Always, 2},
                   {"wasted_vcpu", "wasted", Unit::Cores, Show::Detail, 3},
                   {"retries_per_call", "retries per call", Unit::None, Show::Always, 4},
                   {"late_responses", "late answers", Unit::Count, Show::Always},
                   {"duplicates", "duplicates", Unit::Count, Show::Always},
                   {"unfinished_requests", "unfinished requests", Unit::Count, Show::Always},
                   {"unfinished_calls", "unfinished calls", Unit::Count, Show::Always}};
  const Results& merged = view.merged();
  const auto wasted = [](const Results& r) { return as_double(r.resources.app_cpu - r.resources.useful_cpu); };
  std::uint64_t late = 0;
  for (const models::EdgeResults& edge : merged.edges) {
    late += edge.late_responses;
  }
  std::uint64_t duplicates = 0;
  for (const models::EndpointResults& endpoint : merged.endpoints) {
    duplicates += endpoint.duplicates;
  }
  const auto sum = [](const Results& r, auto member) {
    double total = 0.0;
    for (const models::EdgeResults& edge : r.edges) {
      total += as_double((edge.*member)());
    }
    return total;
  };
  add_row(table, {number_cell(view.ratio(wasted, [](const Results& r) { return as_double(r.resources.app_cpu); })),
                  number_cell(cores_of(view, wasted)),
                  number_cell(view.ratio(
                      [&](const Results& r) {
                        return sum(r, &models::EdgeResults::whole_attempts) - sum(r, &models::EdgeResults::whole_calls);
                      },
                      [&](const Results& r) { return sum(r, &models::EdgeResults::whole_calls); })),
                  count_cell(late), count_cell(duplicates), count_cell(view.whole().merged->total.unfinished),
                  count_cell(merged.unfinished_calls)});
  section.tables.push_back(std::move(table));
  return section;
}

Section resources_section(const View& view) {
  Section section{"resources", "Resources", {}, {}, false};
  Table table;
  table.key = "resources";
  table.columns = {{"app_vcpu", "app", Unit::Cores, Show::Always, 3},
                   {"library_vcpu", "library", Unit::Cores, Show::IfAny, 3},
                   {"proxy_vcpu", "proxies", Unit::Cores, Show::Always, 3},
                   {"proxy_client_vcpu", "outbound", Unit::Cores, Show::Detail, 3},
                   {"proxy_server_vcpu", "inbound", Unit::Cores, Show::Detail, 3},
                   {"handshake_vcpu", "TLS handshakes", Unit::Cores, Show::Detail, 4},
                   {"connection_rate", "new connections", Unit::PerSecond, Show::Always, 2},
                   {"app_gigabytes", "app", Unit::Gigabytes, Show::Always},
                   {"proxy_gigabytes", "proxies", Unit::Gigabytes, Show::Always},
                   {"pods", "pods", Unit::Count, Show::Always},
                   {"proxies", "proxies", Unit::Count, Show::Always}};
  const models::Catalog& catalog = view.catalog();
  const auto cores = [&](auto value) { return number_cell(cores_of(view, value)); };
  const bool no_proxies = catalog.proxies == 0;
  const auto proxy = [&](auto value) { return no_proxies ? exact_cell(0.0) : cores(value); };
  add_row(
      table,
      {cores([](const Results& r) { return as_double(r.resources.app_cpu); }), cores(library_cpu(view)),
       proxy([](const Results& r) { return as_double(r.resources.proxy_client_cpu + r.resources.proxy_server_cpu); }),
       proxy([](const Results& r) { return as_double(r.resources.proxy_client_cpu); }),
       proxy([](const Results& r) { return as_double(r.resources.proxy_server_cpu); }),
       cores([](const Results& r) { return as_double(r.resources.handshake_cpu); }),
       number_cell(view.rate([](const Results& r) { return as_double(r.resources.handshakes); })),
       catalog.app_memory_mb > 0.0 ? exact_cell(catalog.app_memory_mb * 1e-3) : Cell{},
       exact_cell(catalog.proxy_memory_mb * 1e-3), count_cell(catalog.pods), count_cell(catalog.proxies)});
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace reports
