#include "models/fleet/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "sim/random/keyed.h"
#include "sim/random/portable_math.h"

namespace models {
namespace {

namespace portable = sim::portable;

enum class Purpose : std::uint64_t { FanIn = 0x6f01, Place, Weight, Caller, Hot, Work, Parallel, Language };

constexpr double kFanOutExponent = 1.1;  // Hill estimate of Meta's fan-out, top 1,000
constexpr double kHeaviestCaller = 30;   // times the lightest: one endpoint would otherwise make hundreds of calls
constexpr double kHotSigma = 0.4;        // of the log of rate per fan-in; assumed
constexpr double kWorkSigma = 0.55;      // of the log of the service time: cv 0.6; assumed
constexpr double kCallsInParallel = 1.0 / 3;
constexpr double kCallsInSequence = 4;  // per request, at most; assumed
constexpr double kSharePrecision = 1e6;
constexpr double kScaleLimit = 1e9;

struct Service {
  std::uint32_t layer = 0;
  std::uint32_t fan_in = 0;
  double weight = 1;   // as a caller
  double hot = 1;      // rate wanted, up to one factor for all
  double rate = 0;     // requests/s
  double time_us = 0;  // mean
  std::uint32_t replicas = 1;
  std::uint32_t workers = 1;
};
struct Call {
  double probability = 0;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Service, Call>;

std::uint32_t whole(double value, std::uint32_t least, std::uint32_t most) {
  return std::clamp(static_cast<std::uint32_t>((value + 0x1p52) - 0x1p52), least, std::max(least, most));
}

// What is left open follows the number of services.
FleetShape completed(FleetShape shape) {
  const std::uint32_t n = shape.services;
  if (n == 0) throw std::invalid_argument("a fleet needs at least one service");
  if (!(shape.fan_in_exponent > 0.2 && shape.fan_in_exponent < 10))
    throw std::invalid_argument("the exponent of the fan-in must lie between 0.2 and 10");
  if (!(shape.least_busy > 0 && shape.least_busy < shape.most_busy && shape.most_busy < 1))
    throw std::invalid_argument("services must be busy between two different shares, both between 0 and 1");
  if (shape.rate < 0 || shape.calls_per_request < 0)
    throw std::invalid_argument("a rate or a number of calls cannot be negative");
  if (!(shape.longest_work > 0)) throw std::invalid_argument("the longest work must be greater than 0");
  const double log_n = portable::log(n);
  if (shape.rate <= 0) shape.rate = 20 * portable::exp(0.9 * log_n);
  if (shape.calls_per_request <= 0) shape.calls_per_request = std::min<double>(n, 1.5 * portable::exp(0.4 * log_n)) - 1;
  if (shape.entries == 0) shape.entries = std::clamp<std::uint32_t>(n / 50, 1, 10);
  if (shape.depth == 0) shape.depth = 1 + (n < 2 ? 0 : whole(1.2 * portable::exp(0.75 * portable::log(log_n)), 1, 64));
  if (shape.pods == 0) shape.pods = whole(3 * portable::exp(1.1 * log_n), n, 1'000'000);
  if (shape.teams == 0) shape.teams = n / 6;
  shape.entries = std::min(shape.entries, n);
  shape.teams = std::clamp<std::uint32_t>(shape.teams, 1, n);
  shape.languages = std::clamp<std::uint32_t>(shape.languages, 1, shape.teams);
  const std::uint32_t rest = n - shape.entries;
  shape.depth = rest == 0 ? 1 : std::clamp<std::uint32_t>(shape.depth, 2, 1 + rest);
  return shape;
}

class Generator {
 public:
  explicit Generator(const FleetShape& shape) : shape_(completed(shape)), graph_(shape_.services) {}

  ScenarioSpec generate() {
    layers();
    fan_ins();
    callers();
    frequencies();
    capacities();
    return scenario();
  }

 private:
  [[nodiscard]] sim::Draws draws(Purpose purpose, std::uint64_t who) const {
    return sim::Draws(sim::child_key(sim::mix(shape_.seed), who), static_cast<std::uint64_t>(purpose));
  }
  [[nodiscard]] double uniform(Purpose purpose, std::uint64_t who) const {
    return sim::uniform(draws(purpose, who).next());
  }

  // Sizes: the entries, then wide in the middle (weights 1, 2, .., 2, 1, assumed); each layer has somebody.
  void layers() {
    first_.assign(shape_.depth + 1, 0);
    first_[1] = shape_.entries;
    const std::uint32_t below = shape_.depth - 1;
    const std::uint32_t rest = shape_.services - shape_.entries;
    double total = 0, sum = 0;
    const auto weight = [&](std::uint32_t layer) { return layer == 1 || layer == below ? 1.0 : 2.0; };
    for (std::uint32_t layer = 1; layer <= below; ++layer) total += weight(layer);
    for (std::uint32_t layer = 1; layer <= below; ++layer) {
      sum += weight(layer);
      const auto end = static_cast<std::uint32_t>((rest * (sum / total) + 0x1p52) - 0x1p52);
      first_[layer + 1] = shape_.entries + std::clamp(end, layer, rest - (below - layer));
    }
    first_[shape_.depth] = shape_.services;
    for (std::uint32_t layer = 0; layer < shape_.depth; ++layer) {
      for (std::uint32_t s = first_[layer]; s < first_[layer + 1]; ++s) graph_[s].layer = layer;
    }
  }

  // Fan-ins are drawn first and then placed: who is called by many needs as many services above.
  void fan_ins() {
    if (shape_.depth < 2) return;
    const std::uint32_t most = first_[shape_.depth - 1];
    std::vector<std::uint32_t> drawn;
    for (std::uint32_t i = shape_.entries; i < shape_.services; ++i) {
      const double k = portable::exp(-portable::log(uniform(Purpose::FanIn, i)) / shape_.fan_in_exponent);
      drawn.push_back(k < most ? static_cast<std::uint32_t>(k) : most);
    }
    std::sort(drawn.begin(), drawn.end(), std::greater<>());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);  // free place in each layer
    for (std::uint32_t i = 0; i < drawn.size(); ++i) {
      std::uint32_t free = 0, lowest = shape_.depth;
      for (std::uint32_t layer = shape_.depth - 1; layer >= 1; --layer) {
        if (next[layer] == first_[layer + 1]) continue;
        if (first_[layer] < drawn[i] && lowest < shape_.depth) break;  // too few above; the deepest free layer must do
        lowest = layer;
        free += first_[layer + 1] - next[layer];
      }
      std::uint32_t place = sim::below(draws(Purpose::Place, i).next(), free);
      std::uint32_t layer = lowest;
      for (; place >= first_[layer + 1] - next[layer]; ++layer) place -= first_[layer + 1] - next[layer];
      graph_[next[layer]++].fan_in = std::min(drawn[i], first_[layer]);
    }
  }

  void callers() {
    for (std::uint32_t s = 0; s < shape_.services; ++s) {
      const double w = portable::exp(-portable::log(uniform(Purpose::Weight, s)) / kFanOutExponent);
      graph_[s].weight = std::min(w, kHeaviestCaller);
    }
    std::vector<double> cumulative{0};
    for (std::uint32_t s = 0; s < shape_.services; ++s) cumulative.push_back(cumulative.back() + graph_[s].weight);
    for (std::uint32_t s = shape_.entries; s < shape_.services; ++s) {
      const std::uint32_t above = first_[graph_[s].layer - 1];
      const std::uint32_t end = first_[graph_[s].layer];
      sim::Draws draw = draws(Purpose::Caller, s);
      std::vector<std::uint32_t> chosen{by_weight(cumulative, above, end, draw)};  // makes its layer its depth
      if (graph_[s].fan_in > 16 || graph_[s].fan_in * 4 > end) {
        lightest_first(chosen, graph_[s].fan_in, end, draw);
      } else {
        while (chosen.size() < graph_[s].fan_in) {
          const std::uint32_t c = by_weight(cumulative, 0, end, draw);
          if (std::find(chosen.begin(), chosen.end(), c) == chosen.end()) chosen.push_back(c);
        }
      }
      std::sort(chosen.begin(), chosen.end());
      for (const std::uint32_t c : chosen) boost::add_edge(c, s, graph_);
    }
  }

  static std::uint32_t by_weight(const std::vector<double>& cumulative, std::uint32_t begin, std::uint32_t end,
                                 sim::Draws& draw) {
    const double at = cumulative[begin] + sim::uniform(draw.next()) * (cumulative[end] - cumulative[begin]);
    const auto found = std::upper_bound(cumulative.begin() + begin, cumulative.begin() + end, at);
    return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(begin, found - cumulative.begin() - 1));
  }

  // Without replacement in one pass: the least exponentials of rate `weight` (Efraimidis, Spirakis, IPL 97(5), 2006).
  void lightest_first(std::vector<std::uint32_t>& chosen, std::uint32_t count, std::uint32_t end, sim::Draws& draw) {
    std::vector<std::pair<double, std::uint32_t>> order;
    for (std::uint32_t c = 0; c < end; ++c) {
      const double key = sim::exponential(draw) / graph_[c].weight;
      if (c != chosen.front()) order.emplace_back(key, c);
    }
    const auto taken = static_cast<std::ptrdiff_t>(std::min<std::size_t>(count - 1, order.size()));
    std::partial_sort(order.begin(), order.begin() + taken, order.end());
    for (std::ptrdiff_t i = 0; i < taken; ++i) chosen.push_back(order[static_cast<std::size_t>(i)].second);
  }

  // How often each service is wanted goes with its fan-in; its callers all call it with the same probability. One
  // factor for all is found by bisection so that a request makes the calls it should.
  void frequencies() {
    for (std::uint32_t s = 0; s < shape_.services; ++s) {
      sim::Draws draw = draws(Purpose::Hot, s);
      graph_[s].hot = graph_[s].fan_in * portable::exp(kHotSigma * sim::normal(draw));
    }
    boost::topological_sort(graph_, std::back_inserter(callees_first_));
    double lo = 0, hi = kScaleLimit;  // logarithmic bisection would be quicker and no better
    for (int i = 0; i < 100; ++i) {
      const double mid = (lo + hi) / 2;
      (calls_per_request(mid) > shape_.calls_per_request ? hi : lo) = mid;
    }
    calls_per_request(lo);
    for (std::uint32_t s = 0; s < shape_.services; ++s) graph_[s].rate *= shape_.rate;
  }

  // Sets probabilities and rates (in requests per entry request).
  double calls_per_request(double factor) {
    double calls = 0, shares = 0;
    for (std::uint32_t e = 0; e < shape_.entries; ++e) shares += 1.0 / (e + 1);
    for (auto at = callees_first_.rbegin(); at != callees_first_.rend(); ++at) {
      Service& service = graph_[*at];
      if (service.layer == 0) {
        service.rate = entry_rate(static_cast<std::uint32_t>(*at), shares) / shape_.rate;
        continue;
      }
      double offered = 0;
      const auto in = boost::make_iterator_range(boost::in_edges(*at, graph_));
      for (const auto& edge : in) offered += graph_[boost::source(edge, graph_)].rate;
      const double wanted = std::min(1.0, factor * service.hot / offered) * kSharePrecision;
      const double probability =
          std::max(1.0, static_cast<double>(static_cast<std::int64_t>((wanted + 0x1p52) - 0x1p52)));
      for (const auto& edge : in) graph_[edge].probability = probability / kSharePrecision;
      service.rate = offered * (probability / kSharePrecision);
      calls += service.rate;
    }
    return calls;
  }

  // Shares 1/i of the whole, to a thousandth of a request per second.
  [[nodiscard]] double entry_rate(std::uint32_t entry, double shares) const {
    const double rate = shape_.rate / (entry + 1) / shares;
    return std::max<double>(1, static_cast<double>(static_cast<std::int64_t>((rate * 1000 + 0x1p52) - 0x1p52))) / 1000;
  }

  // The service times that fill the pods: all the same factor, then each moved until its service is as busy as it may.
  void capacities() {
    const double busy = (shape_.least_busy + shape_.most_busy) / 2;
    double demand = 0;
    for (std::uint32_t s = 0; s < shape_.services; ++s) {
      sim::Draws draw = draws(Purpose::Work, s);
      graph_[s].time_us = portable::exp(kWorkSigma * sim::normal(draw));
      demand += graph_[s].rate * graph_[s].time_us;
    }
    const double factor = busy * shape_.pods / demand;  // seconds per unit, were every worker a pod
    for (std::uint32_t s = 0; s < shape_.services; ++s) {
      Service& service = graph_[s];
      const double held = service.rate * service.time_us * factor;  // workers busy, one per pod
      service.replicas = whole(held / busy, 1, 1'000'000);
      if (service.replicas >= 16) service.workers = 4;
      const double used = std::clamp(held / service.replicas, shape_.least_busy * 1.001, shape_.most_busy * 0.999);
      const double us = std::min(used * service.replicas * service.workers / service.rate, shape_.longest_work) * 1e6;
      service.time_us = std::max(1.0, static_cast<double>(static_cast<std::int64_t>((us + 0x1p52) - 0x1p52)));
    }
  }

  [[nodiscard]] std::string name(std::size_t s) const {
    const int width = shape_.services > 1000 ? 4 : 3;
    return fmt::format("s{:0{}}", s, width);
  }

  [[nodiscard]] ServiceSpec service_spec(std::uint32_t s) const {
    EndpointSpec endpoint;
    endpoint.name = "default";
    StepSpec work;
    work.duration = sim::Distribution::exponential(graph_[s].time_us * 1e3);
    endpoint.steps.push_back(std::move(work));
    std::vector<StepSpec> calls;
    double per_request = 0;
    for (const auto& edge : boost::make_iterator_range(boost::out_edges(s, graph_))) {
      StepSpec step;
      step.kind = StepKind::Call;
      step.probability = graph_[edge].probability;
      per_request += step.probability;
      step.call = CallSpec{};
      step.call->service = name(boost::target(edge, graph_));
      step.call->endpoint = "default";
      calls.push_back(std::move(step));
    }
    const bool at_once = per_request > kCallsInSequence || uniform(Purpose::Parallel, s) < kCallsInParallel;
    if (calls.size() > 1 && at_once) {
      StepSpec parallel;
      parallel.kind = StepKind::Parallel;
      parallel.children = std::move(calls);
      endpoint.steps.push_back(std::move(parallel));
    } else {
      std::move(calls.begin(), calls.end(), std::back_inserter(endpoint.steps));
    }
    ServiceSpec spec;
    spec.name = name(s);
    spec.workers = graph_[s].workers;
    VersionSpec version;
    version.name = "v1";
    version.replicas = graph_[s].replicas;
    version.endpoints.push_back(std::move(endpoint));
    spec.versions.push_back(std::move(version));
    return spec;
  }

  void owners(ScenarioSpec& spec) const {
    static constexpr const char* kLanguages[] = {"go", "java", "python", "node", "csharp", "ruby", "rust", "php"};
    const auto language = [](std::uint32_t i) {
      return i < std::size(kLanguages) ? std::string(kLanguages[i]) : fmt::format("language{:02}", i);
    };
    for (std::uint32_t l = 0; l < shape_.languages; ++l) spec.libraries.push_back({.language = language(l)});
    for (std::uint32_t t = 0; t < shape_.teams; ++t) {
      TeamSpec team;
      team.name = fmt::format("team{:03}", t);
      const auto bound = [&](std::uint64_t at) {
        return static_cast<std::uint32_t>(at * shape_.services / shape_.teams);
      };
      // The first teams show every language; the rest draw theirs.
      const std::uint32_t drawn = sim::below(draws(Purpose::Language, t).next(), shape_.languages);
      const std::string speaks = language(t < shape_.languages ? t : drawn);
      for (std::uint32_t s = bound(t); s < bound(t + 1); ++s) {
        team.services.push_back(name(s));
        spec.services[s].language = speaks;
      }
      spec.teams.push_back(std::move(team));
    }
  }

  [[nodiscard]] ScenarioSpec scenario() const {
    ScenarioSpec spec;
    spec.seed = shape_.seed;
    const auto delay = [](double median, double p99, double least) {  // the reader's defaults
      return sim::Distribution::with_min(sim::Distribution::lognormal_quantiles(median, 0.99, p99), least);
    };
    spec.network.same_zone = delay(120e3, 450e3, 20e3);
    spec.network.cross_zone = delay(700e3, 2e6, 200e3);
    for (std::uint32_t s = 0; s < shape_.services; ++s) spec.services.push_back(service_spec(s));
    for (std::uint32_t e = 0; e < shape_.entries; ++e) {
      TrafficSpec traffic;
      traffic.name = traffic.service = name(e);
      traffic.endpoint = "default";
      traffic.rate.rate = graph_[e].rate;
      spec.traffic.push_back(std::move(traffic));
    }
    owners(spec);
    CandidateSpec none;
    none.name = "none";
    none.load_balancer = LoadBalancer::LeastRequest;  // pinned connections would overload single pods
    spec.candidates.push_back(std::move(none));
    spec.baseline = "none";
    return spec;
  }

  FleetShape shape_;
  Graph graph_;
  std::vector<std::uint32_t> first_;  // first service of each layer, and the number of services
  std::vector<std::size_t> callees_first_;
};

}  // namespace

ScenarioSpec generate_fleet(const FleetShape& shape) { return Generator(shape).generate(); }

}  // namespace models
