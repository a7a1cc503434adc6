// The text forms of ids, and the slot of what is named by text.
#include "actors/domain/ids.hpp"

namespace usher {
namespace {

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

template <class Tag>
std::optional<Id<Tag>> Id<Tag>::parse(std::string_view hex) {
  if (hex.size() != 2 * size) return std::nullopt;
  Bytes bytes{};
  for (std::size_t i = 0; i < size; ++i) {
    const auto high = hex_digit(hex[2 * i]);
    const auto low = hex_digit(hex[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>((*high << 4) | *low);
  }
  return Id{bytes};
}

template <class Tag>
std::string Id<Tag>::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (const std::uint8_t byte : bytes_) {
    text += digits[byte >> 4];
    text += digits[byte & 0x0F];
  }
  return text;
}

template class Id<TicketTag>;
template class Id<OrderTag>;
template class Id<PaymentTag>;

// 32 bit FNV-1a, its upper half folded onto the lower one by exclusive or.
Slot slot_of_text(std::string_view text) {
  constexpr std::uint32_t offset_basis = 2166136261U;
  constexpr std::uint32_t prime = 16777619U;
  std::uint32_t hash = offset_basis;
  for (const char c : text) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= prime;
  }
  return static_cast<Slot>((hash >> 16) ^ (hash & 0xFFFFU));
}

}  // namespace usher
