#include "models/fleet/draw.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace models {
namespace {

std::string rate_text(double rate) {
  if (rate >= 99.95) return fmt::format("{:.0f}/s", rate);
  return rate >= 0.995 || rate == 0 ? fmt::format("{:.1f}/s", rate) : fmt::format("{:.2g}/s", rate);
}

std::string percent_text(double share) { return share > 0 ? fmt::format("{:.0f}%", 100 * share) : std::string("-"); }

std::string time_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  return seconds >= 0.001 ? fmt::format("{:.1f} ms", seconds * 1e3) : fmt::format("{:.0f} us", seconds * 1e6);
}

// Colours from ColorBrewer's YlOrRd and Greens, light enough for black text.
struct Band {
  double below;
  const char* fill;
  const char* meaning;
};
constexpr Band kBands[] = {{0.4, "#c7e9c0", "below 40%"},
                           {0.7, "#ffffb2", "40 to 70%"},
                           {0.9, "#fecc5c", "70 to 90%"},
                           {1.0, "#fd8d3c", "90 to 100%"},
                           {1e300, "#f03b20", "overloaded"}};
constexpr const char* kUnlimitedFill = "#eeeeee";

std::size_t band_of(double utilisation) {
  std::size_t band = 0;
  while (utilisation >= kBands[band].below) ++band;
  return band;
}

// Calls/s by (caller service, callee service).
std::map<std::pair<std::size_t, std::size_t>, double> service_edges(const Drawing& d) {
  std::map<std::pair<std::size_t, std::size_t>, double> edges;
  for (const EdgeFlow& edge : d.flow.edges) edges[{edge.caller, d.graph.endpoints[edge.callee].service}] += edge.rate;
  return edges;
}

// Traffic in name order.
std::vector<std::size_t> traffic_order(const Drawing& d) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < d.spec.traffic.size(); ++i) {
    if (d.graph.entries[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return d.spec.traffic[a].name < d.spec.traffic[b].name; });
  return order;
}

std::string traffic_name(const Drawing& d, std::size_t i) {
  const TrafficSpec& traffic = d.spec.traffic[i];
  return traffic.name.empty() ? d.graph.endpoint_name(*d.graph.entries[i]) : traffic.name;
}

// What stands on a node or an edge, as lines; each sink joins and escapes them in its own way.
std::vector<std::string> service_lines(const Drawing& d, std::size_t s) {
  const ServiceFlow& flow = d.flow.services[s];
  return {
      d.graph.services[s].name, fmt::format("{} x {}", flow.replicas, rate_text(flow.pod_request_rate)),
      flow.utilisation > 0 ? fmt::format("{} busy", percent_text(flow.utilisation)) : std::string("unlimited or idle")};
}

std::string title(const Drawing& d) {
  return d.candidate.empty() ? d.spec.question : fmt::format("{} [{}]", d.spec.question, d.candidate);
}

std::string replace(std::string_view text, const std::vector<std::pair<char, std::string_view>>& table) {
  std::string out;
  for (const char c : text) {
    const auto found = std::find_if(table.begin(), table.end(), [c](const auto& row) { return row.first == c; });
    if (found != table.end()) {
      out += found->second;
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return out;
}

template <class Escape>
std::string join(const std::vector<std::string>& lines, std::string_view separator, Escape escape) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? std::string() : std::string(separator)) + escape(line);
  return out;
}

// Keeps both ends of a name that is too long. Cuts at bytes, and never inside a UTF-8 character.
std::string fit(const std::string& name, std::size_t width) {
  if (name.size() <= width) return name;
  const auto boundary = [&](std::size_t at) {
    return at >= name.size() || (static_cast<unsigned char>(name[at]) & 0xC0) != 0x80;
  };
  std::size_t head = (width - 2) / 2;
  std::size_t tail = name.size() - (width - 2 - head);
  while (head > 0 && !boundary(head)) --head;
  while (!boundary(tail)) ++tail;
  return name.substr(0, head) + ".." + name.substr(tail);
}

// Right-hand columns of the text form start here; the rest of the line is for numbers.
constexpr std::size_t kNameColumns = 58;

std::string row(std::size_t indent, const std::string& name, const std::string& numbers) {
  const std::string shown = std::string(indent, ' ') + fit(name, kNameColumns - indent);
  return fmt::format("{:<{}}  {}", shown, kNameColumns, numbers);
}

void text_endpoint(const Drawing& d, std::size_t e, std::string& out) {
  const double rate = d.flow.endpoint_rate[e];
  out += row(2, d.graph.endpoints[e].name,
             fmt::format("{:>10}  {:>9} no-load", rate_text(rate), time_text(d.flow.endpoint_latency[e]))) +
         "\n";
  std::map<std::size_t, double> calls;  // per request, by callee
  const ServiceFlow& caller = d.flow.services[d.graph.endpoints[e].service];
  for (const auto& edge : boost::make_iterator_range(boost::out_edges(e, d.graph.endpoints))) {
    const CallEdge& call = d.graph.endpoints[edge];
    calls[boost::target(edge, d.graph.endpoints)] += caller.versions[call.version].share * call.calls;
  }
  for (const auto& [callee, times] : calls) {
    out += row(4, "-> " + d.graph.endpoint_name(callee),
               fmt::format("{:>10}  {:>9} per request", rate_text(rate * times), fmt::format("{:.3g}", times))) +
           "\n";
  }
}

}  // namespace

// Without what turns the direction of text around or cannot be seen: U+061C, 200B..200F, 2028..202E, 2060..206F, FEFF.
static std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U; };
    const bool general =
        byte(0) == 0xe2 &&
        ((byte(1) == 0x80 && ((byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xa8 && byte(2) <= 0xae))) ||
         (byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xaf));
    const bool mark = byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf;
    if (general || mark) {
      i += 2;
    } else if (byte(0) == 0xd8 && byte(1) == 0x9c) {
      i += 1;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string escape_dot(std::string_view raw) {
  const std::string text = visible(raw);
  return replace(text, {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', " "}, {'\t', " "}});
}

std::string escape_mermaid(std::string_view raw) {
  const std::string text = visible(raw);
  return replace(text, {{'"', "#quot;"},
                        {'#', "#35;"},
                        {'<', "#lt;"},
                        {'>', "#gt;"},
                        {'&', "#amp;"},
                        {'`', "#96;"},
                        {'\\', "#92;"},
                        {';', "#59;"},
                        {'\n', " "},
                        {'\t', " "}});
}

std::string write_dot(const Drawing& d) {
  std::string out = "digraph fleet {\n  rankdir=LR;\n  fontname=\"Helvetica\";\n  labelloc=t;\n";
  out += fmt::format("  label=\"{}\";\n", escape_dot(title(d)));
  out +=
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n"
      "  edge [fontname=\"Helvetica\", fontsize=10, color=\"#555555\"];\n";
  const auto traffic = traffic_order(d);
  for (std::size_t t = 0; t < traffic.size(); ++t) {
    const std::size_t i = traffic[t];
    out += fmt::format("  t{} [label=\"{}\", shape=plaintext, style=\"\"];\n", t, escape_dot(traffic_name(d, i)));
    out += fmt::format("  t{} -> s{} [label=\"{}\"];\n", t, d.graph.endpoints[*d.graph.entries[i]].service,
                       rate_text(d.flow.traffic_rate[i]));
  }
  for (std::size_t s = 0; s < d.flow.services.size(); ++s) {
    const double utilisation = d.flow.services[s].utilisation;
    out += fmt::format("  s{} [label=\"{}\", fillcolor=\"{}\"];\n", s, join(service_lines(d, s), "\\n", escape_dot),
                       utilisation > 0 ? kBands[band_of(utilisation)].fill : kUnlimitedFill);
  }
  double largest = 0.0;
  const auto edges = service_edges(d);
  for (const auto& [pair, rate] : edges) largest = std::max(largest, rate);
  for (const auto& [pair, rate] : edges) {
    const double width = largest > 0 ? 0.8 + 2.2 * rate / largest : 0.8;
    out +=
        fmt::format("  s{} -> s{} [label=\"{}\", penwidth={:.2f}];\n", pair.first, pair.second, rate_text(rate), width);
  }
  return out + "}\n";
}

std::string write_mermaid(const Drawing& d) {
  std::string out = "flowchart LR\n";
  if (!title(d).empty()) out = fmt::format("---\ntitle: \"{}\"\n---\n", escape_mermaid(title(d))) + out;
  const auto traffic = traffic_order(d);
  for (std::size_t t = 0; t < traffic.size(); ++t) {
    const std::size_t i = traffic[t];
    out += fmt::format("  t{}([\"{}\"]) -->|\"{}\"| s{}\n", t, escape_mermaid(traffic_name(d, i)),
                       rate_text(d.flow.traffic_rate[i]), d.graph.endpoints[*d.graph.entries[i]].service);
  }
  std::vector<std::vector<std::string>> members(std::size(kBands));
  for (std::size_t s = 0; s < d.flow.services.size(); ++s) {
    out += fmt::format("  s{}[\"{}\"]\n", s, join(service_lines(d, s), "<br/>", escape_mermaid));
    const double utilisation = d.flow.services[s].utilisation;
    if (utilisation > 0) members[band_of(utilisation)].push_back(fmt::format("s{}", s));
  }
  for (const auto& [pair, rate] : service_edges(d))
    out += fmt::format("  s{} -->|\"{}\"| s{}\n", pair.first, rate_text(rate), pair.second);
  for (std::size_t band = 0; band < members.size(); ++band) {
    if (members[band].empty()) continue;
    out += fmt::format("  classDef u{} fill:{},stroke:#555,color:#000\n", band, kBands[band].fill);
    out += fmt::format("  class {} u{}\n", fmt::join(members[band], ","), band);
  }
  return out;
}

std::string write_text(const Drawing& d) {
  std::string out;
  out += row(0, "traffic", fmt::format("{:>10}", "requests")) + "\n";
  for (const std::size_t i : traffic_order(d)) {
    out += row(2, traffic_name(d, i) + " -> " + d.graph.endpoint_name(*d.graph.entries[i]),
               fmt::format("{:>10}", rate_text(d.flow.traffic_rate[i]))) +
           "\n";
  }
  for (std::size_t s = 0; s < d.flow.services.size(); ++s) {
    const ServiceVertex& vertex = d.graph.services[s];
    const ServiceFlow& flow = d.flow.services[s];
    const ServiceSpec& service = d.spec.services[vertex.spec];
    const std::string workers =
        service.workers == kUnlimited ? std::string("unlimited") : fmt::format("{}", service.workers);
    out += "\n" +
           row(0, vertex.name,
               fmt::format("{:>10}  {:>4} busy  {} x {}", rate_text(flow.rate), percent_text(flow.utilisation),
                           flow.replicas, workers)) +
           "\n";
    if (flow.versions.size() > 1) {
      for (const VersionFlow& version : flow.versions) {
        out += row(2, "@" + version.name,
                   fmt::format("{:>10}  {:>4} busy  {:.3g}% of requests", rate_text(version.rate),
                               percent_text(version.utilisation()), 100 * version.share)) +
               "\n";
      }
    }
    for (std::size_t e = vertex.first_endpoint; e < vertex.first_endpoint + vertex.endpoint_count; ++e)
      text_endpoint(d, e, out);
  }
  return out;
}

}  // namespace models
