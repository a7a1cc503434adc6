// Golden files: bytes that were ever written, kept so that they can be read for ever.
//
// A file of an event is "type T schema S" and the payload in hex; one of a state is "state" and its
// bytes. USHER_WRITE_GOLDEN=1 writes those that are missing, never one that is there.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "actors/runtime/codec/codec.hpp"
#include "base/hex.hpp"
#include "persistence/journal.hpp"

namespace usher::test {

inline std::string to_lines(const std::string& bytes) {
  constexpr std::size_t bytes_a_line = 32;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    append_hex(text, static_cast<std::uint8_t>(bytes[i]));
    if ((i + 1) % bytes_a_line == 0 || i + 1 == bytes.size()) text += '\n';
  }
  return text;
}

inline std::string golden_text(const NewRecord& record) {
  std::ostringstream text;
  text << "type " << record.type << " schema " << record.schema << "\n" << to_lines(record.payload);
  return text.str();
}

inline std::string file_name(const std::string& event, std::uint16_t schema) {
  return event + "_v" + std::to_string(schema) + ".hex";
}

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::string from_lines(std::istream& in) {
  std::string bytes;
  for (std::string line; in >> line;)
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  return bytes;
}

inline NewRecord record_of(const std::string& golden) {
  std::istringstream in{golden};
  NewRecord record;
  std::string word;
  in >> word >> record.type >> word >> record.schema;
  record.payload = from_lines(in);
  return record;
}

inline std::string state_of(const std::string& golden) {
  std::istringstream in{golden};
  std::string word;
  in >> word;
  return from_lines(in);
}

inline void check_golden(const std::filesystem::path& file, const std::string& text) {
  INFO("what is new needs ", file.string(), " (USHER_WRITE_GOLDEN=1 writes it)");
  if (std::getenv("USHER_WRITE_GOLDEN") && !std::filesystem::exists(file))
    std::ofstream{file, std::ios::binary} << text;
  REQUIRE(std::filesystem::exists(file));
  CHECK(text == text_of(file));
}

// What a sample reads as in the golden file of a schema: all of it, where nothing came later.
inline constexpr auto same_in_every_schema = [](auto sample, std::uint16_t) { return sample; };

// An event as it is written now, and as it was written in every schema before.
template <class A, class AsOf = decltype(same_in_every_schema)>
void check_golden_event(const std::filesystem::path& folder, const std::string& name,
                        const typename A::Event& event, std::set<std::string>& read,
                        AsOf as_of = {}) {
  const NewRecord newest = encode(event);
  check_golden(folder / file_name(name, newest.schema), golden_text(newest));
  for (std::uint16_t schema = 1; schema <= newest.schema; ++schema) {
    const std::string file = file_name(name, schema);
    CAPTURE(file);
    const NewRecord golden = record_of(text_of(folder / file));
    CHECK(golden.schema == schema);
    const auto decoded = decode_event<A>(golden.type, golden.schema, golden.payload);
    REQUIRE(decoded.has_value());
    CHECK((*decoded == as_of(event, schema)));
    read.insert(file);
  }
}

// A state as a snapshot has it now, and in every schema before.
template <class A, class AsOf = decltype(same_in_every_schema)>
void check_golden_state(const std::filesystem::path& folder, const std::string& name,
                        const typename A::State& state, std::set<std::string>& read,
                        AsOf as_of = {}) {
  const std::string bytes = encode_state(state);
  const std::uint8_t newest{static_cast<std::uint8_t>(bytes.front())};
  check_golden(folder / file_name(name, newest), "state\n" + to_lines(bytes));
  for (std::uint16_t schema = 1; schema <= newest; ++schema) {
    const std::string file = file_name(name, schema);
    CAPTURE(file);
    const std::string golden = state_of(text_of(folder / file));
    REQUIRE_FALSE(golden.empty());
    CHECK(static_cast<std::uint8_t>(golden.front()) == schema);
    const auto decoded = decode_state<A>(golden);
    REQUIRE(decoded.has_value());
    CHECK((*decoded == as_of(state, schema)));
    read.insert(file);
  }
}

// One that nothing reads is dead.
inline void check_all_read(const std::filesystem::path& folder, const std::set<std::string>& read) {
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    CAPTURE(entry.path().string());
    CHECK(read.count(entry.path().filename().string()) == 1);
  }
}

}  // namespace usher::test
