// What was ever written can be read for ever: the bytes of every event, kept in golden/.
//
// A golden file is "type T schema S" and the payload in hex. A new event needs a sample and a
// file; a new schema version needs a second file and leaves the first one alone.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/hex.hpp"
#include "tests/codec/samples.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const std::filesystem::path golden_folder =
    std::filesystem::path{USHER_SOURCE_DIR} / "tests/codec/golden";

std::string to_lines(const std::string& bytes) {
  constexpr std::size_t bytes_a_line = 32;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    append_hex(text, static_cast<std::uint8_t>(bytes[i]));
    if ((i + 1) % bytes_a_line == 0 || i + 1 == bytes.size()) text += '\n';
  }
  return text;
}

std::string golden_text(const NewRecord& record) {
  std::ostringstream text;
  text << "type " << record.type << " schema " << record.schema << "\n" << to_lines(record.payload);
  return text.str();
}

std::string file_name(const std::string& event, std::uint16_t schema) {
  return event + "_v" + std::to_string(schema) + ".hex";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

NewRecord record_of(const std::string& golden) {
  std::istringstream in{golden};
  NewRecord record;
  std::string word;
  in >> word >> record.type >> word >> record.schema;
  for (std::string line; in >> line;)
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      record.payload += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
  return record;
}

// Calls `check` with each kind of aggregate, as a null pointer of its type.
template <class Check>
void for_each_aggregate(Check check) {
  check(static_cast<const Ticket*>(nullptr));
  check(static_cast<const Order*>(nullptr));
  check(static_cast<const Account*>(nullptr));
  check(static_cast<const RequestKey*>(nullptr));
}

}  // namespace

TEST_CASE("every kind of event has a sample") {
  for_each_aggregate([]<class A>(const A* kind) {
    std::set<std::size_t> alternatives;
    for (const auto& [name, event] : samples(kind)) alternatives.insert(event.index());
    CHECK(alternatives.size() == std::variant_size_v<typename A::Event>);
  });
}

TEST_CASE("every kind of event has a record type of its own") {
  std::map<std::uint16_t, std::string> owners;
  for_each_aggregate([&]<class A>(const A* kind) {
    for (const auto& sample : samples(kind)) {
      CAPTURE(sample.first);
      CHECK(owners.emplace(encode(sample.second).type, sample.first).second);
    }
  });
}

TEST_CASE("every event is written as its golden file says, byte for byte") {
  for_each_aggregate([]<class A>(const A* kind) {
    for (const auto& [name, event] : samples(kind)) {
      const NewRecord record = encode(event);
      const auto file = golden_folder / file_name(name, record.schema);
      INFO("an event or schema version that is new needs ", file.string());
      REQUIRE(std::filesystem::exists(file));
      CHECK(golden_text(record) == text_of(file));
    }
  });
}

TEST_CASE("every golden file, of old schema versions too, is read as its sample") {
  std::set<std::string> read;
  for_each_aggregate([&]<class A>(const A* kind) {
    for (const auto& [name, event] : samples(kind)) {
      const std::uint16_t newest = encode(event).schema;
      for (std::uint16_t schema = 1; schema <= newest; ++schema) {
        const std::string file = file_name(name, schema);
        CAPTURE(file);
        const NewRecord golden = record_of(text_of(golden_folder / file));
        CHECK(golden.schema == schema);
        const auto decoded = decode_event<A>(golden.type, golden.schema, golden.payload);
        REQUIRE(decoded.has_value());
        CHECK((*decoded == as_of_schema(event, schema)));
        read.insert(file);
      }
    }
  });
  for (const auto& entry : std::filesystem::directory_iterator{golden_folder}) {
    CAPTURE(entry.path().string());
    CHECK(read.count(entry.path().filename().string()) == 1);  // a file that nothing reads is dead
  }
}
