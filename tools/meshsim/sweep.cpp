#include "tools/meshsim/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "models/fleet/resize.h"
#include "models/plan/compile.h"
#include "models/traffic/releases.h"
#include "reports/escape.h"
#include "reports/numbers.h"
#include "reports/output_files.h"
#include "reports/sweep.h"
#include "reports/tornado.h"
#include "reports/version.h"
#include "reports/writers.h"
#include "scenarios/reader/scalars.h"
#include "sim/random/keyed.h"
#include "tools/meshsim/experiment.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/progress.h"
#include "tools/meshsim/run.h"
#include "tools/meshsim/sweep_design.h"

namespace meshsim {
namespace {

constexpr const char* kFleetSize = "fleet.size";
constexpr const char* kAsIs = "as is";  // shown for a path that a point does not change

struct SweepArguments {
  SimulationArguments simulation;
  std::vector<std::string> vary;
  std::string tip;         // window whose success tips
  double threshold = 0.5;  // ... across this share
  std::uint32_t halvings = 4;
  std::optional<std::uint32_t> hypercube;  // points
  bool tornado = false;
};

class Sweeper {
 public:
  Sweeper(const SweepArguments& arguments, std::vector<Axis> axes, const std::atomic<int>* interrupt)
      : arguments_(arguments), axes_(std::move(axes)), interrupt_(interrupt) {}

  // The whole design, then the bisections. Returns the exit code so far.
  int run(const std::vector<DesignPoint>& design) {
    sweep_.tornado = arguments_.tornado;
    for (std::size_t index = 0; index < design.size(); ++index) {
      const int code = point(design[index], fmt::format("point {} of {}", index + 1, design.size()));
      if (code != kOk) return code;
    }
    return arguments_.tip.empty() ? kOk : bisect();
  }

  [[nodiscard]] int code() const { return unsettled_ ? kInconclusive : kOk; }
  [[nodiscard]] bool any() const { return scenario_.has_value(); }
  [[nodiscard]] reports::Report report() const {
    std::vector<std::string> remarks = remarks_;
    if (reused_ > 0) remarks.push_back(fmt::format("{} points were taken from {}", reused_, arguments_.simulation.out));
    return reports::build_sweep(*scenario_, sweep_, remarks);
  }

 private:
  int point(const DesignPoint& design, const std::string& what) {
    if (interrupt_->load() != 0) return 128 + interrupt_->load();
    SimulationArguments arguments = arguments_.simulation;
    std::optional<std::uint32_t> size;
    std::vector<std::string> values;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      values.push_back(design[a].value_or(kAsIs));
      if (!design[a]) continue;
      if (axes_[a].path == kFleetSize) {
        const reader::Parsed<std::uint64_t> services = reader::parse_count(values[a]);
        if (!services.value || *services.value == 0 || *services.value > 5000) {
          complain(fmt::format("meshsim: {} is a number of services from 1 to 5000, not {}", kFleetSize,
                               reports::for_terminal(values[a])));
          return kBadInput;
        }
        size = static_cast<std::uint32_t>(*services.value);
      } else {
        arguments.load.set.push_back(axes_[a].path + "=" + values[a]);
      }
    }
    arguments.load.errors_only = true;  // the file itself has been looked at
    std::string rendered;
    std::optional<models::ScenarioSpec> scenario = load_scenario(arguments, &rendered);
    if (!scenario) return kBadInput;
    if (size) {
      try {  // the user's fleet, thinned or grown; its traffic stays
        scenario = *size < scenario->services.size() ? models::thin_fleet(*scenario, *size)
                                                     : models::grow_fleet(*scenario, *size);
      } catch (const std::invalid_argument& problem) {
        complain(fmt::format("meshsim: {} {}: {}", kFleetSize, *size, reports::for_terminal(problem.what())));
        return kBadInput;
      }
      rendered += fmt::format("fleet.size: {}", *size);
    }
    std::vector<models::Plan> plans;
    for (std::size_t c = 0; c < scenario->candidates.size(); ++c) plans.push_back(models::compile(*scenario, c));
    if (!scenario_) {
      sweep_.metrics = reports::sweep_metrics(plans.front().catalog);
      date_adoption(plans, scenario->seed);
      sweep_.confidence = scenario->run.confidence;
      for (const Axis& axis : axes_) sweep_.paths.push_back(axis.path);
      note_watch(*scenario);
    }
    scenario_ = *scenario;
    if (base_identity_) rendered += "against " + *base_identity_;
    const std::string identity = identity_of(rendered);
    if (arguments_.tornado && !base_identity_) base_identity_ = identity;
    const std::filesystem::path kept = point_file(identity);
    const bool is_base = arguments_.tornado && sweep_.points.empty();  // always run: the others are compared with it
    if (!arguments_.simulation.out.empty() && !is_base) {
      std::ifstream file(kept, std::ios::binary);
      std::stringstream text;
      text << file.rdbuf();
      if (auto known = file ? reports::read_point(text.str(), identity, sweep_.metrics.size()) : std::nullopt) {
        known->values = values;
        sweep_.points.push_back(std::move(*known));
        ++reused_;
        return kOk;
      }
    }
    const std::optional<reports::SteadyState> steady = settle_warmup(*scenario, arguments.threads, interrupt_);
    if (interrupt_->load() != 0) return 128 + interrupt_->load();
    if (steady && !steady->settled) return unsettled(values, plans);
    if (steady) {
      for (std::size_t c = 0; c < plans.size(); ++c) plans[c] = models::compile(*scenario, c);
    }
    models::ExperimentOptions options;
    options.seed = scenario->seed;
    options.replications = scenario->run.replications;
    stop_when_enough(options, *scenario, plans);
    options.threads = arguments.threads;
    options.interrupt = interrupt_;
    std::vector<models::CandidateRun> runs;
    try {
      Progress progress(what, is_terminal(STDERR_FILENO));
      options.progress = [&progress](std::uint32_t done, std::uint32_t all) { progress.update(done, all); };
      runs = models::run_experiment(plans, options);
    } catch (const models::BrokenInvariant& broken) {
      complain("meshsim: " + defect_words(broken, arguments.load) +
               (size ? fmt::format(", with a fleet of {}", *size) : ""));
      return kInternal;
    }
    if (interrupt_->load() != 0) return 128 + interrupt_->load();
    reports::SweepPoint result{values, {}, {}, {}};
    const std::vector<reports::Input> inputs = inputs_of(plans, runs);
    for (const reports::Input& input : inputs) result.rows.push_back(reports::sweep_row(*scenario, input));
    if (!arguments_.tornado) result.cards = reports::point_cards(*scenario, inputs, index_of_baseline(*scenario));
    if (arguments_.tornado && !is_base)
      result.effects = reports::tornado_effects(*scenario, inputs_of(base_plans_, base_runs_), inputs);
    if (!arguments_.simulation.out.empty()) {
      const std::vector<reports::OutputFile> files{{kept.filename().string(), reports::write_point(result, identity)}};
      if (const auto failed = reports::write_files(kept.parent_path().string(), files)) {
        complain("meshsim: " + *failed);
        return kBadInput;
      }
    }
    sweep_.points.push_back(std::move(result));
    if (is_base) {
      base_plans_ = std::move(plans);
      base_runs_ = std::move(runs);
    }
    return kOk;
  }

  // No steady state there: a point without figures.
  int unsettled(const std::vector<std::string>& values, const std::vector<models::Plan>& plans) {
    reports::SweepPoint point{values, {}, {}, {}};
    for (const models::Plan& plan : plans)
      point.rows.push_back({plan.catalog.candidate, std::vector<reports::Estimate>(sweep_.metrics.size())});
    remarks_.push_back(fmt::format("no steady state at {}: nothing was measured there", fmt::join(values, ", ")));
    if (arguments_.tornado && sweep_.points.empty()) {
      complain("meshsim: no steady state in the scenario as it is: nothing to compare with");
      return kBadInput;
    }
    sweep_.points.push_back(std::move(point));
    unsettled_ = true;
    return kOk;
  }

  static std::size_t index_of_baseline(const models::ScenarioSpec& scenario) {
    const auto found = std::find_if(scenario.candidates.begin(), scenario.candidates.end(),
                                    [&](const auto& c) { return c.name == scenario.baseline; });
    return found == scenario.candidates.end() ? 0 : static_cast<std::size_t>(found - scenario.candidates.begin());
  }

  // Everything that decides a point's numbers: the scenario as it is run, and the program.
  static std::string identity_of(const std::string& rendered) {
    const std::string all = fmt::format("{}\n{}", reports::kProgramVersion, rendered);
    return fmt::format("{:016x}{:016x}", sim::name_key(all), sim::name_key(all + all));
  }
  [[nodiscard]] std::filesystem::path point_file(const std::string& identity) const {
    return std::filesystem::path(arguments_.simulation.out) / "points" / (identity + ".json");
  }

  // Frozen adoption: when the fleet gets that far.
  void date_adoption(const std::vector<models::Plan>& plans, std::uint64_t seed) {
    const auto axis = std::find_if(axes_.begin(), axes_.end(), [](const Axis& a) { return a.path == "run.adoption"; });
    if (axis == axes_.end()) return;
    for (const models::Plan& plan : plans) {
      for (std::size_t change = 0; change < plan.changes.size(); ++change) {
        std::string dates;
        for (const std::string& value : axis->values) {
          const auto quantity = quantity_of(value);
          if (!quantity || quantity->unit != "%") continue;
          const auto date = models::adoption_date(plan, change, quantity->number / 100, seed);
          if (!date) continue;
          const double days = sim::to_seconds(*date) / 86400;
          dates += fmt::format("{}{} after {}", dates.empty() ? "" : ", ", value,
                               days >= 1 ? fmt::format("{:.0f} d", days) : fmt::format("{:.1f} h", days * 24));
        }
        if (dates.empty()) continue;
        remarks_.push_back(fmt::format("{}: {} reaches {} (median of the lead-time laws)", plan.catalog.candidate,
                                       plan.catalog.changes[change].name, dates));
      }
    }
  }

  void note_watch(const models::ScenarioSpec& scenario) {
    sim::Time last = 0;
    for (const models::TimelineEntrySpec& entry : scenario.timeline) last = std::max(last, entry.at + entry.duration);
    if (last == 0 || last >= scenario.run.duration) return;
    remarks_.push_back(fmt::format("watched for {} s after the last event of the timeline",
                                   reports::canonical_text(sim::to_seconds(scenario.run.duration - last))));
  }

  // Between two neighbours on the only axis on whose two sides the window's success lies, for every candidate.
  int bisect() {
    std::size_t metric = sweep_.metrics.size();
    std::string known;
    for (std::size_t m = 0; m < sweep_.metrics.size(); ++m) {
      if (sweep_.metrics[m].key == "success " + arguments_.tip) metric = m;
      if (sweep_.metrics[m].key.rfind("success ", 0) == 0)
        known += (known.empty() ? "" : ", ") + reports::for_terminal(sweep_.metrics[m].title);
    }
    if (metric == sweep_.metrics.size()) {
      complain(fmt::format("meshsim: there is no window {}; there are: {}", reports::for_terminal(arguments_.tip),
                           known.empty() ? "none (no timeline)" : known));
      return kBadInput;
    }
    const std::size_t candidates = sweep_.points.front().rows.size();
    for (std::size_t c = 0; c < candidates; ++c) {
      for (std::uint32_t step = 0; step <= arguments_.halvings; ++step) {
        std::sort(sweep_.points.begin(), sweep_.points.end(), [](const auto& a, const auto& b) {
          return quantity_of(a.values[0])->number < quantity_of(b.values[0])->number;
        });
        const auto high = [&](const reports::SweepPoint& p) {
          return p.rows[c].values[metric].value >= arguments_.threshold;
        };
        const auto edge = std::adjacent_find(sweep_.points.begin(), sweep_.points.end(),
                                             [&](const auto& a, const auto& b) { return high(a) != high(b); });
        const std::string name = sweep_.points.front().rows[c].candidate;
        if (edge == sweep_.points.end()) {
          remarks_.push_back(fmt::format("{}: success {} does not cross {} % between {} and {}", name, arguments_.tip,
                                         reports::canonical_text(arguments_.threshold * 100),
                                         sweep_.points.front().values[0], sweep_.points.back().values[0]));
          break;
        }
        const Quantity low = *quantity_of(edge->values[0]);
        const Quantity up = *quantity_of((edge + 1)->values[0]);
        if (step == arguments_.halvings) {
          remarks_.push_back(fmt::format("{}: success {} crosses {} % between {} and {}", name, arguments_.tip,
                                         reports::canonical_text(arguments_.threshold * 100), edge->values[0],
                                         (edge + 1)->values[0]));
          break;
        }
        const std::string middle = reports::canonical_text((low.number + up.number) / 2) + low.unit;
        if (middle == edge->values[0] || middle == (edge + 1)->values[0]) break;
        const int code = point({middle}, fmt::format("bisecting {}", name));
        if (code != kOk) return code;
      }
    }
    return kOk;
  }

  const SweepArguments& arguments_;
  std::vector<Axis> axes_;
  const std::atomic<int>* interrupt_;
  std::optional<models::ScenarioSpec> scenario_;
  reports::Sweep sweep_;
  std::vector<std::string> remarks_;
  std::size_t reused_ = 0;
  bool unsettled_ = false;
  std::optional<std::string> base_identity_;  // of a tornado
  std::vector<models::Plan> base_plans_;
  std::vector<models::CandidateRun> base_runs_;
};

int sweep_unguarded(const SweepArguments& arguments) {
  SimulationArguments quiet = arguments.simulation;
  std::optional<models::ScenarioSpec> scenario = load_scenario(quiet);
  if (!scenario) return kBadInput;
  std::optional<Design> design = design_of({arguments.vary, arguments.hypercube, arguments.tornado}, *scenario);
  if (!design) return kBadInput;
  if (!arguments.tip.empty()) {
    bool numbers = design->axes.size() == 1 && design->axes[0].values.size() >= 2;
    for (const std::string& value : design->axes[0].values) {
      const auto quantity = quantity_of(value);
      numbers = numbers && quantity && quantity->unit == quantity_of(design->axes[0].values[0])->unit;
    }
    if (!numbers || arguments.tornado) {
      complain("meshsim: --tip needs one path with at least two quantities of one unit, e.g. 0%,25%,50%,100%");
      return kBadInput;
    }
  }
  const Interruption interruption;
  Sweeper sweeper(arguments, design->axes, interruption.flag());
  const int code = sweeper.run(design->points);
  if (!sweeper.any() || code == kBadInput) return code;
  reports::Report report = sweeper.report();
  if (code != kOk) {
    report.complete = false;
    report.stopped = "interrupted";
    report.warnings.push_back("interrupted: the points below are complete, the others were not begun or not finished");
  }
  return gravest(gravest(code, sweeper.code()), write_report(arguments.simulation, report));
}

int sweep(const SweepArguments& arguments) {
  try {
    return sweep_unguarded(arguments);
  } catch (const std::bad_alloc&) {
    complain("meshsim: out of memory: fewer replications or a shorter run would help");
    return kLimitReached;
  } catch (const std::exception& error) {
    complain(fmt::format("meshsim: internal error: {}", reports::for_terminal(error.what())));
    return kInternal;
  }
}

}  // namespace

void add_sweep(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("sweep", "Run a scenario at many points: a grid, a Latin hypercube, one input at a time");
  const auto arguments = std::make_shared<SweepArguments>();
  add_simulation_options(*command, arguments->simulation);
  command
      ->add_option("--vary", arguments->vary,
                   "A path and its values: PATH=A,B,C; several make a grid; none: `sweep:` of the file")
      ->type_name("PATH=...");
  auto* hypercube =
      command
          ->add_option(
              "--lhs", arguments->hypercube,
              "A Latin hypercube of N points between the first and the last value of each path instead of the grid")
          ->type_name("N")
          ->check(CLI::Range(2u, 10'000u));
  command
      ->add_flag("--tornado", arguments->tornado,
                 "One path at a time: effect of its first and last value, largest first")
      ->excludes(hypercube);
  command->add_option("--tip", arguments->tip, "Bisect where success in this window crosses --threshold")
      ->type_name("WINDOW");
  command->add_option("--threshold", arguments->threshold, "Share of requests, 0 to 1 (default 0.5)")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--halvings", arguments->halvings, "Bisection steps (default 4)")->check(CLI::Range(0u, 20u));
  command->footer(
      "The path fleet.size thins or grows the fleet to so many services. With --out, finished points are kept in "
      "DIR/points and taken from there the next time.");
  command->callback([arguments, &exit_code] { exit_code = sweep(*arguments); });
}

}  // namespace meshsim
