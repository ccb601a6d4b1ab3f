#include "reports/build.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "reports/numbers.h"
#include "reports/sections.h"
#include "reports/version.h"

namespace reports {
namespace {

std::string seconds_text(sim::Duration duration) {
  return fmt::format("{} s", canonical_text(sim::to_seconds(duration)));
}

const char* enforcer(models::EnforcedBy enforced_by) {
  switch (enforced_by) {
    case models::EnforcedBy::None: return "none";
    case models::EnforcedBy::Library: return "library";
    case models::EnforcedBy::Sidecar: return "sidecar";
    case models::EnforcedBy::Proxyless: return "proxyless";
    case models::EnforcedBy::Gateway: return "gateway";
    case models::EnforcedBy::Ambient: return "ambient";
    case models::EnforcedBy::Node: return "node";
  }
  return "";
}

const char* policy_words(models::EnforcedBy enforced_by) {
  switch (enforced_by) {
    case models::EnforcedBy::None: return "no policy";
    case models::EnforcedBy::Library: return "policy in a library";
    case models::EnforcedBy::Sidecar: return "policy in sidecars";
    case models::EnforcedBy::Proxyless: return "policy in a library that a control plane programs";
    case models::EnforcedBy::Gateway: return "policy at the gateway alone";
    case models::EnforcedBy::Ambient: return "policy in waypoints, connections through the proxies of nodes";
    case models::EnforcedBy::Node: return "policy in proxies of nodes";
  }
  return "";
}

// A seed has 64 bits, more than a double holds.
Cell seed_cell(std::uint64_t seed) {
  return seed < (std::uint64_t{1} << 53) ? count_cell(seed) : text_cell(fmt::format("{}", seed));
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined += joined.empty() ? text : ", " + text;
  }
  return joined;
}

// The replication that was cut short, if any; else the merged results when they say so.
const models::Results* cut_short(const models::CandidateRun& run) {
  for (const models::Results& results : run.replications) {
    if (results.stopped != models::Stopped::Complete) {
      return &results;
    }
  }
  return run.merged.stopped != models::Stopped::Complete ? &run.merged : nullptr;
}

std::size_t complete_replications(const models::CandidateRun& run) {
  std::size_t count = 0;
  while (count < run.replications.size() && run.replications[count].stopped == models::Stopped::Complete) {
    ++count;
  }
  return count;
}

void note_completeness(Report& report, const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    const models::Results* cut = cut_short(*input.run);
    const std::size_t done = complete_replications(*input.run);
    if (cut == nullptr && done >= scenario.run.replications) {
      continue;
    }
    const std::string reason = models::name_of(cut != nullptr ? cut->stopped : models::Stopped::Interrupted);
    std::string why = fmt::format("{}: partial report ({}), {} of {} replications complete", input.catalog->candidate,
                                  reason, done, scenario.run.replications);
    if (cut != nullptr) {
      why +=
          fmt::format("; the first incomplete one ended at t = {} s", canonical_text(sim::to_seconds(cut->stopped_at)));
      why += cut->stopped_detail.empty() ? "" : ": " + cut->stopped_detail;
    }
    if (done == 0) {
      why += cut != nullptr && cut->stopped_at < 0 ? "; that was during the warm-up: nothing was measured"
                                                   : "; the figures are of the part that ran";
    }
    report.warnings.push_back(why);
    if (report.complete) {
      report.stopped = reason;
      report.stopped_at = cut != nullptr ? sim::to_seconds(cut->stopped_at) : 0.0;
    }
    report.complete = false;
  }
}

}  // namespace

Report build_header(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  Report report;
  report.confidence = scenario.run.confidence;
  std::size_t done = scenario.run.replications;
  for (const Input& input : inputs) {
    done = std::min(done, complete_replications(*input.run));
  }
  const models::Catalog& catalog = *inputs.front().catalog;
  report.header = {
      {"version", "", text_cell(std::string(kProgramVersion)), Unit::None},
      {"file", "", text_cell(scenario.file), Unit::None},
      {"question", "", text_cell(scenario.question), Unit::None},
      {"seed", "", seed_cell(scenario.seed), Unit::None},
      {"", "-", text_cell(fmt::format("seed {}", scenario.seed)), Unit::None},
      {"replicationsAsked", "", count_cell(scenario.run.replications), Unit::Count},
      {"replications", "", count_cell(done), Unit::Count},
      {"duration", "", exact_cell(sim::to_seconds(catalog.duration)), Unit::None},
      {"warmup", "", exact_cell(sim::to_seconds(catalog.warmup)), Unit::None},
      {"drain", "", exact_cell(sim::to_seconds(catalog.drain)), Unit::None},
      {"", "-",
       text_cell(fmt::format("{} replication{} of {} after {} of warm-up", done, done == 1 ? "" : "s",
                             seconds_text(catalog.duration), seconds_text(catalog.warmup))),
       Unit::None},
      {"", "-", text_cell(fmt::format("± is the {}% interval", canonical_text(scenario.run.confidence * 100.0))),
       Unit::None},
  };
  if (scenario.run.adoption) {
    const std::string share = canonical_text(*scenario.run.adoption * 100.0);
    report.header.push_back({"adoption", "", exact_cell(*scenario.run.adoption), Unit::Fraction});
    report.header.push_back({"", "-",
                             text_cell(fmt::format("frozen adoption: {}% of those who need a release have it", share)),
                             Unit::None});
  }
  note_completeness(report, scenario, inputs);
  return report;
}

CandidateReport build_candidate(const models::ScenarioSpec& scenario, const Input& input) {
  const models::Catalog& catalog = *input.catalog;
  const View view(catalog, *input.run, scenario.run.confidence);
  CandidateReport report;
  report.name = catalog.candidate;
  std::string profile = catalog.profile;
  if (!catalog.profile_date.empty()) {
    profile += fmt::format(" ({})", catalog.profile_date);
  }
  const std::string assumed = join(catalog.profile_assumed);
  report.facts = {
      {"enforcedBy", "", text_cell(enforcer(catalog.enforced_by)), Unit::None},
      {"", "-", text_cell(policy_words(catalog.enforced_by)), Unit::None},
      {"product", "", text_cell(catalog.product), Unit::None},
      {"profile", "", text_cell(profile), Unit::None},
      {"profileSource", "", text_cell(catalog.profile_source), Unit::None},
      {"profileAssumed", "", text_cell(assumed), Unit::None},
      {"pods", "pods", count_cell(catalog.pods), Unit::Count},
      {"proxies", "proxies", count_cell(catalog.proxies), Unit::Count},
      {"fingerprint", "fingerprint", text_cell(input.run->merged.fingerprint.hex()), Unit::None},
      {"", catalog.product == catalog.profile ? "" : "product", text_cell(catalog.product), Unit::None},
      {"", "costs of", text_cell(profile + (assumed.empty() || profile.empty() ? "" : ", assumed: " + assumed)),
       Unit::None},
  };
  report.sections = {entries_section(view),  outcomes_section(view),  attribution_section(view), windows_section(view),
                     timeline_section(view), recovery_section(view),  propagation_section(view), edges_section(view),
                     limits_section(view),   services_section(view),  endpoints_section(view),   waste_section(view),
                     coverage_section(view), resources_section(view), latency_section(view)};
  for (const std::string& note : catalog.notes) {
    report.notes.push_back("where the policy is silent: " + note);
  }
  if (view.whole().merged->total.unfinished > 0) {
    const models::Stopped stopped = view.merged().stopped;  // only if no replication is complete
    const std::string when = stopped == models::Stopped::Complete
                                 ? "the drain ended"
                                 : fmt::format("the replication ended early ({})", models::name_of(stopped));
    report.notes.push_back(fmt::format("{} requests were still open when {}; they count as failed",
                                       grouped(view.whole().merged->total.unfinished), when));
  }
  return report;
}

Report build_run(const models::ScenarioSpec& scenario, const std::vector<Input>& inputs) {
  Report report = build_header(scenario, inputs);
  report.kind = Report::Kind::Run;
  for (const Input& input : inputs) {
    report.candidates.push_back(build_candidate(scenario, input));
  }
  return report;
}

}  // namespace reports
