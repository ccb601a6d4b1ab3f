// The words of one expectation: blanks, parentheses and operators cut it. Not its grammar (decode_expect.cpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "models/spec/expect_spec.h"

namespace reader {

struct Token {
  std::string text;
  std::size_t at = 0;  // bytes from the start of the line
};

// Words, parentheses and operators; a minus is a word that stands alone.
[[nodiscard]] std::vector<Token> tokens_of(const std::string& text);
[[nodiscard]] std::optional<models::ExpectOperator> operator_of(const std::string& text);
// p50, p99.9: from p1 to p99.99, as a fraction.
[[nodiscard]] std::optional<double> percentile_of(const std::string& word);

}  // namespace reader
