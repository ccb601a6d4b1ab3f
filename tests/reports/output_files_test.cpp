#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/output_files.h"

using namespace reports;
namespace fs = std::filesystem;

namespace {

class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "meshsim-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string path(const std::string& name = "") const {
    return name.empty() ? path_ : path_ + "/" + name;
  }

 private:
  std::string path_;
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("files are written whole into a directory that is made") {
  const Scratch scratch;
  const std::string out = scratch.path("a/b");
  const std::vector<OutputFile> files{{"one.txt", "1\n"}, {"two.txt", std::string("2\0", 2)}};
  CHECK_FALSE(write_files(out, files).has_value());
  CHECK(content(out + "/one.txt") == "1\n");
  CHECK(content(out + "/two.txt") == std::string("2\0", 2));
  CHECK(entries(out) == 2);
}

TEST_CASE("files that exist are replaced") {
  const Scratch scratch;
  const std::vector<OutputFile> before{{"one.txt", "a long first content"}};
  const std::vector<OutputFile> after{{"one.txt", "short"}};
  CHECK_FALSE(write_files(scratch.path(), before).has_value());
  CHECK_FALSE(write_files(scratch.path(), after).has_value());
  CHECK(content(scratch.path("one.txt")) == "short");
}

TEST_CASE("a place that cannot be written is an error that names it") {
  const std::vector<OutputFile> files{{"one.txt", "1"}};
  CHECK(write_files("/proc/meshsim-test", files).value().find("/proc/meshsim-test") != std::string::npos);
  CHECK(write_files("/proc/self", files).value().find("/proc/self") != std::string::npos);  // read-only, even for root
  const Scratch scratch;
  std::ofstream(scratch.path("file")) << "x";
  CHECK(write_files(scratch.path("file"), files).value().find("not a directory") != std::string::npos);
}

TEST_CASE("a failure in the middle leaves nothing of the set and the old files untouched") {
  const Scratch scratch;
  const std::vector<OutputFile> old{{"one.txt", "old"}};
  REQUIRE_FALSE(write_files(scratch.path(), old).has_value());
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a disk that is full after 100 bytes
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::vector<OutputFile> files{{"one.txt", "new"}, {"big.txt", std::string(5000, 'x')}};
    const auto failed = write_files(scratch.path(), files);
    ::_exit(failed.has_value() && failed->find("big.txt") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(content(scratch.path("one.txt")) == "old");
  CHECK(entries(scratch.path()) == 1);
}

TEST_CASE("a full device is an error, not silence") {
  const int full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  const auto failed = write_descriptor(full, "text", "standard output");
  ::close(full);
  REQUIRE(failed.has_value());
  CHECK(failed->find("No space left") != std::string::npos);
}

TEST_CASE("a closed pipe and a closed descriptor are errors") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  void (*const before)(int) = std::signal(SIGPIPE, SIG_IGN);
  CHECK(write_descriptor(ends[1], "text", "standard output").has_value());
  std::signal(SIGPIPE, before);
  ::close(ends[1]);
  CHECK(write_descriptor(ends[1], "text", "standard output").has_value());
}

TEST_CASE("names in messages are escaped") {
  const std::vector<OutputFile> files{{"one.txt", "1"}};
  const std::string message = write_files("/proc/\x1b[31m", files).value();
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.find("\\x1b") != std::string::npos);
}
