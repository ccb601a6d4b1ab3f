#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

TEST_CASE("a report removes what an earlier one wrote and it does not, and nothing else") {
  const Scratch scratch;
  const auto put = [&](const std::string& name, const std::string& text) {
    std::ofstream(scratch.path(name), std::ios::binary) << text;
  };
  const std::vector<OutputFile> before{{"a.csv", "1"}, {"b.csv", "2"}, {"edited.csv", "3"}, {"report.txt", "4"}};
  const std::vector<OutputFile> after{{"a.csv", "5"}, {"report.txt", "6"}};
  put("c.csv", "a stranger's");
  REQUIRE_FALSE(write_report_files(scratch.path(), before).has_value());
  put("edited.csv", "somebody's work");
  REQUIRE_FALSE(write_report_files(scratch.path(), after).has_value());
  CHECK_FALSE(fs::exists(scratch.path("b.csv")));
  CHECK(content(scratch.path("a.csv")) == "5");
  CHECK(content(scratch.path("edited.csv")) == "somebody's work");
  CHECK(content(scratch.path("c.csv")) == "a stranger's");
  CHECK(content(scratch.path("files.txt")).find("a.csv") != std::string::npos);
  CHECK(content(scratch.path("files.txt")).find("b.csv") == std::string::npos);
}

TEST_CASE("a list of files that was tampered with removes nothing outside the directory, and no link") {
  const Scratch scratch;
  const std::string out = scratch.path("out");
  const std::vector<OutputFile> first{{"a.csv", "1"}};
  REQUIRE_FALSE(write_report_files(out, first).has_value());
  const std::string list = content(out + "/files.txt");
  const std::string digest = list.substr(list.rfind(' '));  // of a file that holds 1
  std::ofstream(scratch.path("outside.csv")) << "1";
  std::ofstream(out + "/.hidden") << "1";
  fs::create_symlink(scratch.path("outside.csv"), out + "/link.csv");
  std::ofstream(out + "/files.txt") << list.substr(0, list.find('\n') + 1) << "../outside.csv" << digest << ".hidden"
                                    << digest << "link.csv" << digest << "no-such.csv" << digest << "nonsense\n\n";
  CHECK_FALSE(write_report_files(out, first).has_value());
  CHECK(fs::exists(scratch.path("outside.csv")));
  CHECK(fs::exists(out + "/.hidden"));
  CHECK(fs::is_symlink(out + "/link.csv"));
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

TEST_CASE("a pipe is written to and stays a pipe, behind a link too; a device that is full is an error") {
  const Scratch scratch;
  REQUIRE(::mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
  fs::create_symlink("pipe", scratch.path("link"));
  fs::create_symlink("/dev/full", scratch.path("full"));
  for (const char* name : {"pipe", "link"}) {
    const int reader = ::open(scratch.path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    const std::vector<OutputFile> files{{name, "through"}};
    CHECK_FALSE(write_files(scratch.path(), files).has_value());
    char read[16] = {};
    CHECK(::read(reader, read, sizeof read) == 7);
    ::close(reader);
    CHECK(std::string(read) == "through");
  }
  CHECK(fs::is_fifo(fs::symlink_status(scratch.path("pipe"))));
  CHECK(fs::is_symlink(fs::symlink_status(scratch.path("link"))));
  const std::vector<OutputFile> files{{"full", "text"}};
  CHECK(write_files(scratch.path(), files).value_or("").find("No space left") != std::string::npos);
  CHECK(entries(scratch.path()) == 3);
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
