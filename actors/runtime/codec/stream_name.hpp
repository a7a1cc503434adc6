// The usual name of a stream: a letter for the kind of aggregate, then the key's bytes. Persisted.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

template <std::size_t Size>
std::string stream_name(char kind, const std::array<std::uint8_t, Size>& bytes) {
  std::string name(1 + Size, kind);
  std::transform(bytes.begin(), bytes.end(), name.begin() + 1,
                 [](std::uint8_t byte) { return static_cast<char>(byte); });
  return name;
}

// The bytes behind `kind`; nullopt for another kind or length.
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> bytes_of_stream(char kind, std::string_view stream) {
  if (stream.size() != 1 + Size || stream.front() != kind) return std::nullopt;
  std::array<std::uint8_t, Size> bytes{};
  std::transform(stream.begin() + 1, stream.end(), bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return bytes;
}

template <class AnId>
std::optional<AnId> id_of_stream(char kind, std::string_view stream) {
  const auto bytes = bytes_of_stream<AnId::size>(kind, stream);
  if (!bytes) return std::nullopt;
  return AnId{*bytes};
}

}  // namespace usher
