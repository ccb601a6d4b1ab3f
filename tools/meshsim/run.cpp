#include "tools/meshsim/run.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "models/fleet/validate.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "reports/build.h"
#include "reports/compare.h"
#include "reports/escape.h"
#include "reports/formula.h"
#include "reports/output_files.h"
#include "reports/stopping.h"
#include "reports/writers.h"
#include "scenarios/reader/render.h"
#include "sim/trace.h"
#include "tools/meshsim/determinism.h"
#include "tools/meshsim/experiment.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/progress.h"

namespace meshsim {
namespace {

using models::CandidateRun;
using models::Plan;
using models::ScenarioSpec;

constexpr std::size_t kTraceRecords = 50'000'000;  // about 6 GB of text: a guard, not a promise

}  // namespace

std::optional<ScenarioSpec> load_scenario(const SimulationArguments& arguments, std::string* rendered) {
  const std::optional<reader::LoadResult> loaded = load_and_complain(arguments.load);
  if (!loaded) {
    return std::nullopt;
  }
  ScenarioSpec scenario = *loaded->scenario;
  override_scenario(scenario, arguments);
  if (!complain_of_findings(scenario, *loaded, arguments.load.errors_only)) {
    return std::nullopt;
  }
  if (rendered != nullptr) {  // what decides the numbers of a run
    ScenarioSpec decisive = scenario;
    decisive.prices = {};
    decisive.sweep = {};
    *rendered = reader::render(decisive, loaded->phrases);
  }
  limit_memory(scenario);
  return scenario;
}

namespace {

// The candidates to run, by index; none: the wanted one does not exist (printed).
std::vector<std::size_t> chosen(const ScenarioSpec& scenario, const std::string& wanted) {
  std::vector<std::size_t> indices;
  std::string names;
  for (std::size_t c = 0; c < scenario.candidates.size(); ++c) {
    names += (names.empty() ? "" : ", ") + reports::for_terminal(scenario.candidates[c].name);
    if (wanted.empty() || scenario.candidates[c].name == wanted) {
      indices.push_back(c);
    }
  }
  if (indices.empty()) {
    complain(fmt::format("meshsim: no candidate {}; there are: {}", reports::for_terminal(wanted), names));
  }
  return indices;
}

std::vector<CandidateRun> experiment(const SimulationArguments& arguments, const ScenarioSpec& scenario,
                                     const std::vector<Plan>& plans, const std::atomic<int>* interrupt, bool second) {
  // The second run repeats what the first one did: `scenario` says how many that were.
  Progress progress(second ? "checking" : "running", is_terminal(STDERR_FILENO));
  models::ExperimentOptions options;
  options.seed = scenario.seed;
  options.replications = scenario.run.replications;
  if (!second) stop_when_enough(options, scenario, plans);
  options.threads = arguments.threads;
  options.reference_queue = arguments.reference || second;
  options.reference_stations = arguments.reference;
  options.interrupt = interrupt;
  options.progress = [&progress](std::uint32_t done, std::uint32_t total) { progress.update(done, total); };
  if (second) {
    const unsigned used =
        arguments.threads != 0 ? arguments.threads : std::max(1u, std::thread::hardware_concurrency());
    options.threads = used == 1 ? 2 : 1;
  }
  return models::run_experiment(plans, options);
}

// The events of replication 0, beside the target first and renamed when whole. False: printed.
bool write_trace(const SimulationArguments& arguments, const ScenarioSpec& scenario, const Plan& plan,
                 const std::atomic<int>* interrupt) {
  std::error_code ignored;
  if (std::filesystem::exists(arguments.trace, ignored) &&
      !std::filesystem::is_regular_file(arguments.trace, ignored)) {
    complain(fmt::format("meshsim: cannot write trace {}: it is not a regular file",
                         reports::for_terminal(arguments.trace)));
    return false;
  }
  const std::string beside = fmt::format("{}.tmp.{}", arguments.trace, ::getpid());
  std::FILE* file = std::fopen(beside.c_str(), "wx");
  int error = file == nullptr ? errno : 0;
  if (file != nullptr) {
    sim::Trace trace(kTraceRecords, file);
    models::RunOptions options;
    options.seed = scenario.seed;
    options.reference_queue = arguments.reference;
    options.reference_stations = arguments.reference;
    options.trace = &trace;
    options.interrupt = interrupt;
    static_cast<void>(models::run(plan, options));
    if (trace.lost() > 0) {
      complain(fmt::format("meshsim: warning: the trace ends after {} records; {} more are left out", kTraceRecords,
                           trace.lost()));
    }
    error = std::ferror(file) != 0 ? (errno != 0 ? errno : EIO) : 0;
    if (std::fclose(file) != 0 && error == 0) {
      error = errno;
    }
    if (error == 0 && std::rename(beside.c_str(), arguments.trace.c_str()) != 0) {
      error = errno;
    }
    if (error != 0) {
      std::remove(beside.c_str());
    }
  }
  if (error != 0) {
    complain(fmt::format("meshsim: cannot write trace {}: {}", reports::for_terminal(arguments.trace),
                         std::generic_category().message(error)));
  }
  return error == 0;
}

int stop_code(const std::vector<CandidateRun>& runs) {
  for (const CandidateRun& run : runs) {
    const auto limited = [](const models::Results& r) {
      return r.stopped != models::Stopped::Complete && r.stopped != models::Stopped::Interrupted;
    };
    if (limited(run.merged) || std::any_of(run.replications.begin(), run.replications.end(), limited)) {
      return kLimitReached;
    }
  }
  return kOk;
}

std::size_t index_of_baseline(const ScenarioSpec& scenario, const std::vector<std::size_t>& indices) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (scenario.candidates[indices[i]].name == scenario.baseline) {
      return i;
    }
  }
  return 0;
}

}  // namespace

int write_report(const SimulationArguments& arguments, const reports::Report& report) {
  int code = kOk;
  if (!arguments.out.empty()) {
    if (const auto failed = reports::write_report_files(arguments.out, reports::all_files(report))) {
      complain("meshsim: " + *failed);
      code = kBadInput;
    }
  }
  reports::WriteOptions options;
  options.all = arguments.all;
  options.colour = !arguments.json && colour_wanted(STDOUT_FILENO);
  const std::string text = arguments.json ? reports::write_json(report, options) : reports::write_text(report, options);
  return print_result(text) ? code : gravest(code, kBadInput);
}

namespace {

int simulate_unguarded(const SimulationArguments& arguments, reports::Report::Kind kind) {
  const Interruption interruption;
  std::optional<ScenarioSpec> scenario = load_scenario(arguments);
  if (!scenario) {
    return kBadInput;
  }
  const std::vector<std::size_t> indices = chosen(*scenario, arguments.candidate);
  if (indices.empty()) {
    return kBadInput;
  }
  const std::optional<reports::SteadyState> steady = settle_warmup(*scenario, arguments.threads, interruption.flag());
  if (const int signal = interruption.flag()->load(); signal != 0) {
    return 128 + signal;
  }
  if (steady && !steady->settled) {
    return gravest(kInconclusive, write_report(arguments, reports::build_refusal(*scenario, kind, *steady)));
  }
  std::vector<Plan> plans;
  plans.reserve(indices.size());
  for (const std::size_t index : indices) {
    plans.push_back(models::compile(*scenario, index));
  }
  const std::size_t baseline = index_of_baseline(*scenario, indices);
  const std::vector<CandidateRun> runs = experiment(arguments, *scenario, plans, interruption.flag(), false);
  int code = stop_code(runs);
  const reports::Judged judged = reports::judged(*scenario, inputs_of(plans, runs));
  const ScenarioSpec asked = *scenario;
  scenario->run.replications = replications_asked(asked, runs);
  if (arguments.check_determinism && interruption.flag()->load() == 0) {
    const std::vector<CandidateRun> again = experiment(arguments, *scenario, plans, interruption.flag(), true);
    if (interruption.flag()->load() == 0) {
      const std::string difference = find_difference(plans, runs, again, scenario->seed);
      complain(fmt::format("meshsim: {}",
                           difference.empty() ? "deterministic: both runs agree in every replication" : difference));
      code = difference.empty() ? code : gravest(code, kInternal);
    }
  }
  if (!arguments.trace.empty() && !write_trace(arguments, *scenario, plans[baseline], interruption.flag())) {
    code = gravest(code, kBadInput);
  }
  if (const int signal = interruption.flag()->load(); signal != 0) {
    code = gravest(code, 128 + signal);
  }
  const std::vector<reports::Input> inputs = inputs_of(plans, runs);
  reports::Report report = kind == reports::Report::Kind::Compare ? reports::build_compare(*scenario, inputs, baseline)
                                                                  : reports::build_run(*scenario, inputs);
  if (steady) reports::add_warmup(report, *steady);
  if (arguments.formula) reports::add_formulas(report, *scenario, inputs);
  reports::add_judgement(report, asked, judged);
  code = gravest(code, judgement_code(judged));
  return gravest(code, write_report(arguments, report));
}

// CLI11 reads "-1" into an unsigned number as 2^64 - 1.
CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        const bool whole = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
        if (!whole) return fmt::format("{} is not a whole number", text);
        std::uint64_t value = 0;
        const bool fits = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
        return fits ? std::string() : fmt::format("{} is above 2^64 - 1", text);
      },
      "");
}

// Zero would be "nothing at all" for one reader and "no limit" for another.
CLI::Validator limit() {
  const CLI::Validator whole = whole_number();
  return CLI::Validator(
      [whole](const std::string& text) {
        std::string copy = text;
        if (std::string problem = whole(copy); !problem.empty()) return problem;
        const bool zero = text.find_first_not_of('0') == std::string::npos;
        return zero ? std::string("0 is not a limit; leave the option out to have none beyond the scenario's own")
                    : std::string();
      },
      "");
}

CLI::Validator not_empty(const char* what) {
  return CLI::Validator(
      [what](const std::string& text) { return text.empty() ? fmt::format("the name of {} is empty", what) : ""; }, "");
}

}  // namespace

void add_experiment_options(CLI::App& command, SimulationArguments& arguments) {
  command.add_option("--seed", arguments.seed, "Seed of all random numbers")->check(whole_number());
  command.add_option("--replications", arguments.replications, "Independent replications of each candidate")
      ->check(CLI::Range(1u, 1'000'000u));
  command
      .add_option("--threads", arguments.threads, "Threads; the answer does not depend on them (default: one per core)")
      ->check(CLI::Range(0u, 4096u));
  command
      .add_option("--max-events", arguments.max_events,
                  "End a replication after that many events (exit 3); absent: the scenario's limit, or none")
      ->check(limit());
  command
      .add_option("--max-in-flight", arguments.max_in_flight,
                  "End a replication with that many open calls (exit 3); absent: the scenario's limit")
      ->check(limit());
  command
      .add_option("--max-memory", arguments.max_memory_mb,
                  "End a run above that much memory (exit 3); absent: the scenario's limit, or 3/4 of the machine's")
      ->type_name("MB")
      ->check(limit());
}

void add_simulation_options(CLI::App& command, SimulationArguments& arguments) {
  command.add_option("FILE", arguments.load.file, "Scenario file.")->required();
  add_load_options(command, arguments.load);
  add_experiment_options(command, arguments);
  command
      .add_option("--out", arguments.out,
                  "Write report.txt, report.json and CSV files into this directory; those of an earlier report "
                  "that are not written again are removed")
      ->type_name("DIR")
      ->check(not_empty("a directory"));
  command
      .add_option("--price", arguments.load.prices,
                  "What you pay, for the exchange-rate card: vcpuHour=0.04, gbHour=, failedRequest=, engineerHour=, "
                  "perYear.<timeline entry>=12; replaces the file's. May be repeated.")
      ->type_name("KEY=NUMBER")
      ->allow_extra_args(false);
  command.add_flag("--json", arguments.json, "Print the report as JSON");
  command.add_flag("--formula", arguments.formula,
                   "Put the flow equations' and M/M/c's figures beside the simulated ones, where there are any");
  command.add_flag("--all", arguments.all, "Print every row and column instead of the worst few");
  command
      .add_option("--trace", arguments.trace,
                  "Write every event of replication 0 to this file (the baseline's, or --candidate's)")
      ->type_name("FILE")
      ->check(not_empty("a file"));
  command.add_flag("--check-determinism", arguments.check_determinism,
                   "Run twice, differently, and compare fingerprints; exit 4 and the first difference if they differ");
  command.add_flag("--reference", arguments.reference, "Use the slow reference engine: heap queue, proxies by events");
}

int simulate(const SimulationArguments& arguments, reports::Report::Kind kind) {
  try {
    return simulate_unguarded(arguments, kind);
  } catch (const std::bad_alloc&) {
    complain("meshsim: out of memory: fewer replications, a shorter run or --max-memory would help");
    return kLimitReached;
  } catch (const models::BrokenInvariant& broken) {
    complain("meshsim: " + defect_words(broken, arguments.load));
    return kInternal;
  } catch (const std::exception& error) {
    complain(fmt::format("meshsim: internal error: {}", reports::for_terminal(error.what())));
    return kInternal;
  }
}

void add_run(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "Run a scenario and report what each candidate did");
  const auto arguments = std::make_shared<SimulationArguments>();  // lives as long as the callback
  add_simulation_options(*command, *arguments);
  command->add_option("--candidate", arguments->candidate, "Only this candidate (default: all)")->type_name("NAME");
  command->callback([arguments, &exit_code] { exit_code = simulate(*arguments, reports::Report::Kind::Run); });
}

}  // namespace meshsim
