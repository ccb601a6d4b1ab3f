// The stable codes of everything the reader can complain about, and what `meshsim explain CODE` says of each.
// Not the wording of one message (that is made where the problem is found). A code is never reused or renumbered.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace reader {

enum class Code : std::uint16_t {
  UnreadableFile = 1,
  TooLarge = 2,
  BadBytes = 3,
  Syntax = 4,
  DocumentCount = 5,
  Alias = 6,
  Tag = 7,
  Budget = 8,
  DuplicateKey = 9,
  ComplexKey = 10,
  BooleanWord = 11,
  EmptyValue = 12,
  WrongType = 13,
  UnknownField = 14,
  NotYetSupported = 15,
  MissingField = 16,
  MalformedScalar = 17,
  MissingUnit = 18,
  UnknownUnit = 19,
  OutOfRange = 20,
  UnknownChoice = 21,
  BadName = 22,
  Conflict = 23,
  ExtendsPath = 24,
  ExtendsCycle = 25,
  BadOverride = 26,
  TooManyProblems = 27,
  FormatVersion = 28,
  UnknownService = 30,
  UnknownEndpoint = 31,
  AmbiguousEndpoint = 32,
  UnknownVersion = 33,
  UnknownZone = 34,
  UnknownCandidate = 35,
  DuplicateName = 36,
  UnknownProfile = 37,
  UnknownTeam = 38,
  UnknownLanguage = 39,
  BadDistribution = 40,
  BadSplit = 41,
  BadProbabilities = 42,
  ReplicaMismatch = 43,
  OutsideRun = 44,
  EmptyEndpoint = 45,
  TwoTeams = 46,
  EndpointCycle = 47,
  CallDepth = 48,
  FleetTooLarge = 49,
  BadExpectation = 52,
  UnknownMetric = 53,
  UnknownEntry = 54,
  UnknownTimelineEntry = 55,
  RetryConditionsFilled = 60,
  DistributionCaution = 61,
  NoEffect = 62,
  UnreachableService = 63,
  Overload = 64,
  PeakOverload = 65,
  ProxyOverload = 66,
  RetryAmplification = 67,
};

struct Explanation {
  Code code;
  const char* title;
  const char* cause;
  const char* example;  // YAML that provokes it
  const char* fix;      // YAML, or a sentence, that puts it right
};

[[nodiscard]] std::span<const Explanation> explanations();  // ascending by code
[[nodiscard]] const Explanation* explanation_of(Code code);
[[nodiscard]] std::string text_of(Code code);                             // "MS014"
[[nodiscard]] std::optional<Code> code_from_text(std::string_view text);  // accepts "MS014", "ms14", "14"

}  // namespace reader
