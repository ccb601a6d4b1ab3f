#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "scenarios/reader/decode.h"

namespace reader {

struct Decoder::Law {
  sim::Distribution value;
  std::string text;  // canonical, without braces: "lognormal: {median: 120us, p99: 450us}"
  std::string short_form;
  bool constant = false;  // said to be one
  bool has_min = false;
};

namespace {

std::string d(double ns) { return write_duration_real(ns); }

struct Percentile {
  const char* key;
  double q;
};
constexpr Percentile kPercentiles[] = {{"p90", 0.90}, {"p95", 0.95}, {"p99", 0.99}};

}  // namespace

std::optional<sim::Distribution> Decoder::distribution_or(const Object& object, std::string_view key) {
  if (const NodeId at = object.get(key); at != kNoNode) return distribution(at);
  return std::nullopt;
}

std::optional<sim::Distribution> Decoder::distribution(NodeId at, std::optional<sim::Duration> default_min) {
  try {
    std::optional<Law> result = law(at, false);
    if (!result) return std::nullopt;
    if (default_min && !result->constant && !result->has_min) {
      result->value = sim::Distribution::with_min(std::move(result->value), static_cast<double>(*default_min));
      result->text += fmt::format(", min: {}", write_duration(*default_min));
      result->short_form.clear();
    }
    context_.phrases.remember(result->value, {"{" + result->text + "}", result->short_form});
    if (const std::string caution = result->value.caution(); !caution.empty())
      context_.warn(Code::DistributionCaution, at, caution, "bound it with `max`");
    return result->value;
  } catch (const std::invalid_argument& problem) {
    context_.error(Code::BadDistribution, at, printable(problem.what(), 200));
    return std::nullopt;
  }
}

std::optional<sim::Distribution> Decoder::delay(NodeId at) {
  if (!context_.is(at, NodeKind::Scalar)) return distribution(at);
  const auto value = context_.real(at, find_field("Distribution", "constant"), "Duration");
  if (!value) return std::nullopt;
  const auto law = sim::Distribution::constant(*value);
  context_.phrases.remember(law, {fmt::format("{{constant: {}}}", d(*value)), {}});
  return law;
}

std::optional<sim::Distribution> Decoder::lead_time(NodeId at) {
  const double longest = std::exchange(context_.longest, kLongestLeadTime);
  auto law = delay(at);
  context_.longest = longest;
  return law;
}

std::optional<sim::Distribution> Decoder::default_law(const std::string& what, const char* text) {
  const auto source = add_source("default of " + what, text, context_.report);
  const NodeId at = source ? parse(context_.tree, *source, context_.report) : kNoNode;
  return at == kNoNode ? std::nullopt : lead_time(at);
}

// `part`: of a mixture, with a weight beside its keys.
std::optional<Decoder::Law> Decoder::law(NodeId at, bool part) {
  if (!part && context_.is(at, NodeKind::Scalar)) {
    const auto mean = context_.real(at, find_field("Distribution", "mean"), "Duration");
    if (!mean) return std::nullopt;
    Law out;
    out.value = sim::Distribution::exponential(*mean);
    out.text = *mean == 0 ? "constant: 0s" : "exponential: " + d(*mean);
    if (*mean != 0) out.short_form = context_.node(at).text;
    return out;
  }
  if (!context_.is(at, NodeKind::Map)) {
    context_.wrong_type(at, "Distribution");
    return std::nullopt;
  }
  const std::size_t before = context_.report.errors();
  const Object o = part ? Object(context_, at, "Part", "Distribution") : Object(context_, at, "Distribution");
  std::optional<Law> out = shape(o, at);
  const auto lo = o.real("min");
  const auto hi = o.real("max");
  const auto shift = o.real("shift");
  if (!out || context_.report.errors() != before) return std::nullopt;
  if (lo && hi && *lo > *hi) {
    context_.error(Code::BadDistribution, at, "`min` is above `max`");
    return std::nullopt;
  }
  if (shift) {
    out->value = sim::Distribution::shifted(*shift, std::move(out->value));
    out->text += ", shift: " + d(*shift);
  }
  if (hi) {
    out->value = sim::Distribution::truncated(std::move(out->value), 0, *hi);
    out->text += ", max: " + d(*hi);
  }
  if (lo) {
    out->value = sim::Distribution::with_min(std::move(out->value), *lo);
    out->text += ", min: " + d(*lo);
    out->has_min = true;
  }
  return out;
}

std::optional<Decoder::Law> Decoder::shape(const Object& o, NodeId at) {
  using sim::Distribution;
  constexpr const char* kShapes =
      "one of constant, uniform, exponential, lognormal, gamma, erlang, weibull, pareto, hyperexponential, empirical, "
      "mixture, {mean, cv} or {median, p99}";
  const std::size_t named = o.count_of({"constant", "uniform", "exponential", "lognormal", "gamma", "erlang", "weibull",
                                        "pareto", "hyperexponential", "empirical", "mixture"});
  const bool by_mean = o.has("mean") || o.has("cv");
  const bool by_median = o.count_of({"median", "p90", "p95", "p99"}) > 0;
  const std::size_t shapes = named + (by_mean ? 1 : 0) + (by_median ? 1 : 0);
  if (shapes != 1) {
    context_.error(Code::BadDistribution, at,
                   shapes == 0 ? "this distribution has no shape" : "this distribution has several shapes",
                   std::string("give ") + kShapes);
    return std::nullopt;
  }
  const auto incomplete = [&](const char* hint) -> std::optional<Law> {
    context_.error(Code::BadDistribution, at, "this distribution is incomplete", hint);
    return std::nullopt;
  };
  const auto wrong = [&](const char* hint) -> std::optional<Law> {
    context_.error(Code::BadDistribution, at, "this distribution contradicts itself", hint);
    return std::nullopt;
  };
  Law out;
  const auto lognormal_quantiles = [&](const Object& from) -> std::optional<Law> {
    const auto median = from.real("median");
    if (!from.has("median") || from.count_of({"p90", "p95", "p99"}) != 1)
      return incomplete("give `median` and one of p90, p95, p99");
    for (const Percentile& p : kPercentiles) {
      const auto value = from.real(p.key);
      if (!value || !median) continue;
      if (*median <= 0 || *value <= *median) return wrong("the median must be above zero and below the percentile");
      out.value = Distribution::lognormal_quantiles(*median, p.q, *value);
      out.text = fmt::format("lognormal: {{median: {}, {}: {}}}", d(*median), p.key, d(*value));
      return out;
    }
    return std::nullopt;
  };
  if (by_mean) {
    const auto mean = o.real("mean");
    const auto cv = o.real("cv");
    if (!o.has("mean")) return incomplete("give `mean` beside `cv`");
    if (!mean || (o.has("cv") && !cv)) return std::nullopt;
    out.value = cv ? Distribution::gamma(*mean, *cv) : Distribution::exponential(*mean);
    out.text =
        cv ? fmt::format("gamma: {{mean: {}, cv: {}}}", d(*mean), write_number(*cv)) : "exponential: " + d(*mean);
    if (*mean == 0) out.text = "constant: 0s";
    return out;
  }
  if (by_median) return lognormal_quantiles(o);
  if (o.has("constant")) {
    const auto v = o.real("constant");
    if (!v) return std::nullopt;
    out.value = Distribution::constant(*v);
    out.text = "constant: " + d(*v);
    out.constant = true;
    return out;
  }
  if (o.has("exponential")) {
    const auto v = o.real("exponential");
    if (!v) return std::nullopt;
    out.value = Distribution::exponential(*v);
    out.text = *v == 0 ? "constant: 0s" : "exponential: " + d(*v);
    return out;
  }
  if (const NodeId list = o.get("uniform"); list != kNoNode) {
    if (!context_.is(list, NodeKind::List) || context_.node(list).size != 2)
      return incomplete("uniform takes [lowest, highest]");
    std::vector<double> v;
    for (const NodeId c : context_.tree.children(list)) {
      if (const auto x = context_.real(c, &o.field("uniform"), "Duration")) v.push_back(*x);
    }
    if (v.size() != 2) return std::nullopt;
    if (v[0] > v[1]) return wrong("uniform takes [lowest, highest], in this order");
    out.value = Distribution::uniform(v[0], v[1]);
    out.text = fmt::format("uniform: [{}, {}]", d(v[0]), d(v[1]));
    return out;
  }
  if (const NodeId inner = o.get("lognormal"); inner != kNoNode) {
    const Object p(context_, inner, "LognormalShape");
    const bool moments = p.has("mean") || p.has("cv");
    if (p.node() == kNoNode) return std::nullopt;
    if (moments == (p.count_of({"median", "p90", "p95", "p99"}) > 0))
      return incomplete("lognormal takes {mean, cv} or {median, p99}");
    if (!moments) return lognormal_quantiles(p);
    const auto mean = p.real("mean");
    const auto cv = p.real("cv");
    if (!p.has("mean") || !p.has("cv")) return incomplete("lognormal takes {mean, cv} or {median, p99}");
    if (!mean || !cv) return std::nullopt;
    out.value = Distribution::lognormal(*mean, *cv);
    out.text = fmt::format("lognormal: {{mean: {}, cv: {}}}", d(*mean), write_number(*cv));
    return out;
  }
  if (const NodeId inner = o.get("gamma"); inner != kNoNode) {
    const Object p(context_, inner, "MeanCv");
    const auto mean = p.real("mean");
    const auto cv = p.real("cv");
    if (!mean || !cv) return std::nullopt;
    out.value = Distribution::gamma(*mean, *cv);
    out.text = fmt::format("gamma: {{mean: {}, cv: {}}}", d(*mean), write_number(*cv));
    return out;
  }
  if (const NodeId inner = o.get("erlang"); inner != kNoNode) {
    const Object p(context_, inner, "ErlangShape");
    const auto k = p.count("k");
    const auto mean = p.real("mean");
    if (!k || !mean) return std::nullopt;
    out.value = Distribution::erlang(static_cast<std::uint32_t>(*k), *mean);
    out.text = fmt::format("erlang: {{k: {}, mean: {}}}", *k, d(*mean));
    return out;
  }
  if (const NodeId inner = o.get("weibull"); inner != kNoNode) {
    const Object p(context_, inner, "WeibullShape");
    const auto scale = p.real("scale");
    const auto k = p.real("shape");
    if (!scale || !k) return std::nullopt;
    out.value = Distribution::weibull(*scale, *k);
    out.text = fmt::format("weibull: {{scale: {}, shape: {}}}", d(*scale), write_number(*k));
    return out;
  }
  if (const NodeId inner = o.get("pareto"); inner != kNoNode) {
    const Object p(context_, inner, "ParetoShape");
    const auto lowest = p.real("min");
    const auto alpha = p.real("alpha");
    if (!lowest || !alpha) return std::nullopt;
    out.value = Distribution::pareto(*lowest, *alpha);
    out.text = fmt::format("pareto: {{min: {}, alpha: {}}}", d(*lowest), write_number(*alpha));
    return out;
  }
  if (const NodeId list = o.get("hyperexponential"); list != kNoNode) {
    if (!context_.is(list, NodeKind::List)) return incomplete("hyperexponential takes a list of {probability, mean}");
    std::vector<double> probabilities, means;
    double sum = 0;
    for (const NodeId c : context_.tree.children(list)) {
      const Object p(context_, c, "Phase");
      const auto probability = p.real("probability");
      const auto mean = p.real("mean");
      if (!probability || !mean) return std::nullopt;
      probabilities.push_back(*probability);
      means.push_back(*mean);
      out.text += fmt::format("{}{{probability: {}, mean: {}}}", means.size() > 1 ? ", " : "",
                              write_percent(*probability), d(*mean));
      sum += *probability;
    }
    if (probabilities.empty()) return incomplete("hyperexponential takes a list of {probability, mean}");
    if (std::abs(sum - 1) > 1e-9) {
      context_.error(Code::BadProbabilities, list,
                     fmt::format("these probabilities add up to {}%, not 100%", write_number(sum * 100)));
      return std::nullopt;
    }
    out.value = Distribution::hyperexponential(std::move(probabilities), std::move(means));
    out.text = "hyperexponential: [" + out.text + "]";
    return out;
  }
  if (const NodeId inner = o.get("empirical"); inner != kNoNode) {
    if (context_.is(inner, NodeKind::List)) {
      std::vector<double> values;
      for (const NodeId c : context_.tree.children(inner)) {
        const auto v = context_.real(c, &o.field("empirical"), "Duration");
        if (!v) return std::nullopt;
        out.text += (values.empty() ? "" : ", ") + d(*v);
        values.push_back(*v);
      }
      if (values.empty()) return incomplete("empirical takes at least one value");
      out.value = Distribution::empirical(std::move(values));
      out.text = "empirical: [" + out.text + "]";
      return out;
    }
    if (!context_.is(inner, NodeKind::Map)) {
      context_.wrong_type(inner, o.field("empirical").form);
      return std::nullopt;
    }
    std::vector<sim::QuantilePoint> points;
    for (const NodeId c : context_.tree.children(inner)) {
      const std::string& key = context_.tree.key_of(c);
      const auto percent = key.size() > 1 && key[0] == 'p' ? parse_percent(key.substr(1) + "%") : Parsed<double>{};
      if (!percent.value || *percent.value > 1) {
        context_.error_at_key(Code::UnknownField, c, fmt::format("unknown field `{}`", printable(key, 60)),
                              "percentiles are p0, p50, p99, p99.9, p100");
        return std::nullopt;
      }
      const auto value = context_.real(c, find_field("Percentiles", "p*"), "Duration");
      if (!value) return std::nullopt;
      points.push_back({*percent.value, *value});
    }
    if (points.empty()) return incomplete("empirical takes at least one percentile");
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.q < b.q; });
    for (std::size_t i = 1; i < points.size(); ++i) {
      if (points[i].value < points[i - 1].value) return wrong("a higher percentile must not have a lower value");
      if (points[i].q == points[i - 1].q) return wrong("each percentile once");
    }
    if (points.front().q > 0) points.insert(points.begin(), {0, points.front().value});
    if (points.back().q < 1) points.push_back({1, points.back().value});
    for (const auto& p : points) {
      std::string percent = write_percent(p.q);
      percent.pop_back();
      out.text += fmt::format("{}p{}: {}", out.text.empty() ? "" : ", ", percent, d(p.value));
    }
    out.value = Distribution::empirical_quantiles(std::move(points));
    out.text = "empirical: {" + out.text + "}";
    return out;
  }
  const NodeId list = o.get("mixture");
  if (!context_.is(list, NodeKind::List) || context_.node(list).size == 0)
    return incomplete("mixture takes a list of {weight, and a distribution}");
  std::vector<double> weights;
  std::vector<Distribution> parts;
  for (const NodeId c : context_.tree.children(list)) {
    std::optional<Law> one = law(c, true);
    if (!one) return std::nullopt;
    const NodeId weight = context_.tree.find(c, "weight");
    const auto w = weight == kNoNode ? std::nullopt : context_.real(weight, find_field("Part", "weight"), "Number");
    if (!w) return std::nullopt;
    out.text += fmt::format("{}{{weight: {}, {}}}", weights.empty() ? "" : ", ", write_number(*w), one->text);
    weights.push_back(*w);
    parts.push_back(std::move(one->value));
  }
  double sum = 0;
  for (const double w : weights) sum += w;
  if (!(sum > 0)) return wrong("at least one weight must be above zero");
  for (double& w : weights) w /= sum;
  out.value = Distribution::mixture(std::move(weights), std::move(parts));
  out.text = "mixture: [" + out.text + "]";
  return out;
}

}  // namespace reader
