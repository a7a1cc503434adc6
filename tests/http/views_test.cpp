// JSON texts, times, entity tags and text rules, by themselves.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "http/front/text.hpp"
#include "http/requests/idempotency.hpp"
#include "http/views/conditional.hpp"
#include "http/views/json_views.hpp"

using namespace usher;
using namespace usher::http;

namespace {

std::string json_text_of(std::string_view text) {
  return json_of([&](JsonWriter& json) { json.text(text); });
}

WriteConditions conditions(const std::string& name, const std::string& value) {
  Request request;
  request.headers.add(name, value);
  const auto conditions = conditions_of(request);
  REQUIRE(conditions.has_value());
  return *conditions;
}
using Versions = std::vector<Version>;
Versions wanted(const std::string& if_match) {
  return conditions("If-Match", if_match).if_match.value();
}

}  // namespace

TEST_CASE("any text survives the way through JSON") {
  std::string text;
  for (int c = 0; c < 128; ++c) text += static_cast<char>(c);
  text += "\xC3\xBC\xE2\x80\xA8\xF0\x9F\x8E\xAB";
  CHECK(nlohmann::json::parse(json_text_of(text)) == text);
  CHECK(json_text_of("a\"b\\c\n") == R"("a\"b\\c\u000a")");
}

TEST_CASE("times have milliseconds and a Z") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(1'705'111'746'123) == "2024-01-13T02:09:06.123Z");
  CHECK(iso_time(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(iso_time(1'709'251'199'999) == "2024-02-29T23:59:59.999Z");
  CHECK(iso_time(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a price is a JSON number, exactly") {
  for (const auto& [minor, text] : std::vector<std::pair<std::int64_t, std::string>>{
           {2000, "20"}, {1999, "19.99"}, {1990, "19.9"}, {5, "0.05"}, {100'000'000, "1000000"}}) {
    const auto out = json_of([minor = minor](JsonWriter& json) {
      write_ticket(json, TicketId{}, 1, Ticket::State{{UserId{"u"}, "T", Money{minor}}, 0, {}},
                   usd);
    });
    CHECK(out.find("\"price\":" + text + ",") != std::string::npos);
  }
}

TEST_CASE("the version outside is one less than the number of events") {
  CHECK(outside(1) == 0);
  CHECK(outside(8) == 7);
  CHECK(outside(0) == 0);
  CHECK(version_etag(4) == "\"3\"");
}

TEST_CASE("If-Match names versions") {
  CHECK_FALSE(conditions_of(Request{}).value().if_match);
  CHECK_FALSE(conditions("If-Match", "*").if_match);
  CHECK(wanted("\"0\"") == Versions{1});
  CHECK(wanted(" \"7\" ") == Versions{8});
  CHECK(wanted("W/\"7\"") == Versions{8});
  CHECK(wanted("\"1\",\"x\", \"2\"") == Versions{2, 0, 3});
  for (const std::string never : {"\"\"", "\"x\"", "\"-1\"", "\"1.0\""})
    CHECK(wanted(never) == Versions{0});
  for (const std::string malformed : {"", "7", "\"7", "\"1\", 7"}) {
    CAPTURE(malformed);
    Request request;
    request.headers.add("If-Match", malformed);
    CHECK_FALSE(conditions_of(request));
  }
}

TEST_CASE("If-None-Match of a write names versions that may not stand, or any") {
  CHECK(conditions("If-None-Match", "*").if_absent);
  CHECK(conditions("If-None-Match", "\"0\", \"3\"").if_none_match == Versions{1, 4});
  CHECK_FALSE(conditions("If-None-Match", "\"0\"").if_absent);
}

TEST_CASE("a condition that is there but names nothing, or that nobody looks at, is a complaint") {
  const auto is_refused = [](const std::string& name, const std::string& value) {
    Request request;
    request.headers.add(name, value);
    return !conditions_of(request).has_value();
  };
  for (const std::string name : {"If-Match", "If-None-Match"})
    for (const std::string value : {"", " ", ",", " , "}) {
      CAPTURE(name);
      CHECK(is_refused(name, value));
    }
  CHECK(is_refused("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"));
  CHECK_FALSE(is_refused("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"));  // of reads alone
}

TEST_CASE("If-None-Match compares weakly with every tag of its list") {
  CHECK(names_etag("\"a\"", "\"a\""));
  CHECK(names_etag("W/\"a\"", "\"a\""));
  CHECK(names_etag("\"a\"", "W/\"a\""));
  CHECK(names_etag("\"x\" , \"a\"", "\"a\""));
  CHECK(names_etag("*", "\"a\""));
  CHECK(names_etag("\"b,c\", \"a\"", "\"a\""));
  CHECK_FALSE(names_etag("\"b,a,c\"", "\"a\""));
  CHECK_FALSE(names_etag("a", "\"a\""));
  CHECK_FALSE(names_etag("", "\"a\""));
  CHECK_FALSE(names_etag(",,,\"", "\"a\""));
}

TEST_CASE("a list's tag changes with rows, versions, order and the end") {
  const auto a = *TicketId::parse("65a1f0c2b3d4e5f60718293a");
  const auto b = *TicketId::parse("65a1f0c2b3d4e5f60718293b");
  using Rows = std::vector<TicketRow>;
  const auto tag = [](Rows rows, std::optional<std::string> next = {}) {
    return list_etag(Page<TicketRow>{std::move(rows), std::move(next)});
  };
  CHECK(tag({{a, 1, {}}, {b, 1, {}}}) == tag({{a, 1, {}}, {b, 1, {}}}));
  CHECK(tag({{a, 1, {}}, {b, 1, {}}}) != tag({{a, 1, {}}, {b, 2, {}}}));
  CHECK(tag({{a, 1, {}}, {b, 1, {}}}) != tag({{b, 1, {}}, {a, 1, {}}}));
  CHECK(tag({{a, 1, {}}}) != tag({{a, 1, {}}}, "more"));
}

TEST_CASE("an idempotency key's id depends on each of its parts, and on where they end") {
  const auto id = request_key_id("ada", "POST /x", "k");
  CHECK(id == request_key_id("ada", "POST /x", "k"));
  CHECK(id != request_key_id("bob", "POST /x", "k"));
  CHECK(id != request_key_id("ada", "POST /y", "k"));
  CHECK(id != request_key_id("ada", "POST /x", "l"));
  CHECK(request_key_id("a", "bc", "d") != request_key_id("ab", "c", "d"));
  CHECK(fingerprint_of({"a", "b"}) == fingerprint_of({"a", "b"}));
  CHECK(fingerprint_of({"ab", ""}) != fingerprint_of({"a", "b"}));
}

TEST_CASE("UTF-8 is read strictly") {
  CHECK(is_utf8("a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x8E\xAB"));
  for (const std::string text :
       {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xFF", "\xC3(", "\xE2\x82"})
    CHECK_FALSE(is_utf8(text));
  CHECK(count_code_points("a\xC3\xBC\xF0\x9F\x8E\xAB") == 3);
}

TEST_CASE("blanks are taken off both ends, also those of other scripts") {
  CHECK(without_blanks("") == "");
  CHECK(without_blanks(" \t\r\n ") == "");
  CHECK(without_blanks(" a b ") == "a b");
  CHECK(without_blanks("\xE2\x80\x83\xC2\xA0x\xE3\x80\x80") == "x");
  CHECK(without_blanks("\xC3\xBC") == "\xC3\xBC");
}

TEST_CASE("values in links are percent-encoded") {
  CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encoded("a b&c=\xC3\xBC>") == "a%20b%26c%3D%C3%BC%3E");
}
