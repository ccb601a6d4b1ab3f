#include "sim/slot_table.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace {

using namespace sim;

struct Row {
  std::uint64_t value;
  std::uint64_t other;
};

}  // namespace

TEST_CASE("slots are reused last in, first out, and every reuse has a new generation") {
  SlotTable<Row> table;
  const std::uint32_t a = table.acquire();
  const std::uint32_t b = table.acquire();
  CHECK(a == 0);
  CHECK(b == 1);
  CHECK(table.generation(b) == 0);
  CHECK(table.is_current(b, 0));
  table.release(a);
  table.release(b);
  CHECK_FALSE(table.is_current(b, 0));
  CHECK_FALSE(table.is_current(b, 1));  // free: nobody's
  CHECK(table.size() == 0);
  CHECK(table.acquire() == b);
  CHECK(table.is_current(b, 1));
  CHECK(table.acquire() == a);
  CHECK(table.size() == 2);
}

TEST_CASE("rows that hold their own generation need no column beside them") {
  struct OwnRow {
    std::uint64_t value = 7;
    std::uint32_t generation : 24 = 0;
    std::uint32_t flags : 8 = 0;
  };
  SlotTable<OwnRow> table;
  const std::uint32_t a = table.acquire();
  table.renew(a).flags = 255;
  CHECK(table[a].value == 7);
  CHECK(table.generation(a) == 0);
  table.release(a);
  CHECK(table.generation(a) == 1);
  CHECK(table.acquire() == a);
  table[a].value = 8;
  CHECK(table.renew(a).value == 7);
  CHECK(table.generation(a) == 1);
  for (std::uint32_t i = 0; i < (1U << 24); ++i) {
    table.release(a);
    static_cast<void>(table.acquire());
  }
  CHECK(table.generation(a) == 1);
  CHECK(table.bytes() == table.capacity() * sizeof(OwnRow));
}

TEST_CASE("generations wrap within 24 bits") {
  SlotTable<Row> table;
  const std::uint32_t slot = table.acquire();
  for (std::uint32_t i = 0; i < (1U << 24); ++i) {
    table.release(slot);
    static_cast<void>(table.acquire());
  }
  CHECK(table.generation(slot) == 0);
  table.release(slot);
  static_cast<void>(table.acquire());
  CHECK(table.generation(slot) == 1);
}

TEST_CASE("rows keep their address and their content while the table grows, and start on a cache line") {
  SlotTable<Row> table;
  std::vector<Row*> rows;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const std::uint32_t slot = table.acquire();
    REQUIRE(slot == i);
    rows.push_back(&table[slot]);
    table[slot] = Row{i, ~std::uint64_t{i}};
  }
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    REQUIRE(&table[i] == rows[i]);
    REQUIRE(rows[i]->value == i);
    REQUIRE(rows[i]->other == ~std::uint64_t{i});
  }
  CHECK(reinterpret_cast<std::uintptr_t>(rows[0]) % 4096 == 0);
  CHECK(table.capacity() == 1'024);  // four pages of 256 rows
  CHECK(table.bytes() >= 1'024 * (sizeof(Row) + 4));
}

TEST_CASE("reserved rows are handed out from the lowest on") {
  SlotTable<Row> table;
  table.reserve(300);
  CHECK(table.capacity() == 512);  // whole pages
  std::vector<bool> seen(512, false);
  for (int i = 0; i < 512; ++i) seen[table.acquire()] = true;
  CHECK(seen == std::vector<bool>(512, true));
  CHECK(table.capacity() == 512);
}
