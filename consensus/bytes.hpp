// Little-endian integers in a string of bytes, as consensus/raft/core.h describes them. The reader
// never reads past the end: whoever reads what came from outside asks `ok()` when it is done.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "consensus/types.hpp"

namespace usher::consensus {

static_assert(std::endian::native == std::endian::little, "the core takes integers as they lie");

template <class Integer>
void put(std::string& out, Integer value) {
  static_assert(std::is_integral_v<Integer> || std::is_enum_v<Integer>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put_members(std::string& out, const Members& members);
void put_base(std::string& out, const Base& base);
void put_span(std::string& out, const Span& span);

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <class Integer>
  Integer get() {
    Integer value{};
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take(std::size_t count);  // empty if there is less
  void get_base(Base& base);
  // Checked: what it leaves behind can be walked through. More than `entries_max` are an error.
  void get_span(Span& span, std::uint64_t entries_max);
  // Over the bytes of one message, which parse_message has checked.
  void skip_message();

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  void fail() { ok_ = false, rest_ = {}; }

 private:
  void get_ids(std::vector<ReplicaId>& ids);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace usher::consensus
