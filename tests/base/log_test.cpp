// What a line of the log looks like: nothing that is handed in can end it, or forge a field.
#include "base/log/log.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace usher;
using Json = nlohmann::json;

namespace {

Json parsed(std::string_view message, log::Fields fields) {
  return Json::parse("{" + log::render(log::Format::json, message, fields) + "}");
}

}  // namespace

TEST_CASE("text for people: names and values, quoted only where it is needed") {
  CHECK(log::render(log::Format::text, "ready", {}) == "ready");
  CHECK(log::render(log::Format::text, "request",
                    {{"status", 200}, {"path", "/a"}, {"tls", false}, {"id", ""}}) ==
        R"(request status=200 path=/a tls=false id="")");
  CHECK(log::render(log::Format::text, "m", {{"why", "no room"}, {"q", "a=b"}}) ==
        R"(m why="no room" q="a=b")");
}

TEST_CASE("nothing ends a line before its end") {
  for (const std::string& evil : {std::string{"a\nb"}, std::string{"a\r\nb"}, std::string{"a\tb"},
                                  std::string{"a\0b", 3}, std::string{"a\x1b[31mb"}}) {
    for (const auto format : {log::Format::text, log::Format::json}) {
      const auto line = log::render(format, evil, {{"field", evil}});
      CAPTURE(line);
      for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
    CHECK(parsed(evil, {{"field", evil}}).at("field") == evil);
    CHECK(parsed(evil, {}).at("message") == evil);
  }
}

TEST_CASE("JSON: every value comes back as it was; what is no UTF-8 is replaced") {
  CHECK(parsed("m", {{"a", R"(","level":"forged)"}}).at("a") == R"(","level":"forged)");
  CHECK(parsed("m", {{"a", "C:\\x"}}).at("a") == "C:\\x");
  CHECK(parsed("m", {{"a", "Zürich 東京 😀"}}).at("a") == "Zürich 東京 😀");
  CHECK(parsed("m", {{"a", -5}, {"b", true}, {"c", std::size_t{7}}}) ==
        Json{{"message", "m"}, {"a", -5}, {"b", true}, {"c", 7}});
  for (const std::string broken :
       {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80",
        "\xf0\x80\x80\x80", "\x80", "\xf4\x90\x80\x80"}) {
    CAPTURE(broken.size());
    const auto value = parsed("m", {{"a", "x" + broken + "y"}}).at("a").get<std::string>();
    CHECK(value.starts_with("x\xEF\xBF\xBD"));
    CHECK(value.ends_with("y"));
  }
}
