#include "tools/meshsim/generate.h"

#include <exception>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "reports/escape.h"
#include "scenarios/reader/scalars.h"
#include "tools/meshsim/output.h"

namespace meshsim {
namespace {

using models::ScenarioSpec;
using models::ServiceSpec;
using models::StepKind;
using models::StepSpec;

std::string call_text(const StepSpec& step) {
  if (step.probability >= 1.0) return step.call->service;
  return fmt::format("{{call: {}, probability: {}}}", step.call->service, reader::write_percent(step.probability));
}

// Calls in order; those of a parallel step are a list in the list.
std::string calls_text(const std::vector<StepSpec>& steps) {
  std::string text;
  for (const StepSpec& step : steps) {
    if (step.kind == StepKind::Call) text += (text.empty() ? "" : ", ") + call_text(step);
    if (step.kind == StepKind::Parallel)
      text += fmt::format("{}[{}]", text.empty() ? "" : ", ", calls_text(step.children));
  }
  return text;
}

std::string service_text(const ServiceSpec& service) {
  const models::VersionSpec& version = service.versions.front();
  const std::vector<StepSpec>& steps = version.endpoints.front().steps;
  std::string text =
      fmt::format("  {}: {{language: {}, replicas: {}, workers: {}, serviceTime: {}", service.name, service.language,
                  version.replicas, service.workers, reader::write_duration_real(steps.front().duration->mean()));
  const std::string calls = calls_text(steps);
  return text + (calls.empty() ? "" : fmt::format(", calls: [{}]", calls)) + "}\n";
}

std::string counted(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

int generate(const models::FleetShape& shape) {
  try {
    return print_result(fleet_text(shape)) ? kOk : kBadInput;
  } catch (const std::invalid_argument& problem) {
    complain(fmt::format("meshsim: {}", reports::for_terminal(problem.what())));
    return kBadInput;
  }
}

}  // namespace

std::string fleet_text(const models::FleetShape& shape) {
  const ScenarioSpec spec = models::generate_fleet(shape);
  double rate = 0.0;
  for (const models::TrafficSpec& traffic : spec.traffic) rate += traffic.rate.rate;
  std::string text = fmt::format(
      "# Goal: a fleet of measured shape, to ask questions of.\n#\n"
      "#   {:.4g} requests/s -> [{}] -> {}, {}, {}\n#\n"
      "# Written by `meshsim generate`, seed {}. Synthetic: layers and power-law fan-in as in published fleets, times\n"
      "# assumed.\n"
      "meshsim: 1\nquestion: What does a mesh cost a fleet of {} services, and what does it save?\nseed: {}\n",
      rate, counted(spec.traffic.size(), "entry", "entries"), counted(spec.services.size(), "service", "services"),
      counted(spec.teams.size(), "team", "teams"), counted(spec.libraries.size(), "language", "languages"), shape.seed,
      spec.services.size(), spec.seed);
  text += "teams:\n";
  for (const models::TeamSpec& team : spec.teams) {
    std::string services;
    for (const std::string& service : team.services) services += (services.empty() ? "" : ", ") + service;
    text += fmt::format("  {}: {{services: [{}]}}\n", team.name, services);
  }
  text += "services:\n";
  for (const ServiceSpec& service : spec.services) text += service_text(service);
  text += "traffic:\n";
  for (const models::TrafficSpec& traffic : spec.traffic) {
    text += fmt::format("  {}: {}\n", traffic.service, reader::write_rate(traffic.rate.rate));
  }
  return text + "policy:\n  defaults: {timeout: 2s, retries: {max: 1, retryOn: [connect-failure, reset]}}\n" +
         "candidates: [none, library, sidecar]\n";
}

void add_generate(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("generate", "Print a synthetic fleet of measured shape as a scenario");
  const auto shape = std::make_shared<models::FleetShape>();
  command->add_option("--services", shape->services, "Number of services")
      ->check(CLI::Range(1u, 5000u))
      ->capture_default_str();
  command->add_option("--rate", shape->rate, "Requests per second, all entries together (default: 20 N^0.9)")
      ->check(CLI::Range(0.001, 1e6));
  command->add_option("--calls", shape->calls_per_request, "Mean calls per request (default: 1.5 N^0.4 - 1)")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_option("--depth", shape->depth, "Layers, entries included")->check(CLI::Range(1u, 30u));
  command->add_option("--pods", shape->pods, "About so many replicas in all (default: 3 N^1.1)")
      ->check(CLI::Range(1u, 1'000'000u));
  command->add_option("--teams", shape->teams, "Teams (default: N / 6)")->check(CLI::Range(1u, 5000u));
  command->add_option("--languages", shape->languages, "Languages")->check(CLI::Range(1u, 8u))->capture_default_str();
  command->add_option("--seed", shape->seed, "Seed of the shape")->capture_default_str();
  command->callback([shape, &exit_code] { exit_code = generate(*shape); });
}

}  // namespace meshsim
