// docs/contract.md, section 2, tickets, and what section 6 adds to them.
#include "http/requests/idempotency.hpp"
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

std::vector<std::string> titles(const Answer& answer) {
  std::vector<std::string> out;
  for (const auto& ticket : answer.json()) out.push_back(ticket.at("title"));
  return out;
}
using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("a signed-in user offers a ticket") {
  ApiClient api;
  const auto answer =
      api.post("/api/tickets", {{"title", "Concert"}, {"price", 20}}, {api.as("ada")});
  CHECK(answer.status == 201);
  CHECK(answer.header("Content-Type") == "application/json; charset=utf-8");
  const auto ticket = answer.json();
  const std::string id = ticket.at("id");
  CHECK(id.size() == 24);
  CHECK(answer.text ==
        R"({"title":"Concert","price":20,"userId":"ada","version":0,"id":")" + id + "\"}");
  CHECK(answer.header("Location") == "/api/tickets/" + id);
  CHECK(answer.header("ETag") == "\"0\"");
  CHECK(api.get("/api/tickets/" + id).text == answer.text);
}

TEST_CASE("fields that nobody asked for are ignored") {
  ApiClient api;
  const auto answer = api.post(
      "/api/tickets",
      {{"title", "A"}, {"price", 1}, {"userId", "eve"}, {"version", 9}, {"orderId", unknown_id}},
      {api.as("ada")});
  CHECK(answer.json().at("userId") == "ada");
  CHECK(answer.json().at("version") == 0);
  CHECK_FALSE(answer.json().contains("orderId"));
}

TEST_CASE("the checks of POST tickets come in this order: JSON, session, body") {
  ApiClient api;
  CHECK(api.send("POST", "/api/tickets", "{").status == 400);
  CHECK(api.send("POST", "/api/tickets", "{").errors() == Errors{"Malformed JSON"});
  const auto signed_out = api.post("/api/tickets", {{"title", ""}});
  CHECK(signed_out.status == 401);
  CHECK(signed_out.text == R"({"errors":[{"message":"Not authorized"}]})");
  const auto invalid = api.post("/api/tickets", Json::object(), {api.as("ada")});
  CHECK(invalid.status == 400);
  CHECK(invalid.text == R"({"errors":[{"message":"Title is required","field":"title"},)"
                        R"({"message":"Price must be greater than 0","field":"price"}]})");
}

TEST_CASE("a body that is not application/json counts as {}") {
  ApiClient api;
  const auto answer =
      api.call("POST", "/api/tickets", {api.as("ada"), {"Content-Type", "text/plain"}},
               R"({"title":"A","price":1})");
  CHECK(answer.errors().size() == 2);
}

TEST_CASE("the list shows what is for sale, in order of creation") {
  ApiClient api;
  CHECK(api.get("/api/tickets").text == "[]");
  const auto first = api.offer("ada", "First");
  api.offer("ada", "Second");
  api.offer("bob", "Third");
  CHECK(titles(api.get("/api/tickets")) == Titles{"First", "Second", "Third"});
  const auto order = api.reserve("bob", first);
  CHECK(titles(api.get("/api/tickets")) == Titles{"Second", "Third"});
  CHECK(api.call("DELETE", "/api/orders/" + order, {api.as("bob")}).status == 204);
  CHECK(titles(api.get("/api/tickets/")) == Titles{"First", "Second", "Third"});
}

TEST_CASE("a reserved ticket names its order, a released one does not, a sold one does") {
  ApiClient api;
  const auto id = api.offer("ada");
  auto order = api.reserve("bob", id);
  auto ticket = api.get("/api/tickets/" + id).json();
  CHECK(ticket.at("orderId") == order);
  CHECK(ticket.at("version") == 1);
  api.call("DELETE", "/api/orders/" + order, {api.as("bob")});
  ticket = api.get("/api/tickets/" + id).json();
  CHECK_FALSE(ticket.contains("orderId"));
  CHECK(ticket.at("version") == 2);
  order = api.reserve("eve", id);
  CHECK(api.pay("eve", order).status == 201);
  ticket = api.get("/api/tickets/" + id).json();
  CHECK(ticket.at("orderId") == order);
  CHECK(ticket.at("version") == 4);
}

TEST_CASE("an unknown or malformed id is 404, upper case is accepted") {
  ApiClient api;
  for (const std::string& id : {unknown_id, std::string{"abc"}, std::string(25, 'a')}) {
    CAPTURE(id);
    const auto answer = api.get("/api/tickets/" + id);
    CHECK(answer.status == 404);
    CHECK(answer.text == R"({"errors":[{"message":"Not Found"}]})");
  }
  std::string id = api.offer("ada");
  for (char& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(api.get("/API/Tickets/" + id).status == 200);
}

TEST_CASE("the owner changes title and price, and the version grows even without a difference") {
  ApiClient api;
  const auto path = "/api/tickets/" + api.offer("ada");
  const Json body{{"title", "Better"}, {"price", "19.99"}};
  auto answer = api.put(path, body, {api.as("ada")});
  CHECK(answer.status == 200);
  CHECK(answer.json().at("title") == "Better");
  CHECK(answer.text.find("\"price\":19.99,") != std::string::npos);
  CHECK(answer.json().at("version") == 1);
  answer = api.put(path, body, {api.as("ada")});
  CHECK(answer.json().at("version") == 2);
  CHECK(answer.header("ETag") == "\"2\"");
}

TEST_CASE("the checks of PUT come in this order: JSON, session, body, 404, reserved, owner") {
  ApiClient api;
  const auto id = api.offer("ada");
  const auto path = "/api/tickets/" + id;
  const Json good{{"title", "B"}, {"price", 5}};
  CHECK(api.send("PUT", "/api/tickets/" + unknown_id, "nonsense").status == 400);
  CHECK(api.put("/api/tickets/" + unknown_id, Json::object()).status == 401);
  const auto invalid = api.put("/api/tickets/" + unknown_id, Json::object(), {api.as("bob")});
  CHECK(invalid.status == 400);
  CHECK(invalid.errors() == Errors{"Title is required (title)",
                                   "Price must be provided and must be greater than 0 (price)"});
  CHECK(api.put("/api/tickets/" + unknown_id, good, {api.as("bob")}).status == 404);
  CHECK(api.put("/api/tickets/xyz", good, {api.as("bob")}).status == 404);
  CHECK(api.put(path, good, {api.as("bob")}).status == 401);
  api.reserve("eve", id);
  const auto reserved = api.put(path, good, {api.as("bob")});  // before the ownership
  CHECK(reserved.status == 400);
  CHECK(reserved.errors() == Errors{"Cannot edit a reserved ticket"});
  CHECK(api.get(path).json().at("title") == "Concert");
}

TEST_CASE("If-Match: a change based on an old version is refused with the current one") {
  ApiClient api;
  const auto path = "/api/tickets/" + api.offer("ada");
  const Json body{{"title", "B"}, {"price", 5}};
  const auto with = [&](const std::string& tag) {
    return api.put(path, body, {api.as("ada"), {"If-Match", tag}});
  };
  CHECK(with("\"0\"").status == 200);
  const auto stale = with("\"0\"");
  CHECK(stale.status == 412);
  CHECK(stale.header("ETag") == "\"1\"");
  CHECK(stale.json().at("version") == 1);
  CHECK(stale.errors() == Errors{"It was changed meanwhile"});
  CHECK(with("W/\"1\"").status == 200);
  CHECK(with("*").status == 200);
  CHECK(with("\"elsewhere\"").status == 412);
  CHECK(with("3").status == 400);  // a version, but no entity tag
  CHECK(with("\"18446744073709551615\"").status == 412);
  CHECK(with("\"3\", \"4\"").status == 200);  // one of them
  CHECK(with("\"4\"").status == 200);
}

TEST_CASE("a write is made only when every condition of it holds") {
  ApiClient api;
  const auto id = api.offer("ada");
  const std::string path = "/api/tickets/" + id;
  const Json body{{"title", "B"}, {"price", 5}};
  const auto put = [&](HeaderList headers) {
    headers.push_back(api.as("ada"));
    return api.put(path, body, std::move(headers));
  };
  const auto version = [&] { return api.get(path).json().at("version").get<int>(); };
  // Each is refused, and nothing is written.
  struct Case {
    HeaderList headers;
    int status;
  };
  for (const auto& [headers, status] : {
           Case{{{"If-Match", ""}}, 400},  // there, but it names nothing
           Case{{{"If-None-Match", ""}}, 400},
           Case{{{"If-Match", "garbage"}}, 400},
           Case{{{"If-Match", "\"0\", garbage"}}, 400},
           Case{{{"If-Match", "\"0"}}, 400},
           Case{{{"If-Match", "\"0\" \"1\""}}, 400},
           Case{{{"If-Match", "*, \"0\""}}, 400},
           Case{{{"If-Match", "w/\"0\""}}, 400},
           Case{{{"If-Match", ","}}, 400},
           Case{{{"If-None-Match", "7"}}, 400},
           Case{{{"If-None-Match", "\"7\", *"}}, 400},
           Case{{{"If-None-Match", "*"}}, 412},
           Case{{{"If-None-Match", "\"0\""}}, 412},
           Case{{{"If-None-Match", "\"7\", W/\"0\""}}, 412},
           Case{{{"If-None-Match", "\"7\""}, {"If-None-Match", "\"0\""}}, 412},
           Case{{{"If-Match", "\"1\", \"2\""}}, 412},
           Case{{{"If-Match", "\"0\""}, {"If-None-Match", "*"}}, 412},
           Case{{{"If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"}}, 400},
       }) {
    CAPTURE(headers.front().first);
    CAPTURE(headers.front().second);
    const auto answer = put(headers);
    CHECK(answer.status == status);
    CHECK(version() == 0);
    if (status == 412) CHECK(answer.header("ETag") == "\"0\"");
    if (status == 412) CHECK(answer.json().at("version") == 0);
  }
  CHECK(put({{"If-Match", ", \"7\",, \"0\","}}).status == 200);
  CHECK(put({{"If-None-Match", "\"7\""}}).status == 200);
  CHECK(put({{"If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"}}).status == 200);
  CHECK(version() == 3);
  CHECK(
      api.put("/api/tickets/" + unknown_id, body, {api.as("ada"), {"If-None-Match", "*"}}).status ==
      404);
}

TEST_CASE("a write that judges no condition refuses one, a read judges it by its ETag") {
  ApiClient api;
  const auto id = api.offer("ada");
  const Json offer{{"title", "B"}, {"price", 5}};
  for (const std::string name : {"If-Match", "If-None-Match", "If-Unmodified-Since"}) {
    CAPTURE(name);
    const std::pair<std::string, std::string> condition{name, "*"};
    CHECK(api.post("/api/tickets", offer, {api.as("ada"), condition}).status == 400);
    CHECK(api.post("/api/orders", {{"ticketId", id}}, {api.as("bob"), condition}).status == 400);
    CHECK(api.post("/api/users/signout", {}, {condition}).status == 400);
  }
  CHECK(api.get("/api/tickets").json().size() == 1);
  const std::string path = "/api/tickets/" + id;
  CHECK(api.get(path, {{"If-Match", "\"0\""}}).status == 200);
  CHECK(api.get(path, {{"If-Match", "*"}}).status == 200);
  CHECK(api.get(path, {{"If-Match", "\"4\""}}).status == 412);
  CHECK(api.get(path, {{"If-Match", ""}}).status == 400);
  CHECK(api.get(path, {{"If-Match", "garbage"}}).status == 400);
  CHECK(api.get(path, {{"If-None-Match", "garbage"}}).status == 200);  // it knows no copy of it
  CHECK(api.get(path, {{"If-None-Match", "\"4\""}, {"If-None-Match", "\"0\""}}).status == 304);
}

TEST_CASE("the same JSON in another spelling, under the same key, is the same request") {
  ApiClient api;
  const HeaderList headers{api.as("ada"), {"Idempotency-Key", "one"}};
  const auto first =
      api.send("POST", "/api/tickets", R"({"title":"M\u00fcnchen","price":19.90})", headers);
  REQUIRE(first.status == 201);
  for (const std::string body : {R"({"price":19.9,"title":"M\u00FCnchen"})",
                                 "{ \"title\" : \"M\xC3\xBCnchen\",\n\"price\":\"19.90\"}",
                                 R"({"title":"x","title":"M\u00fcnchen","price":1.99e1})"}) {
    CAPTURE(body);
    const auto again = api.send("POST", "/api/tickets", body, headers);
    CHECK(again.status == 201);
    CHECK(again.text == first.text);
  }
  CHECK(api.send("POST", "/api/tickets", R"({"title":"M","price":19.9})", headers).status == 422);
  CHECK(api.get("/api/tickets").json().size() == 1);
  const HeaderList twice{api.as("ada"), {"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}};
  CHECK(api.post("/api/tickets", {{"title", "T"}, {"price", 1}}, twice).status == 400);
}

// The first release took the body's bytes for the request.
TEST_CASE("a key that an earlier release has claimed still meets its answer") {
  ApiClient api;
  const std::string body = R"({"title":"A","price":5})";
  const auto id = TicketId::mint(api.market.clock, 7, 7);
  http::Request sent;
  sent.body = body;
  const auto once = http::once_of("one", sent, "ada", "POST /api/tickets", {}, 0);
  api.market.ask(once.key->id,
                 RequestKey::Command{RequestKey::Claim{*once.key->older_fingerprint, id.bytes()}},
                 {.deadline = api.market.clock, .if_version = std::nullopt}, [](auto) {});
  const HeaderList headers{api.as("ada"), {"Idempotency-Key", "one"}};
  CHECK(api.send("POST", "/api/tickets", body, headers).json().at("id") == id.hex());
  CHECK(api.send("POST", "/api/tickets", R"({"title":"B","price":5})", headers).status == 422);
}

TEST_CASE("a cursor holds in its own list, in its own order, for its own search") {
  ApiClient api;
  for (int i = 0; i < 6; ++i) api.offer("ada", "Ticket " + std::to_string(i), i + 1);
  const auto cursor_of = [&](const std::string& target, HeaderList headers = {}) {
    const auto link = api.get(target, std::move(headers)).header("Link");
    const auto at = link.find("after=") + 6;
    return link.substr(at, link.find_first_of("&>", at) - at);
  };
  const auto status = [&](const std::string& target, const std::string& cursor,
                          HeaderList headers = {}) {
    const char separator = target.find('?') == std::string::npos ? '?' : '&';
    return api.get(target + separator + "after=" + cursor, std::move(headers)).status;
  };
  const std::vector<std::string> lists = {
      "/api/tickets?limit=2", "/api/tickets?limit=2&sort=-created",
      "/api/tickets?limit=2&sort=price", "/api/tickets?limit=2&q=ticket",
      "/api/tickets/mine?limit=2"};
  for (const auto& from : lists) {
    const auto cursor = cursor_of(from, {api.as("ada")});
    for (const auto& to : lists) {
      CAPTURE(from);
      CAPTURE(to);
      CHECK(status(to, cursor, {api.as("ada")}) == (from == to ? 200 : 400));
    }
  }
  CHECK(status("/api/tickets/mine?limit=2", cursor_of("/api/tickets/mine?limit=2", {api.as("ada")}),
               {api.as("bob")}) == 400);
  CHECK(status("/api/tickets?limit=2&sort=created", cursor_of("/api/tickets?limit=2")) == 200);
  // Cut, longer, or mistyped in any place: it is not the cursor that was given out.
  for (const auto& list : lists) {
    const auto cursor = cursor_of(list, {api.as("ada")});
    CHECK(status(list, cursor + "0", {api.as("ada")}) == 400);
    for (std::size_t at = 0; at < cursor.size(); ++at) {
      auto mistyped = cursor;
      mistyped[at] = mistyped[at] == 'a' ? 'b' : 'a';
      CAPTURE(mistyped);
      CHECK(status(list, cursor.substr(0, at), {api.as("ada")}) == 400);
      CHECK(status(list, mistyped, {api.as("ada")}) == 400);
    }
  }
  for (const std::string nonsense : {"zzz", "", "0", "00000000.", "%00"})
    for (const auto& list : lists) CHECK(status(list, nonsense, {api.as("ada")}) == 400);
}

TEST_CASE("a repeat under an Idempotency-Key gets the first answer, whatever has happened since") {
  ApiClient api;
  const Json body{{"title", "Concert"}, {"price", 20}};
  const HeaderList headers{api.as("ada"), {"Idempotency-Key", "one"}};
  const auto first = api.post("/api/tickets", body, headers);
  CHECK(first.status == 201);
  const auto path = "/api/tickets/" + first.json().at("id").get<std::string>();
  const auto repeat = api.post("/api/tickets", body, headers);
  CHECK(repeat.status == 201);
  CHECK(repeat.text == first.text);
  CHECK(api.get("/api/tickets").json().size() == 1);

  api.put(path, {{"title", "Changed"}, {"price", 1}}, {api.as("ada")});
  const auto late = api.post("/api/tickets", body, headers);
  CHECK(late.text == first.text);
  CHECK(late.header("ETag") == "\"0\"");
  CHECK(api.get(path).json().at("title") == "Changed");

  SUBCASE("another body is refused") {
    const auto other = api.post("/api/tickets", {{"title", "Other"}, {"price", 20}}, headers);
    CHECK(other.status == 422);
    CHECK(other.errors() == Errors{"Idempotency-Key was used for another request"});
  }
  SUBCASE("the key is the user's own") {
    const auto other = api.post("/api/tickets", body, {api.as("bob"), {"Idempotency-Key", "one"}});
    CHECK(other.status == 201);
    CHECK(other.json().at("id") != first.json().at("id"));
  }
}

TEST_CASE("a key whose first request failed is tried again") {
  ApiClient api;
  const Json body{{"title", "Concert"}, {"price", 20}};
  const HeaderList headers{api.as("ada"), {"Idempotency-Key", "one"}};
  api.market.refuse_next = Refusal{Failure::unknown, 0, {}};
  const auto failed = api.post("/api/tickets", body, headers);
  CHECK(failed.status == 503);
  CHECK_FALSE(failed.header("Retry-After").empty());
  CHECK(api.post("/api/tickets", body, headers).status == 201);
  CHECK(api.get("/api/tickets").json().size() == 1);
}

TEST_CASE("an Idempotency-Key is 1 to 255 visible characters") {
  ApiClient api;
  const Json body{{"title", "Concert"}, {"price", 20}};
  const auto status_of = [&](const std::string& key) {
    return api.post("/api/tickets", body, {api.as("ada"), {"Idempotency-Key", key}}).status;
  };
  CHECK(status_of("") == 400);
  CHECK(status_of("two words") == 400);
  CHECK(status_of(std::string(256, 'k')) == 400);
  CHECK(status_of(std::string(255, 'k')) == 201);
}

TEST_CASE("an id that is taken is drawn again, a few times") {
  ApiClient api;
  const auto taken = *TicketId::parse(api.offer("ada", "Taken"));
  const Json body{{"title", "New"}, {"price", 1}};
  api.market.next_ticket_ids = {taken};
  CHECK(api.post("/api/tickets", body, {api.as("ada")}).status == 201);
  api.market.next_ticket_ids = {taken, taken, taken, taken};
  CHECK(api.post("/api/tickets", body, {api.as("ada")}).status == 503);
  CHECK(titles(api.get("/api/tickets")) == Titles{"Taken", "New"});
}

TEST_CASE("pages lead on by Link until the end") {
  ApiClient api;
  for (const char* title : {"A", "B", "C", "D", "E"}) api.offer("ada", title);
  auto page = api.get("/api/tickets?limit=2");
  CHECK(titles(page) == Titles{"A", "B"});
  // The digits name the list and the place, so that the cursor holds in no other, and cut in none.
  CHECK(page.header("Link") == R"(</api/tickets?limit=2&after=d1ca7e6a.2>; rel="next")");
  page = api.get("/api/tickets?limit=2&after=d1ca7e6a.2");
  CHECK(titles(page) == Titles{"C", "D"});
  page = api.get("/api/tickets?limit=2&after=cbca74f8.4");
  CHECK(titles(page) == Titles{"E"});
  CHECK(page.header("Link").empty());
}

TEST_CASE("an unpaged list has a limit, behind which Link leads on") {
  auto options = course_options();
  options.pages.unpaged_rows_max = 3;
  ApiClient api{options};
  for (const char* title : {"A", "B", "C"}) api.offer("ada", title);
  CHECK(api.get("/api/tickets").header("Link").empty());
  api.offer("ada", "D");
  const auto list = api.get("/api/tickets");
  CHECK(titles(list) == Titles{"A", "B", "C"});
  CHECK(list.header("Link") == R"(</api/tickets?limit=200&after=d2ca7ffd.3>; rel="next")");
}

TEST_CASE("tickets are searched by title and sorted by age or price") {
  ApiClient api;
  api.offer("ada", "Opera & more", 30);
  api.offer("ada", "Rock", 10);
  api.offer("ada", "Rock opera", 20);
  CHECK(titles(api.get("/api/tickets?sort=-created")) ==
        Titles{"Rock opera", "Rock", "Opera & more"});
  CHECK(titles(api.get("/api/tickets?sort=price")) == Titles{"Rock", "Rock opera", "Opera & more"});
  CHECK(titles(api.get("/api/tickets?sort=-price")) ==
        Titles{"Opera & more", "Rock opera", "Rock"});
  const auto page = api.get("/api/tickets?q=OPERA&limit=1&sort=-price");
  CHECK(titles(page) == Titles{"Opera & more"});
  CHECK(page.header("Link") ==
        R"(</api/tickets?limit=1&after=8ea945f0.1&sort=-price&q=OPERA>; rel="next")");
  const auto encoded = api.get("/api/tickets?q=%26&limit=1");
  CHECK(titles(encoded) == Titles{"Opera & more"});
}

TEST_CASE("wrong paging parameters are 400 and name the field") {
  ApiClient api;
  const auto errors = [&](const std::string& query) {
    const auto answer = api.get("/api/tickets?" + query);
    CHECK(answer.status == 400);
    return answer.errors();
  };
  for (const std::string limit : {"0", "201", "-1", "x", "", "1e1", "99999999999999999999"}) {
    CAPTURE(limit);
    CHECK(errors("limit=" + limit) == Errors{"Limit must be between 1 and 200 (limit)"});
  }
  CHECK(errors("sort=title") ==
        Errors{"Sort must be one of created, -created, price, -price (sort)"});
  CHECK(
      errors("after=") ==
      Errors{"After must be a cursor from a Link header of this very list, in this order (after)"});
  CHECK(errors("after=" + std::string(2049, 'a')).size() == 1);
  CHECK(errors("q=" + std::string(101, 'a')) == Errors{"Q must be at most 100 characters (q)"});
  CHECK(errors("q=%ff") == Errors{"Q must be UTF-8 (q)"});
  CHECK(api.get("/api/tickets?limit=200").status == 200);
  api.market.refuse_next = Refusal{Rejection::not_found, 0, {}};
  CHECK(
      errors("after=abc") ==
      Errors{"After must be a cursor from a Link header of this very list, in this order (after)"});
}

TEST_CASE("mine lists what the user sells, sold or not") {
  ApiClient api;
  CHECK(api.get("/api/tickets/mine").status == 401);
  const auto sold = api.offer("ada", "Sold");
  api.offer("bob", "Other");
  api.offer("ada", "Open");
  api.pay("bob", api.reserve("bob", sold));
  const auto mine = api.get("/api/tickets/mine?limit=1", {api.as("ada")});
  CHECK(titles(mine) == Titles{"Sold"});
  CHECK(mine.header("Link") == R"(</api/tickets/mine?limit=1&after=ecc2572d.1>; rel="next")");
  CHECK(titles(api.get("/api/tickets/mine", {api.as("ada")})) == Titles{"Sold", "Open"});
}

TEST_CASE("the history tells each version, and names no buyer") {
  ApiClient api;
  const auto id = api.offer("ada");
  const auto path = "/api/tickets/" + id;
  api.put(path, {{"title", "B"}, {"price", 5}}, {api.as("ada")});
  const auto order = api.reserve("bob-the-buyer", id);
  api.call("DELETE", "/api/orders/" + order, {api.as("bob-the-buyer")});
  const auto history = api.get(path + "/history");
  CHECK(history.status == 200);
  CHECK(history.text.find("bob-the-buyer") == std::string::npos);
  std::vector<std::string> events;
  for (const auto& entry : history.json()) events.push_back(entry.at("event"));
  CHECK(events == std::vector<std::string>{"created", "edited", "reserved", "released"});
  CHECK(history.json()[0].at("version") == 0);
  CHECK(history.json()[0].at("at") == "2024-01-13T02:09:06.123Z");
  CHECK(history.json()[2].at("ticket").at("orderId") == order);
  CHECK(history.json()[2].at("ticket").at("version") == 2);

  const auto page = api.get(path + "/history?limit=2&after=0");
  CHECK(page.json().size() == 2);
  CHECK(page.json()[0].at("version") == 1);
  CHECK(page.header("Link") == "<" + path + R"(/history?limit=2&after=2>; rel="next")");
  CHECK(api.get(path + "/history?after=3").text == "[]");
  CHECK(api.get(path + "/history?after=x").status == 400);
  CHECK(api.get("/api/tickets/" + unknown_id + "/history").status == 404);
  CHECK(api.get("/api/tickets/nothing/history").status == 404);
}

TEST_CASE("an unchanged ticket or list is 304") {
  ApiClient api;
  const auto path = "/api/tickets/" + api.offer("ada");
  for (const std::string& target : {path, std::string{"/api/tickets"}, path + "/history",
                                    std::string{"/api/tickets?limit=5"}}) {
    CAPTURE(target);
    const auto etag = api.get(target).header("ETag");
    CHECK_FALSE(etag.empty());
    const auto same = api.get(target, {{"If-None-Match", "\"other\", W/" + etag}});
    CHECK(same.status == 304);
    CHECK(same.text.empty());
    CHECK(same.header("ETag") == etag);
    CHECK(same.header("Content-Type").empty());
    CHECK(api.get(target, {{"If-None-Match", "\"other\""}}).status == 200);
    CHECK(api.get(target, {{"If-None-Match", "*"}}).status == 304);
  }
  const auto etag = api.get("/api/tickets").header("ETag");
  api.put(path, {{"title", "Concert"}, {"price", 20}}, {api.as("ada")});
  CHECK(api.get("/api/tickets", {{"If-None-Match", etag}}).status == 200);
}
