// The one way into the node's log. A line is a message and fields; how it is written (text, or one
// JSON object) is decided here alone, and whatever a caller hands in is quoted, so no text of a
// client can end a line or forge a field. Before start() nothing is written; any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace usher::log {

// What a field is called: a literal of small letters and _, checked when it is compiled. Those that
// every line has are taken.
class FieldName {
 public:
  consteval FieldName(const char* name) : text_(name) {  // implicit: {"id", request.id}
    bool is_good = !text_.empty() && text_ != "time" && text_ != "level" && text_ != "message";
    for (const char c : text_) is_good = is_good && ((c >= 'a' && c <= 'z') || c == '_');
    if (!is_good) throw "a field's name is small letters and _, and none that every line has";
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Field {
  FieldName name;
  std::variant<std::string_view, std::int64_t, bool> value;

  Field(FieldName field, std::string_view text) : name(field), value(text) {}
  Field(FieldName field, const char* text) : name(field), value(std::string_view{text}) {}
  Field(FieldName field, const std::string& text) : name(field), value(std::string_view{text}) {}
  Field(FieldName field, bool flag) : name(field), value(flag) {}
  template <class Number>
  requires(std::integral<Number> && !std::same_as<Number, bool>)
      Field(FieldName field, Number number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
};
using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

enum class Format { text, json };

// Starts writing to standard error. `level`: trace, debug, info, warn, error or off. Lines are
// gathered and written together, some times a second, by a thread of their own: no thread that
// serves requests waits for a terminal, nor wakes another one for each line. A warning or worse is
// written at once. When standard error takes nothing, the newest lines are dropped and counted, not
// requests.
void start(std::string_view level, Format format);
// Writes what is left, as far as standard error takes it within `time_ms_max`: whoever reads the
// log and has stopped reading does not keep the node from ending. Lines after this are lost.
void stop(std::int64_t time_ms_max = 1'000);

// The part of a line behind its time and level, for tests: `message name=value`, or the members of
// a JSON object.
[[nodiscard]] std::string render(Format format, std::string_view message, Fields fields);

}  // namespace usher::log
