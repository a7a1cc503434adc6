// What a checksum is for: no bytes that are almost those that were written are read.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <string>

namespace usher {

// Every bit changed for itself, cut at every length, and continued.
inline void check_no_damage_is_read(const std::string& intact,
                                    const std::function<bool(const std::string&)>& is_read) {
  REQUIRE(is_read(intact));
  for (std::size_t i = 0; i < intact.size(); ++i) {
    CAPTURE(i);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = intact;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      CHECK_FALSE(is_read(damaged));
    }
    CHECK_FALSE(is_read(intact.substr(0, i)));
  }
  CHECK_FALSE(is_read(intact + "x"));
  CHECK_FALSE(is_read(intact + '\0'));
}

}  // namespace usher
