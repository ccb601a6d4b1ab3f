// --check-determinism: the same experiment twice, the second time with the reference queue and another number of
// threads; fingerprints must agree replication by replication. On a difference both runs of that replication are
// traced and the first record that differs is shown.
#pragma once

#include <string>
#include <vector>

#include "models/plan/plan.h"
#include "models/run.h"

namespace meshsim {

// Nothing differed: empty. Else a description for people, ready for stderr.
[[nodiscard]] std::string find_difference(const std::vector<models::Plan>& plans,
                                          const std::vector<models::CandidateRun>& first,
                                          const std::vector<models::CandidateRun>& second, std::uint64_t seed);

// The first group of records of equal time that two traces do not share, as text; empty if they agree. Records of one
// instant may stand in any order, because equal-time events of different owners commute. Reads both files from the
// start.
[[nodiscard]] std::string first_difference(std::FILE* first, std::FILE* second);

}  // namespace meshsim
