// Writing finished texts so that nobody ever sees half of one. No report knowledge.
// Errors: a sentence with the path and the system's reason; nothing of a failed set stays behind.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reports/writers.h"

namespace reports {

// All files of a set, or none: each is written beside its place (".<name>.tmp.<process>"), flushed to the disk and
// closed, every step checked; only then all are renamed. A missing directory is made; devices and pipes are
// written to, not replaced. Returns what went wrong.
[[nodiscard]] std::optional<std::string> write_files(const std::string& directory, std::span<const OutputFile> files);

// A report's files and files.txt, which lists them with digests. What the files.txt of an earlier report in the same
// directory lists, this set does not write and nobody has altered since is removed; every other file stays.
[[nodiscard]] std::optional<std::string> write_report_files(const std::string& directory,
                                                            std::span<const OutputFile> files);

// The whole text to an open descriptor (standard output), checked. A closed pipe is an error like any other:
// the caller has SIGPIPE ignored.
[[nodiscard]] std::optional<std::string> write_descriptor(int descriptor, std::string_view text,
                                                          const std::string& name);

}  // namespace reports
