// Files and directories to cases, cases side by side on threads, then every output. Fails closed: what cannot be judged
// is an error, and a scenario without expectations and without a baseline cannot be judged.
#include "tools/meshsim/check.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "models/fleet/validate.h"
#include "models/plan/compile.h"
#include "models/run.h"
#include "reports/baseline.h"
#include "reports/check.h"
#include "reports/escape.h"
#include "reports/numbers.h"
#include "reports/output_files.h"
#include "scenarios/reader/findings.h"
#include "scenarios/reader/render.h"
#include "scenarios/reader/scalars.h"
#include "sim/random/keyed.h"
#include "tools/meshsim/experiment.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/run.h"

namespace meshsim {
namespace {

namespace fs = std::filesystem;
using models::Plan;
using models::ScenarioSpec;
using reports::CheckCase;
using reports::CheckLine;

constexpr const char* kBaselineEnd = ".baseline.json";
constexpr std::uintmax_t kBaselineBytes = 1u << 20;

struct CheckArguments {
  SimulationArguments simulation;
  std::vector<std::string> paths;
  bool update_baseline = false;
  std::string margin;
  std::string junit, sarif, markdown;
  bool github = false;
};

struct Outcome {
  CheckCase found;
  int code = kOk;
  std::optional<reports::OutputFile> baseline;  // to write
};

std::string baseline_of(const std::string& file) { return fs::path(file).replace_extension().string() + kBaselineEnd; }

bool is_scenario(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

void problem(Outcome& outcome, std::string code, std::string message, int exit_code) {
  outcome.found.problems.push_back({std::move(code), std::move(message), outcome.found.file, 0, 0});
  outcome.code = gravest(outcome.code, exit_code);
}

// Scenarios below the paths, each once, sorted. A baseline whose scenario has gone is a problem, too.
std::vector<Outcome> collect(const std::vector<std::string>& paths) {
  std::vector<Outcome> cases;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {  // what it is the reader will say
      cases.emplace_back().found.file = path;
      continue;
    }
    std::size_t scenarios = 0;
    std::vector<std::string> orphans;
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.starts_with(".")) {
        if (at->is_directory()) at.disable_recursion_pending();
        continue;
      }
      if (is_scenario(at->path())) {
        cases.emplace_back().found.file = at->path().string();
        ++scenarios;
      } else if (name.ends_with(kBaselineEnd)) {
        const std::string stem =
            at->path().string().substr(0, at->path().string().size() - std::string_view(kBaselineEnd).size());
        if (!fs::exists(stem + ".yaml") && !fs::exists(stem + ".yml")) orphans.push_back(at->path().string());
      }
    }
    if (error || (scenarios == 0 && orphans.empty())) {
      Outcome& none = cases.emplace_back();
      none.found.file = path;
      problem(none, "", error ? "the directory cannot be read: " + error.message() : "there is no scenario below it",
              kBadInput);
    }
    for (const std::string& orphan : orphans) {
      Outcome& lost = cases.emplace_back();
      lost.found.file = orphan;
      problem(lost, "", "a baseline without its scenario", kBadInput);
    }
  }
  std::stable_sort(cases.begin(), cases.end(),
                   [](const Outcome& a, const Outcome& b) { return a.found.file < b.found.file; });
  cases.erase(std::unique(cases.begin(), cases.end(),
                          [](const Outcome& a, const Outcome& b) { return a.found.file == b.found.file; }),
              cases.end());
  return cases;
}

class Checker {
 public:
  Checker(const CheckArguments& arguments, double margin, const std::atomic<int>* interrupt)
      : arguments_(arguments), margin_(margin), interrupt_(interrupt) {}

  void check(Outcome& outcome, unsigned threads, unsigned at_once) const {
    try {
      check_unguarded(outcome, threads, at_once);
    } catch (const std::bad_alloc&) {
      problem(outcome, "", "out of memory", kLimitReached);
    } catch (const models::BrokenInvariant& broken) {
      LoadArguments load = arguments_.simulation.load;
      load.file = outcome.found.file;
      problem(outcome, "", defect_words(broken, load), kInternal);
    } catch (const std::exception& error) {
      problem(outcome, "", std::string("internal error: ") + error.what(), kInternal);
    }
  }

 private:
  void check_unguarded(Outcome& outcome, unsigned threads, unsigned at_once) const {
    std::string digest;
    std::optional<ScenarioSpec> scenario = load(outcome, digest);
    if (!scenario) return;
    const std::string baseline_file = baseline_of(outcome.found.file);
    std::error_code ignored;
    const bool has_baseline = fs::exists(baseline_file, ignored);
    std::optional<reports::Baseline> baseline;
    if (has_baseline) baseline = read_baseline(outcome, baseline_file);
    const bool judged_by_baseline = has_baseline && !arguments_.update_baseline;
    if (judged_by_baseline && !baseline) return;
    if (!has_baseline && !arguments_.update_baseline && scenario->expect.empty()) {
      problem(outcome, "",
              "it expects nothing and has no baseline: nothing was checked (add `expect`, or --update-baseline)",
              kBadInput);
      return;
    }
    scenario->limits.memory_mb = std::max<std::uint64_t>(1, scenario->limits.memory_mb / at_once);
    const std::optional<reports::SteadyState> steady = settle_warmup(*scenario, threads, interrupt_);
    if (steady && !steady->settled) {
      problem(outcome, "", "no steady state: warmup `auto` found nothing to cut to", kInconclusive);
      return;
    }
    std::vector<Plan> plans;
    for (std::size_t c = 0; c < scenario->candidates.size(); ++c) plans.push_back(models::compile(*scenario, c));
    models::ExperimentOptions options;
    options.seed = scenario->seed;
    options.replications = scenario->run.replications;
    options.threads = threads;
    options.interrupt = interrupt_;
    stop_when_enough(options, *scenario, plans);
    const std::vector<models::CandidateRun> runs = models::run_experiment(plans, options);
    outcome.found.replications = runs.front().replications.size();
    if (interrupt_->load() != 0) {
      problem(outcome, "", "interrupted", kOk);
      return;
    }
    if (cut_short(outcome, runs)) return;  // part of an answer is none
    const std::vector<reports::Input> inputs = inputs_of(plans, runs);
    add_lines(outcome, *scenario, reports::judged(*scenario, inputs));
    if (arguments_.update_baseline) {
      const double margin = arguments_.margin.empty() && baseline ? baseline->margin : margin_;
      outcome.baseline = {baseline_file,
                          reports::write_baseline(reports::make_baseline(*scenario, inputs, digest, margin))};
      outcome.found.notes.push_back("baseline written: " + baseline_file);
      if (outcome.found.lines.empty()) {  // not an error: this run made what the next one compares with
        outcome.found.lines.push_back({CheckLine::Rule::Baseline, "a baseline", "", "a baseline is written",
                                       "and has to be reviewed", reports::Verdict::Pass, baseline_file, 0});
      }
    } else if (baseline) {
      if (baseline->scenario != digest)
        outcome.found.notes.push_back("the scenario has changed since its baseline was written");
      for (CheckLine& line : reports::compare_baseline(*baseline, *scenario, inputs, baseline_file))
        outcome.found.lines.push_back(std::move(line));
    }
    const reports::CheckCounts counts = reports::counts_of(outcome.found);
    if (counts.fail > 0) outcome.code = gravest(outcome.code, kExpectationFailed);
    if (counts.inconclusive > 0) outcome.code = gravest(outcome.code, kInconclusive);
  }

  std::optional<ScenarioSpec> load(Outcome& outcome, std::string& digest) const {
    reader::LoadOptions options = load_options(arguments_.simulation.load);
    const reader::LoadResult loaded = reader::load(outcome.found.file, options);
    std::vector<reader::Diagnostic> diagnostics = loaded.diagnostics;
    std::optional<ScenarioSpec> scenario;
    if (loaded.scenario) {
      scenario = *loaded.scenario;
      override_scenario(*scenario, arguments_.simulation);
      const auto found = reader::diagnostics_of(models::validate(*scenario), loaded);
      diagnostics.insert(diagnostics.end(), found.begin(), found.end());
    }
    for (const reader::Diagnostic& d : diagnostics) {
      if (d.severity != reader::Severity::Error) continue;
      outcome.found.problems.push_back(
          {d.code, d.message + (d.hint.empty() ? "" : " (" + d.hint + ")"), d.file, d.line, d.column});
    }
    if (!scenario || !outcome.found.problems.empty()) {
      outcome.code = gravest(outcome.code, kBadInput);
      return std::nullopt;
    }
    ScenarioSpec bare = *scenario;
    bare.expect.clear();
    bare.seed = 1;
    digest = fmt::format("{:016x}", sim::name_key(reader::render(bare, loaded.phrases)));
    limit_memory(*scenario);
    return scenario;
  }

  static std::optional<reports::Baseline> read_baseline(Outcome& outcome, const std::string& file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kBaselineBytes || error) {
      problem(outcome, "", "its baseline is not a regular file of at most 1 MiB", kBadInput);
      return std::nullopt;
    }
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    std::string why;
    std::optional<reports::Baseline> baseline = reports::read_baseline(text.str(), why);
    if (!in || !baseline) problem(outcome, "", fmt::format("its baseline {} cannot be read: {}", file, why), kBadInput);
    return baseline;
  }

  static bool cut_short(Outcome& outcome, const std::vector<models::CandidateRun>& runs) {
    for (const models::CandidateRun& run : runs) {
      for (const models::Results& r : run.replications) {
        if (r.stopped == models::Stopped::Complete) continue;
        problem(outcome, "", fmt::format("{}: {}; {}", run.name, models::name_of(r.stopped), r.stopped_detail),
                kLimitReached);
        return true;
      }
    }
    return false;
  }

  static void add_lines(Outcome& outcome, const ScenarioSpec& scenario, const reports::Judged& judged) {
    for (const reports::Expectation& e : judged.expectations) {
      outcome.found.lines.push_back({CheckLine::Rule::Expectation, e.name, e.candidate, e.text,
                                     reports::measured_words(e), e.verdict, e.file, e.line});
    }
    for (const reports::PrecisionRow& row : judged.precision) {
      const std::uint32_t most = std::max(scenario.run.max_replications, scenario.run.replications);
      outcome.found.lines.push_back({CheckLine::Rule::Precision, "precise enough", row.candidate,
                                     fmt::format("{} {} to ±{}", row.candidate, row.latency,
                                                 reports::spoken(reports::exact(row.wanted), reports::Unit::Seconds)),
                                     reports::spoken(row.estimate, reports::Unit::Seconds) +
                                         (row.reached ? "" : fmt::format("; not reached within {} replications", most)),
                                     row.reached ? reports::Verdict::Pass : reports::Verdict::Inconclusive,
                                     outcome.found.file, 0});
    }
  }

  const CheckArguments& arguments_;
  double margin_;
  const std::atomic<int>* interrupt_;
};

// Cases are taken in order and stand in their own slots; a case by itself does not depend on its threads.
void run_cases(std::vector<Outcome>& cases, const Checker& checker, unsigned threads,
               const std::atomic<int>* interrupt) {
  const unsigned cores = threads != 0 ? threads : std::max(1u, std::thread::hardware_concurrency());
  const auto side_by_side = static_cast<unsigned>(std::clamp<std::size_t>(cases.size(), 1, cores));
  std::atomic<std::size_t> next{0};
  const auto worker = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      if (!cases[i].found.problems.empty()) continue;
      if (interrupt->load() != 0) {
        problem(cases[i], "", "not checked: interrupted", kOk);
      } else {
        checker.check(cases[i], std::max(1u, cores / side_by_side), side_by_side);
      }
    }
  };
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < side_by_side; ++i) pool.emplace_back(worker);
  worker();
  for (std::thread& thread : pool) thread.join();
}

bool write_file(const std::string& file, std::string content) {
  const fs::path path(file);
  const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
  const std::vector<reports::OutputFile> files{{path.filename().string(), std::move(content)}};
  if (const auto failed = reports::write_files(folder, files)) {
    complain("meshsim: " + *failed);
    return false;
  }
  return true;
}

int check_unguarded(const CheckArguments& arguments) {
  double margin = reports::kMargin;
  if (!arguments.margin.empty()) {
    const reader::Parsed<double> parsed = reader::parse_percent(arguments.margin);
    if (!parsed.value || *parsed.value > 1.0) {
      complain(fmt::format("meshsim: --margin {}: expected a percentage up to 100%, e.g. 5%",
                           reports::for_terminal(arguments.margin)));
      return kBadInput;
    }
    margin = *parsed.value;
  }
  const Interruption interruption;
  std::vector<Outcome> cases = collect(arguments.paths);
  run_cases(cases, Checker(arguments, margin, interruption.flag()), arguments.simulation.threads, interruption.flag());
  int code = interruption.flag()->load() != 0 ? 128 + interruption.flag()->load() : kOk;
  reports::CheckReport report;
  for (Outcome& one : cases) {
    code = gravest(code, one.code);
    if (one.baseline && !write_file(one.baseline->name, one.baseline->content)) code = gravest(code, kBadInput);
    report.cases.push_back(std::move(one.found));
  }
  bool written = true;
  if (!arguments.junit.empty()) written = write_file(arguments.junit, reports::write_check_junit(report)) && written;
  if (!arguments.sarif.empty()) written = write_file(arguments.sarif, reports::write_check_sarif(report)) && written;
  if (!arguments.markdown.empty())
    written = write_file(arguments.markdown, reports::write_check_markdown(report)) && written;
  std::string text = arguments.simulation.json ? reports::write_check_json(report) : reports::write_check_text(report);
  if (arguments.github) text += reports::write_check_github(report);
  written = print_result(text) && written;
  return gravest(code, written ? kOk : kBadInput);
}

int check(const CheckArguments& arguments) {
  try {
    return check_unguarded(arguments);
  } catch (const std::bad_alloc&) {
    complain("meshsim: out of memory");
    return kLimitReached;
  } catch (const std::exception& error) {
    complain(fmt::format("meshsim: internal error: {}", reports::for_terminal(error.what())));
    return kInternal;
  }
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("check", "Judge scenarios by what they expect and by their baselines, for a build service");
  const auto arguments = std::make_shared<CheckArguments>();  // lives as long as the callback
  command->add_option("PATH", arguments->paths, "Scenario files, or directories of them")->required();
  add_load_options(*command, arguments->simulation.load);
  add_experiment_options(*command, arguments->simulation);
  CLI::Option* json = command->add_flag("--json", arguments->simulation.json, "Print JSON instead of text");
  command->add_option("--junit", arguments->junit, "Write JUnit XML to this file")->type_name("FILE");
  command->add_option("--sarif", arguments->sarif, "Write SARIF 2.1.0 to this file")->type_name("FILE");
  command->add_option("--markdown", arguments->markdown, "Write a Markdown summary to this file")->type_name("FILE");
  command->add_flag("--github", arguments->github, "Print GitHub annotations after the text")->excludes(json);
  command->add_flag("--update-baseline", arguments->update_baseline,
                    "Write a baseline beside every scenario instead of comparing with it");
  command
      ->add_option("--margin", arguments->margin,
                   "Of new baselines: relative for latencies, rates and CPU, a tenth of it for shares (default 5%)")
      ->type_name("PERCENT");
  command->footer(
      "Exit codes: 0 all lines pass, 1 one fails, 5 one is inconclusive, 2 a scenario cannot be judged: bad input, or\n"
      "no `expect` and no baseline, 3 a limit was reached.");
  command->callback([arguments, &exit_code] { exit_code = check(*arguments); });
}

}  // namespace meshsim
