#include "scenarios/reader/expect_words.h"

#include "scenarios/reader/scalars.h"

namespace reader {

using models::ExpectOperator;

namespace {

bool is_symbol(char c) { return c == '(' || c == ')' || c == '<' || c == '>' || c == '=' || c == '!'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::vector<Token> tokens_of(const std::string& text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    if (text[i] == '(' || text[i] == ')') {
      ++i;
    } else if (is_symbol(text[i])) {
      while (i < text.size() && is_symbol(text[i]) && text[i] != '(' && text[i] != ')') ++i;
    } else {
      while (i < text.size() && !is_blank(text[i]) && !is_symbol(text[i])) ++i;
    }
    tokens.push_back({text.substr(start, i - start), start});
  }
  return tokens;
}

std::optional<ExpectOperator> operator_of(const std::string& text) {
  for (const ExpectOperator op : {ExpectOperator::Less, ExpectOperator::LessOrEqual, ExpectOperator::Greater,
                                  ExpectOperator::GreaterOrEqual, ExpectOperator::Equal}) {
    if (text == models::symbol_of(op)) return op;
  }
  return std::nullopt;
}

std::optional<double> percentile_of(const std::string& word) {
  if (word.size() < 2 || word[0] != 'p' || word.find_first_not_of("0123456789.", 1) != std::string::npos)
    return std::nullopt;
  const auto parsed = parse_percent(word.substr(1) + "%");
  const std::size_t point = word.find('.');
  if (!parsed.value || (point != std::string::npos && word.size() - point > 3)) return std::nullopt;
  return *parsed.value >= 0.01 && *parsed.value <= 0.9999 ? parsed.value : std::nullopt;
}

}  // namespace reader
