// `meshsim init [FILE]`: a first scenario, commented, that runs as it stands. Never overwrites.
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "scenarios/reader/diagnostic.h"
#include "tools/meshsim/command.h"
#include "tools/meshsim/output.h"
#include "tools/meshsim/templates.h"

namespace meshsim {
namespace {

struct Arguments {
  std::string file = "scenario.yaml";
  std::string name = "shop";
  bool list = false;
};

int write_new(const std::string& file, std::string_view text) {
  const auto fail = [&](const char* what) {
    complain(fmt::format("meshsim: {} {}: {}\n", what, reader::printable(file, 400), std::strerror(errno)));
    return kBadInput;
  };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0 && errno == EEXIST) {
    complain(fmt::format("meshsim: {} exists and is left alone; give another name: meshsim init my-scenario.yaml\n",
                         reader::printable(file, 400)));
    return kBadInput;
  }
  if (descriptor < 0) return fail("cannot create");
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int code = fail("cannot write");
      ::close(descriptor);
      ::unlink(file.c_str());
      return code;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::close(descriptor) != 0) return fail("cannot write");
  return kOk;
}

int init(const Arguments& arguments) {
  if (arguments.list) {
    std::string out;
    for (const Template& t : templates()) out += fmt::format("{:<10}{}\n", t.name, t.purpose);
    return print_result(out) ? kOk : kBadInput;
  }
  for (const Template& t : templates()) {
    if (t.name != arguments.name) continue;
    if (arguments.file == "-") return print_result(t.text) ? kOk : kBadInput;
    const int code = write_new(arguments.file, t.text);
    if (code != kOk) return code;
    const std::string shown = reader::printable(arguments.file, 400);
    return print_result(fmt::format("wrote {0}; now try\n  meshsim validate {0}\n  meshsim compare {0}\n", shown))
               ? kOk
               : kBadInput;
  }
  complain(fmt::format("meshsim: there is no template `{}`; `meshsim init --list` shows them\n",
                       reader::printable(arguments.name, 40)));
  return kBadInput;
}

}  // namespace

void add_init(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("init", "Write a first scenario, commented and ready to run. Never overwrites a file.");
  command->add_option("FILE", arguments->file, "Where to; `-` prints it.")->capture_default_str();
  command->add_option("--template", arguments->name, "Which one; see --list.")
      ->capture_default_str()
      ->type_name("NAME");
  command->add_flag("--list", arguments->list, "List the templates.");
  command->callback([arguments, &exit_code] { exit_code = init(*arguments); });
}

}  // namespace meshsim
