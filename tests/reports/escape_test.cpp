#include <doctest/doctest.h>

#include <string>

#include "reports/escape.h"

using reports::display_width;
using reports::for_csv;
using reports::for_terminal;
using reports::shortened;

TEST_CASE("control characters never reach a terminal") {
  CHECK(for_terminal("a\x1b[31mred") == "a\\x1b[31mred");
  CHECK(for_terminal(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(for_terminal("tab\tline\nreturn\rbell\a") == "tab\\x09line\\x0areturn\\x0dbell\\x07");
  CHECK(for_terminal("\x7f") == "\\x7f");
  CHECK(for_terminal("\xc2\x9b"
                     "31m") == "\\x9b31m");  // C1: a one-byte CSI
  for (int byte = 0; byte < 256; ++byte) {
    const std::string shown = for_terminal(std::string(1, static_cast<char>(byte)));
    for (const char c : shown) {
      CHECK(static_cast<unsigned char>(c) >= 0x20);
      CHECK(static_cast<unsigned char>(c) < 0x7f);
    }
  }
}

TEST_CASE("bidirectional controls and invisible characters are shown as what they are") {
  CHECK(for_terminal("a\xe2\x80\xae"
                     "b") == "a\\u202eb");
  CHECK(for_terminal("\xe2\x81\xa6") == "\\u2066");
  CHECK(for_terminal("\xe2\x80\x8b") == "\\u200b");
  CHECK(for_terminal("\xef\xbb\xbf") == "\\ufeff");
  CHECK(for_terminal("\xf3\xa0\x81\x81") == "\\U000e0041");
}

TEST_CASE("bytes that are not UTF-8 are shown as bytes") {
  CHECK(for_terminal("\xff\xfe") == "\\xff\\xfe");
  CHECK(for_terminal("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(for_terminal("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(for_terminal("\xe2\x80") == "\\xe2\\x80");                    // cut short
  CHECK(for_terminal("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
}

TEST_CASE("honest text of any language stays") { CHECK(for_terminal("Größe 大きさ ±µ") == "Größe 大きさ ±µ"); }

TEST_CASE("a CSV field is quoted by RFC 4180") {
  CHECK(for_csv("plain") == "plain");
  CHECK(for_csv("a,b") == "\"a,b\"");
  CHECK(for_csv("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(for_csv("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(for_csv("") == "");
}

TEST_CASE("a spreadsheet never sees a formula in text") {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)"}) {
    CHECK(for_csv(text) == "'" + std::string(text));
  }
  CHECK(for_csv("\tx") == "'\tx");
  CHECK(for_csv("\rx") == "\"'\rx\"");
  CHECK(for_csv(std::string("\0x", 2)) == std::string("'\0x", 3));
  CHECK(for_csv("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(for_csv("\xef\xbc\x9d"
                "1") ==
        "'\xef\xbc\x9d"
        "1");  // full-width =
}

TEST_CASE("widths count columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("±1") == 2);
  CHECK(display_width("大") == 2);
  CHECK(display_width("e\xcc\x81") == 1);  // a combining accent
}

TEST_CASE("what is too long loses its middle and fits") {
  CHECK(shortened("short", 10) == "short");
  CHECK(shortened("frontend-to-payment", 9) == "fron…ment");
  CHECK(display_width(shortened("大大大大大大大大", 7)) <= 7);
  CHECK(shortened("abc", 0) == "");
}
