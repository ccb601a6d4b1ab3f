#include "scenarios/reader/reader.h"

#include <exception>
#include <utility>

#include "scenarios/reader/decode.h"
#include "scenarios/reader/files.h"
#include "scenarios/reader/profiles.h"
#include "scenarios/reader/report.h"

namespace reader {
namespace {

void read(Context& context, std::uint32_t source, const LoadOptions& options, LoadResult& result) {
  const NodeId root = load_with_bases(context, source);
  result.root = root;
  if (root == kNoNode) return;
  for (const std::string& text : options.set) apply_override(context, root, text);
  refuse_boolean_words(context, root);
  models::ScenarioSpec spec = Decoder(context).scenario(root);
  spec.file = context.report.sources.list[source].name;
  if (!context.report.failed()) result.scenario = std::move(spec);
}

template <class AddSource>
LoadResult load_from(const LoadOptions& options, std::filesystem::path root, AddSource&& add) {
  LoadResult result;
  Report report;
  Context context{result.tree, report, result.phrases, std::move(root)};
  if (const auto source = add(report)) read(context, *source, options, result);
  result.diagnostics = report.sorted();
  result.sources = std::move(report.sources);
  return result;
}

}  // namespace

std::string LoadResult::text(bool colour) const {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += format(d, sources, colour);
  return out;
}

LoadResult load(const std::filesystem::path& file, const LoadOptions& options) {
  std::filesystem::path root = options.root;
  if (root.empty()) root = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  return load_from(options, std::move(root), [&](Report& report) { return read_source(file, file.string(), report); });
}

LoadResult load_text(std::string_view name, std::string_view text, const LoadOptions& options) {
  return load_from(options, options.root,
                   [&](Report& report) { return add_source(std::string(name), std::string(text), report); });
}

std::optional<models::ProxyProfileSpec> built_in_profile(std::string_view name) {
  const EmbeddedFile* file = find_profile(name);
  if (file == nullptr) return std::nullopt;
  Report report;
  Tree tree;
  Phrasebook phrases;
  Context context{tree, report, phrases, {}};
  const auto source = add_source("built-in profile " + std::string(name), std::string(file->text), report);
  const NodeId root = source ? parse(tree, *source, report) : kNoNode;
  if (root == kNoNode) return std::nullopt;
  models::ProxyProfileSpec profile = Decoder(context).profile(root, std::string(name));
  if (report.failed()) return std::nullopt;
  return profile;
}

}  // namespace reader
