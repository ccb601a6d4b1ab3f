#include "sim/event.h"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace sim;

TEST_CASE("an event gives back what it was made of, at both ends of every range") {
  for (const Time at : {Time{0}, Time{123'456'789}, kHorizonMax}) {
    for (const std::uint32_t tie : {0U, 5U, 4095U}) {
      for (const std::uint32_t subject : {0U, 77U, 0xffff'ffffU}) {
        for (const std::uint32_t generation : {0U, 9U, 0x00ff'ffffU}) {
          for (const int kind : {0, 3, 255}) {
            const Event e = make_event(at, tie, static_cast<std::uint8_t>(kind), subject, generation);
            CHECK(time_of(e) == at);
            CHECK(tie_of(e) == tie);
            CHECK(subject_of(e) == subject);
            CHECK(generation_of(e) == generation);
            CHECK(kind_of(e) == kind);
          }
        }
      }
    }
  }
}

TEST_CASE("keys order by time before tie; ties and generations are cut to their bits") {
  CHECK(make_event(2, 0, 0, 0, 0).key > make_event(1, 4095, 0, 0, 0).key);
  CHECK(make_event(1, 1, 0, 0, 0).key > make_event(1, 0, 0, 0, 0).key);
  CHECK(make_event(1, 4096 + 3, 0, 0, 0) == make_event(1, 3, 0, 0, 0));
  CHECK(make_event(1, 0, 0, 0, (1U << 24) + 5) == make_event(1, 0, 0, 0, 5));
}
