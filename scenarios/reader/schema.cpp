#include "scenarios/reader/schema.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "models/spec/expect_spec.h"
#include "scenarios/reader/codes.h"
#include "scenarios/reader/fields.h"
#include "scenarios/reader/profiles.h"
#include "scenarios/reader/scalars.h"
#include "scenarios/reader/words.h"

namespace reader {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDecimal = "(0|[1-9][0-9]*)(\\.[0-9]+)?";

Json pattern(const std::string& text) { return {{"type", "string"}, {"pattern", "^" + text + "$"}}; }

Json scalar_schema(std::string_view type) {
  const std::string number = kDecimal;
  if (type == "Duration") return pattern("(" + number + "(ns|us|ms|s|m|h|d))+");
  if (type == "Rate") return pattern(number + "/[smh]");
  if (type == "Percent") return pattern(number + "%");
  if (type == "Factor") return pattern(number + "x");
  if (type == "Size") return pattern(number + "(B|Ki|Mi|Gi|Ti|KiB|MiB|GiB|TiB|kB|KB|MB|GB|TB)");
  if (type == "Count") return {{"type", "integer"}, {"minimum", 0}};
  if (type == "Cores") return {{"anyOf", {{{"type", "number"}, {"minimum", 0}}, pattern(number + "m")}}};
  if (type == "Number") return {{"type", "number"}, {"minimum", 0}};
  if (type == "Seed") return {{"type", "integer"}, {"minimum", 0}, {"maximum", std::uint64_t{18446744073709551615u}}};
  if (type == "Bool") return {{"type", "boolean"}};
  if (type == "Name") return {{"type", {"string", "number"}}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$"}};
  if (type == "Target")
    return {{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,252}(/[A-Za-z0-9][A-Za-z0-9._-]{0,252})?$"}};
  if (type == "VersionTarget")
    return {{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,252}(@[A-Za-z0-9][A-Za-z0-9._-]{0,252})?$"}};
  if (type == "Null") return {{"type", "null"}};
  if (type == "Text") return {{"type", {"string", "number"}}};
  if (type == "RetryCondition") {
    Json words = Json::array();
    for (const auto& [name, bit] : kRetryConditions) words.push_back(name);
    return {{"anyOf",
             {{{"enum", words}},
              {{"type", "integer"}, {"minimum", 100}, {"maximum", 599}},
              {{"type", "string"}, {"pattern", ","}}}}};
  }
  return {{"type", "string"}};  // File
}

Json reference(std::string_view type) { return {{"$ref", fmt::format("#/definitions/{}", type)}}; }

// Bounds show only where JSON has numbers: units are strings.
Json with_bounds(Json schema, std::string_view type, const Field* field) {
  if (field == nullptr || (type != "Count" && type != "Number")) return schema;
  Json out = {{"type", type == "Count" ? "integer" : "number"}};
  const auto bound = [](double v) {
    return v == static_cast<double>(static_cast<std::int64_t>(v)) ? Json(static_cast<std::int64_t>(v)) : Json(v);
  };
  out["minimum"] = bound(field->min >= 0 ? field->min : 0);
  if (field->max >= 0) out["maximum"] = bound(field->max);
  return out;
}

Json form_schema(std::string_view form, const Field* field) {
  Json any = Json::array();
  for (const Alternative& a : alternatives_of(form)) {
    switch (a.shape) {
      case Alternative::Shape::Words: {
        Json words = Json::array();
        for (std::string_view rest = a.of; !rest.empty();) {
          const std::size_t comma = rest.find(',');
          words.push_back(rest.substr(0, comma));
          rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        any.push_back({{"enum", words}});
        break;
      }
      case Alternative::Shape::List:
        any.push_back({{"type", "array"}, {"items", with_bounds(reference(a.of), a.of, field)}});
        break;
      case Alternative::Shape::Map: {
        const char* names = a.of == "TrafficShort"                       ? "Target"
                            : a.of == "Library" || a.of == "Expectation" ? "Text"
                                                                         : "Name";
        any.push_back(
            {{"type", "object"},
             {"propertyNames", reference(names)},
             {"additionalProperties", {{"anyOf", {with_bounds(reference(a.of), a.of, field), reference("Null")}}}}});
        break;
      }
      case Alternative::Shape::One: any.push_back(with_bounds(reference(a.of), a.of, field)); break;
    }
  }
  return any.size() == 1 ? any[0] : Json{{"anyOf", any}};
}

void add_default(Json& schema, const Field& f) {
  if (f.fallback == nullptr) return;
  const std::string_view text = f.fallback;
  if (text.empty() || text[0] == '{' || text[0] == '[' || text[0] == '"') return;
  if (text == "true" || text == "false")
    schema["default"] = text == "true";
  else if (const auto n = parse_count(text); n.value)
    schema["default"] = *n.value;
  else
    schema["default"] = text;
}

Json object_schema(const Type& type) {
  Json properties = Json::object();
  Json required = Json::array();
  Json others = false;
  Json patterns = Json::object();
  const bool plus = type.form[0] == '+';
  std::vector<const Field*> all = fields_of(type.name);
  if (plus) {
    for (const Field* f : fields_of(std::string_view(type.form).substr(1))) all.push_back(f);
  }
  for (const Field* f : all) {
    if (f->later) continue;
    // draft-07 ignores what stands beside $ref, so the sentence wraps it.
    Json schema = form_schema(f->form, f);
    // `key: null` removes a key of the base a file extends.
    if (f->required) {
      if (schema.contains("$ref")) schema = Json{{"allOf", {schema}}};
    } else if (schema.contains("anyOf")) {
      schema["anyOf"].push_back(reference("Null"));
    } else {
      schema = Json{{"anyOf", {schema, reference("Null")}}};
    }
    schema["description"] = f->doc;
    add_default(schema, *f);
    const std::string_view key = f->key;
    if (key == "*") {
      others = schema;
    } else if (key.back() == '*') {
      patterns["^p[0-9]+(\\.[0-9]+)?$"] = schema;
    } else {
      properties[f->key] = schema;
      if (f->required && std::string_view(type.name) != "Scenario") required.push_back(f->key);
    }
  }
  Json out = {{"type", "object"}, {"description", type.doc}, {"properties", properties}};
  if (!patterns.empty()) out["patternProperties"] = patterns;
  out["additionalProperties"] = others;
  if (!required.empty()) out["required"] = required;
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string bound_words(const Field& f) {
  if (f.max < 0) return "";
  const auto alternatives = alternatives_of(f.form);
  std::string_view type;
  for (const Alternative& a : alternatives) {
    if (is_scalar_type(a.of) && type.empty()) type = a.of;
    if (a.of == "Retries") type = "Count";
  }
  const auto words = [&](double v) {
    if (type == "Duration") return v > 4e15 ? std::string("52d") : write_duration_real(v);
    if (type == "Rate") return write_rate(v);
    if (type == "Percent") return write_percent(v);
    if (type == "Factor") return write_number(v) + "x";
    if (type == "Size") return write_size(v);
    return write_number(v);
  };
  return fmt::format("{} to {}", words(f.min < 0 ? 0 : f.min), words(f.max));
}

const char* words_of(models::ExpectTarget target) {
  switch (target) {
    case models::ExpectTarget::Entry: return "entry point; none: all together";
    case models::ExpectTarget::Callee: return "service or endpoint that is called; none: all calls";
    case models::ExpectTarget::Endpoint: return "service or endpoint; none: all";
    case models::ExpectTarget::Service: return "service";
    case models::ExpectTarget::Version: return "service@version";
    case models::ExpectTarget::Change: return "change of the timeline";
    case models::ExpectTarget::Nothing: return "";
  }
  return "";
}

const char* value_words(models::ExpectQuantity quantity) {
  switch (quantity) {
    case models::ExpectQuantity::Duration: return "duration `250ms`";
    case models::ExpectQuantity::Percent: return "percentage `99.5%`";
    case models::ExpectQuantity::Rate: return "rate `300/s`";
    case models::ExpectQuantity::Factor: return "factor `1.2x`";
    case models::ExpectQuantity::Cores: return "cores `2.5`, `500m`";
    case models::ExpectQuantity::Size: return "size `4GB`";
    case models::ExpectQuantity::Count: return "count `0`";
  }
  return "";
}

std::string expectation_metrics() {
  std::string out =
      "\n## Metrics of expectations\n\n"
      "`CANDIDATE METRIC(TARGET) [before|during|after ENTRY] OPERATOR VALUE`; windows go with entry points only. A "
      "difference subtracts a second term of the same unit.\n\n"
      "| metric | in parentheses | value | meaning |\n|---|---|---|---|\n";
  for (const models::ExpectMetricInfo& m : models::expect_metrics())
    out += fmt::format("| `{}` | {} | {} | {} |\n", m.name, words_of(m.target), value_words(m.quantity), m.meaning);
  return out;
}

}  // namespace

std::string json_schema() {
  Json definitions = Json::object();
  for (const char* scalar : {"Duration", "Rate", "Percent", "Factor", "Size", "Count", "Cores", "Number", "Seed",
                             "Bool", "Name", "Text", "File", "Target", "VersionTarget", "RetryCondition", "Null"}) {
    definitions[scalar] = scalar_schema(scalar);
  }
  Json root;
  for (const Type& type : types()) {
    const std::string_view form = type.form;
    Json schema;
    if (!form.empty() && form[0] == '!') {
      schema = form_schema(form, nullptr);
      schema["description"] = type.doc;
    } else if (form.empty() || form[0] == '+') {
      schema = object_schema(type);
    } else {
      Json any = Json::array({form_schema(form, nullptr), object_schema(type)});
      schema = {{"description", type.doc}, {"anyOf", any}};
    }
    if (std::string_view(type.name) == "Scenario")
      root = schema;
    else
      definitions[type.name] = schema;
  }
  Json out = {{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"$id", "urn:meshsim:scenario:1"},
              {"title", "meshsim scenario, format 1"}};
  for (const auto& [key, value] : root.items()) out[key] = value;
  out["required"] = {"meshsim"};
  out["anyOf"] = {{{"required", {"extends"}}}, {{"required", {"services", "traffic"}}}};
  out["definitions"] = definitions;
  return out.dump(2) + "\n";
}

std::string reference_markdown() {
  std::string out =
      "# Scenario reference\n\n"
      "Generated by `meshsim schema --markdown` from the field table (`scenarios/reader/fields.cpp`); do not edit.\n\n"
      "Units are part of every quantity: durations `250ms` (ns us ms s m h d, also `1h30m`), rates `300/s` (/s /m /h), "
      "percentages `0.1%`, factors `4x`,\n"
      "sizes `64MiB`. Counts are bare. Names have letters, digits, `.`, `_` and `-`. `on`, `off`, `yes` and `no` are "
      "never keys or values.\n\n"
      "In the column *takes*: `[X]` is a list of X, `{X}` a map from names to X, `or` separates alternatives.\n";
  for (const Type& type : types()) {
    const std::string_view form = type.form;
    out += fmt::format("\n## {}\n\n", type.name);
    if (type.path[0] != '\0') out += fmt::format("Where: `{}`. ", type.path);
    out += fmt::format("{}\n", type.doc);
    const auto takes = [](std::string_view f) {
      std::string text;
      for (const Alternative& a : alternatives_of(f)) {
        if (!text.empty()) text += " or ";
        const std::string link =
            is_scalar_type(a.of) || a.shape == Alternative::Shape::Words ? std::string(a.of) : [&] {
              std::string anchor(a.of);
              for (char& c : anchor) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
              return fmt::format("[{}](#{})", a.of, anchor);
            }();
        if (a.shape == Alternative::Shape::Words) {
          std::string words;
          for (const char c : a.of) words += c == ',' ? std::string("`, `") : std::string(1, c);
          text += "`" + words + "`";
        } else if (a.shape == Alternative::Shape::List) {
          text += "\\[" + link + "\\]";
        } else if (a.shape == Alternative::Shape::Map) {
          text += "{" + link + "}";
        } else {
          text += link;
        }
      }
      return text;
    };
    if (!form.empty() && form[0] != '+')
      out += fmt::format("\nTakes {}{}.\n", takes(form), form[0] == '!' ? "" : ", or a map with the keys below");
    if (!form.empty() && form[0] == '+') out += fmt::format("\nAll keys of {}, and:\n", takes(form.substr(1)));
    const auto rows = fields_of(type.name);
    const bool any = std::any_of(rows.begin(), rows.end(), [](const Field* f) { return !f->later; });
    if (any) out += "\n| key | takes | default | bounds | meaning |\n|---|---|---|---|---|\n";
    std::string later;
    for (const Field* f : rows) {
      if (f->later) {
        later += fmt::format("{}`{}`", later.empty() ? "" : ", ", f->key);
        continue;
      }
      const std::string fallback = f->required ? "required"
                                   : f->fallback == nullptr || std::string_view(f->fallback) == "\"\""
                                       ? ""
                                       : fmt::format("`{}`", f->fallback);
      out += fmt::format("| `{}` | {} | {} | {} | {} |\n", f->key, takes(f->form), escaped(fallback), bound_words(*f),
                         escaped(f->doc));
    }
    if (!later.empty()) out += fmt::format("\nNot yet supported (an error, never ignored): {}.\n", later);
  }
  out += expectation_metrics();
  out += "\n## Products and cost profiles\n\nProducts:";
  for (const Product& p : products()) {
    if (!p.later) out += fmt::format(" `{}` (profile `{}`)", p.name, p.profile);
  }
  out += ". Not yet supported:";
  for (const Product& p : products()) {
    if (p.later) out += fmt::format(" `{}`", p.name);
  }
  out += ".\n\nBuilt-in profiles:";
  for (const EmbeddedFile& f : embedded_profiles()) out += fmt::format(" `{}`", f.name);
  out +=
      ".\n\n## Diagnostics\n\n`meshsim explain CODE` prints cause, example and fix.\n\n| code | meaning |\n|---|---|\n";
  for (const Explanation& e : explanations()) out += fmt::format("| {} | {} |\n", text_of(e.code), escaped(e.title));
  return out;
}

}  // namespace reader
