// The blog's contract, against its real executable over HTTP (docs/your-own-application.md).
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/blog/support/blog_process.hpp"

using namespace usher::blog_test;
using usher::integration::Errors;

namespace {

bool is_id(const std::string& text) {
  return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// The path that a Link header leads to.
std::string next_of(const Answer& answer) {
  const auto link = answer.header("link");
  const auto end = link.find(">; rel=\"next\"");
  return end == std::string::npos ? "" : link.substr(1, end - 1);
}

// Everything that a list has, following its links; how many answers that took.
struct WholeList {
  std::vector<Json> items;
  int answers = 0;
};
WholeList read_all(Client& client, std::string target) {
  WholeList list;
  while (!target.empty()) {
    const auto answer = client.get(target);
    REQUIRE(answer.status == 200);
    for (const auto& item : answer.json()) list.items.push_back(item);
    ++list.answers;
    target = next_of(answer);
  }
  return list;
}

struct Blog {
  TempDir folder;
  Served served;
  Client client;
  explicit Blog(Arguments more = {})
      : served(folder / "data", std::move(more)), client(served.client()) {}
};

}  // namespace

TEST_CASE("a post is created at either path, and listed") {
  Blog blog;
  CHECK(blog.client.get("/posts").text == "{}");
  for (const auto* path : {"/posts", "/posts/create"}) {
    const auto answer = blog.client.post(path, {{"title", "Héllo \"world\" 🍊"}});
    CHECK(answer.status == 201);
    const auto body = answer.json();
    CHECK(body.size() == 2);
    CHECK(body.at("title") == "Héllo \"world\" 🍊");
    const std::string id = body.at("id");
    CHECK(is_id(id));
    const auto posts = blog.client.get("/posts").json();
    CHECK(posts.at(id) ==
          Json{{"id", id}, {"title", body.at("title")}, {"comments", Json::array()}});
  }
  CHECK(blog.client.get("/posts").json().size() == 2);
}

TEST_CASE("a comment is answered as pending with all before it, then moderated") {
  Blog blog;
  const auto post = new_post(blog.client);
  const auto first = blog.client.post(comments_of(post), {{"content", "an apple"}});
  CHECK(first.status == 201);
  REQUIRE(first.json().size() == 1);
  CHECK(first.json()[0].size() == 3);
  CHECK(is_id(first.json()[0].at("id")));
  CHECK(first.json()[0].at("content") == "an apple");
  CHECK(first.json()[0].at("status") == "pending");
  wait_for_updates(blog.served, 1);

  const auto second = blog.client.post(comments_of(post), {{"content", "an orange"}}).json();
  REQUIRE(second.size() == 2);
  CHECK(second[0].at("status") == "approved");
  CHECK(second[1].at("status") == "pending");
  const auto third = blog.client.post(comments_of(post), {{"content", "an Orange"}}).json();
  REQUIRE(third.size() == 3);
  wait_for_updates(blog.served, 3);

  const auto comments = blog.client.get(comments_of(post)).json();
  REQUIRE(comments.size() == 3);
  CHECK(comments[0] ==
        Json{{"id", first.json()[0].at("id")}, {"content", "an apple"}, {"status", "approved"}});
  CHECK(comments[1].at("status") == "rejected");
  CHECK(comments[2].at("status") == "approved");
  CHECK(blog.client.get("/posts").json().at(post).at("comments") == comments);
}

TEST_CASE("comments on an unknown post: none to read, 404 to write") {
  Blog blog;
  for (const auto* id : {"00000000", "ffffffff", "nothing", "123", "0000000000000000"}) {
    CAPTURE(id);
    const auto read = blog.client.get(comments_of(id));
    CHECK(read.status == 200);
    CHECK(read.json() == Json::array());
    const auto written = blog.client.post(comments_of(id), {{"content", "nice"}});
    CHECK(written.status == 404);
    CHECK(written.errors() == Errors{"Not Found"});
  }
  CHECK(blog.client.get("/events").json() == Json::array());
}

TEST_CASE("texts are 1 to 1,000 characters, whatever their bytes") {
  Blog blog;
  const auto post = new_post(blog.client);
  struct Field {
    std::string path, name;
    Errors refused;
  };
  const std::vector<Field> fields = {
      {"/posts", "title", {"Title must be between 1 and 1000 characters (title)"}},
      {"/posts/create", "title", {"Title must be between 1 and 1000 characters (title)"}},
      {comments_of(post), "content", {"Content must be between 1 and 1000 characters (content)"}}};
  for (const auto& field : fields) {
    CAPTURE(field.path);
    for (const auto& good : {std::string{"a"}, repeated("a", 1'000), repeated("🍊", 1'000)})
      CHECK(blog.client.post(field.path, {{field.name, good}}).status == 201);
    for (const auto& bad : {Json(""), Json(repeated("a", 1'001)), Json(repeated("🍊", 1'001)),
                            Json(7), Json(nullptr), Json::array({"a"}), Json{{"a", "b"}}}) {
      const auto answer = blog.client.post(field.path, {{field.name, bad}});
      CHECK(answer.status == 400);
      CHECK(answer.errors() == field.refused);
    }
    CHECK(blog.client.post(field.path, Json::object()).status == 400);
    CHECK(blog.client.call("POST", field.path, {{"Content-Type", "application/json"}}, "{\"")
              .status == 400);
    CHECK(blog.client
              .call("POST", field.path, {{"Content-Type", "application/json"}},
                    "{\"" + field.name + "\":\"\xff\"}")
              .status == 400);
    CHECK(blog.client.call("POST", field.path).status == 400);
  }
}

TEST_CASE("all events are listed in order, with what the contract names") {
  Blog blog;
  const auto post = new_post(blog.client, "First");
  const auto comment =
      blog.client.post(comments_of(post), {{"content", "orange"}}).json()[0].at("id");
  wait_for_updates(blog.served, 1);
  const auto events = blog.client.get("/events").json();
  const auto of_comment = [&](const char* type, const char* status) {
    return Json{
        {"type", type},
        {"data", {{"id", comment}, {"postId", post}, {"content", "orange"}, {"status", status}}}};
  };
  CHECK(events ==
        Json::array({{{"type", "PostCreated"}, {"data", {{"id", post}, {"title", "First"}}}},
                     of_comment("CommentCreated", "pending"),
                     of_comment("CommentModerated", "rejected"),
                     of_comment("CommentUpdated", "rejected")}));
}

TEST_CASE("events from outside are kept and shown, and never applied") {
  Blog blog;
  const auto post = new_post(blog.client, "First");
  const auto comment =
      blog.client.post(comments_of(post), {{"content", "nice"}}).json()[0].at("id");
  wait_for_updates(blog.served, 1);
  const std::vector<Json> sent = {
      {{"type", "PostCreated"}, {"data", {{"id", "aaaaaaaa"}, {"title", "forged"}}}},
      {{"type", "CommentCreated"},
       {"data",
        {{"id", "bbbbbbbb"}, {"postId", post}, {"content", "forged"}, {"status", "pending"}}}},
      {{"type", "CommentUpdated"},
       {"data",
        {{"id", comment}, {"postId", post}, {"content", "forged"}, {"status", "rejected"}}}},
      {{"type", "Anything"}, {"data", nullptr}},
      {{"type", "Anything"}, {"data", Json::array({1, 2.5, "drei", true, Json::object()})}}};
  for (const auto& event : sent) {
    const auto answer = blog.client.post("/events", event);
    CHECK(answer.status == 200);
    CHECK(answer.json() == Json{{"status", "OK"}});
  }
  const auto events = blog.client.get("/events").json();
  REQUIRE(events.size() == 4 + sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(events[4 + i] == sent[i]);
  CHECK(blog.client.get("/posts").json() ==
        Json{{post,
              {{"id", post},
               {"title", "First"},
               {"comments", {{{"id", comment}, {"content", "nice"}, {"status", "approved"}}}}}}});
  CHECK(blog.client.get(comments_of("aaaaaaaa")).json() == Json::array());
  // On the live stream they have a name of their own: no page takes them for the blog's.
  const auto stream = blog.client.stream(
      "/events?after=4", {{"Accept", "text/event-stream"}}, std::chrono::seconds(60),
      [](const std::string& so_far) { return so_far.find("drei") == std::string::npos; });
  CHECK(stream.find("event: outside") != std::string::npos);
  CHECK(stream.find("event: message") == std::string::npos);
}

TEST_CASE("an event from outside: its type is 1 to 64 letters, its data up to 16 KiB") {
  Blog blog;
  const auto post_event = [&](const Json& body) { return blog.client.post("/events", body); };
  CHECK(post_event({{"type", repeated("a", 64)}, {"data", 1}}).status == 200);
  for (const auto& type : {Json(""), Json(repeated("a", 65)), Json("Post 2"), Json("Post2"),
                           Json("Übung"), Json(5), Json(nullptr)}) {
    const auto answer = post_event({{"type", type}, {"data", 1}});
    CHECK(answer.status == 400);
    CHECK(answer.errors() == Errors{"Type must be between 1 and 64 letters (type)"});
  }
  CHECK(post_event({{"data", 1}}).status == 400);
  CHECK(post_event({{"type", "A"}}).errors() == Errors{"Data is required (data)"});
  // A text of n letters is n + 2 bytes of JSON.
  CHECK(post_event({{"type", "A"}, {"data", std::string(16'382, 'x')}}).status == 200);
  CHECK(post_event({{"type", "A"}, {"data", std::string(16'383, 'x')}}).errors() ==
        Errors{"Data must be at most 16384 bytes of JSON (data)"});
  // However it is written.
  const auto escaped = [&](int letters) {
    return blog.client.call("POST", "/events", {{"Content-Type", "application/json"}},
                            R"({"type":"A","data":")" + repeated("\\u0041", letters) + "\"}");
  };
  CHECK(escaped(16'382).status == 200);
  CHECK(escaped(16'383).status == 400);
  CHECK(blog.client
            .call("POST", "/events", {{"Content-Type", "application/json"}},
                  R"({"type":"A","data":)" + repeated("[", 5'000) + repeated("]", 5'000) + "}")
            .status == 400);
  CHECK(blog.client.get("/events").json().size() == 3);
}

TEST_CASE("events from outside are limited for each client, and the blog goes on") {
  Blog blog;
  Answer refused;
  for (int i = 0; i < 1'000 && refused.status != 429; ++i)
    refused = blog.client.post("/events", {});
  CHECK(refused.status == 429);
  CHECK(refused.errors() == Errors{"Too many requests"});
  CHECK(std::stoi(refused.header("retry-after")) >= 1);
  CHECK(blog.client.post("/posts", {{"title", "still here"}}).status == 201);
}

TEST_CASE("lists have at most 1,000 entries, then a Link; following it misses and repeats none") {
  Blog blog({"--moderation", "off"});  // so that no event comes while we read
  const auto post = new_post(blog.client, "0");
  std::vector<std::string> comments, posts{post};
  for (int i = 1; i <= 1'000; ++i) posts.push_back(new_post(blog.client, std::to_string(i)));
  for (int i = 0; i <= 1'000; ++i) {
    const auto answer = blog.client.post(comments_of(post), {{"content", std::to_string(i)}});
    REQUIRE(answer.status == 201);
    CHECK(answer.json().size() == static_cast<std::size_t>(std::min(i + 1, 1'000)));
    CHECK(next_of(answer).empty() == (i < 1'000));
  }
  const auto first_page = blog.client.get("/posts");
  CHECK(first_page.json().size() == 1'000);
  // Of one post with more comments only the first ones; the others' are not hidden by them.
  CHECK(first_page.json().at(post).at("comments").size() == 1'000);
  const auto list = read_all(blog.client, "/posts");
  CHECK(list.answers == 2);
  REQUIRE(list.items.size() == posts.size());
  std::set<std::string> titles;
  for (const auto& item : list.items) titles.insert(item.at("title"));
  CHECK(titles.size() == posts.size());
  CHECK(list.items.back().at("title") == "1000");

  const auto all = read_all(blog.client, comments_of(post));
  CHECK(all.answers == 2);
  REQUIRE(all.items.size() == 1'001);
  for (std::size_t i = 0; i < all.items.size(); ++i)
    CHECK(all.items[i].at("content") == std::to_string(i));

  const auto events = read_all(blog.client, "/events");
  CHECK(events.answers == 3);
  REQUIRE(events.items.size() == 2'002);
  for (std::size_t i = 0; i < posts.size(); ++i)
    CHECK(events.items[i].at("data").at("id") == posts[i]);
}

TEST_CASE("a cursor that is none is refused") {
  Blog blog;
  const auto post = new_post(blog.client);
  for (const auto* after : {"zz", "00", "", "0102030405060708090a0b0c0d", "-1"})
    for (const auto& path : {std::string{"/posts"}, comments_of(post)}) {
      CAPTURE(path);
      CAPTURE(after);
      const auto answer = blog.client.get(path + "?after=" + after);
      CHECK(answer.status == 400);
      CHECK(answer.errors() == Errors{"After must be a cursor from a Link header (after)"});
    }
  for (const auto* after : {"x", "-1", "1.5", "99999999999999999999"})
    CHECK(blog.client.get(std::string{"/events?after="} + after).status == 400);
  CHECK(blog.client.get("/events?after=1000").json() == Json::array());
}

TEST_CASE("any origin may ask, without credentials; OPTIONS is answered") {
  Blog blog;
  const auto post = new_post(blog.client);
  const auto is_open = [](const Answer& answer) {
    return answer.header("access-control-allow-origin") == "*" &&
           answer.header("access-control-allow-credentials").empty();
  };
  const auto origin = std::pair<std::string, std::string>{"Origin", "https://elsewhere.example"};
  for (const auto& path : {std::string{"/posts"}, std::string{"/posts/create"}, comments_of(post),
                           std::string{"/events"}, std::string{"/moderation"}}) {
    CAPTURE(path);
    const auto answer = blog.client.call("OPTIONS", path,
                                         {origin,
                                          {"Access-Control-Request-Method", "POST"},
                                          {"Access-Control-Request-Headers", "content-type"}});
    CHECK(answer.status == 204);
    CHECK(is_open(answer));
    CHECK(answer.header("access-control-allow-headers").find("Content-Type") != std::string::npos);
    const auto wanted = path == "/moderation" ? "PUT" : "POST";
    CHECK(answer.header("access-control-allow-methods").find(wanted) != std::string::npos);
  }
  CHECK(is_open(blog.client.get("/posts", {origin})));
  CHECK(is_open(blog.client.post("/posts", {{"title", "a"}}, {origin})));
  CHECK(is_open(blog.client.post("/posts", {{"title", ""}}, {origin})));
  CHECK(is_open(blog.client.post(comments_of("00000000"), {{"content", "a"}}, {origin})));
  CHECK(is_open(blog.client.get("/nothing", {origin})));
  CHECK(blog.client.get("/nothing").status == 404);
  CHECK(blog.client.get("/nothing").errors() == Errors{"Not Found"});
}

TEST_CASE("the page is there, its files come from here alone, and nothing in it is inline") {
  Blog blog;
  const auto page = blog.client.get("/");
  CHECK(page.status == 200);
  CHECK(page.header("content-type").find("text/html") == 0);
  const auto policy = page.header("content-security-policy");
  CHECK(policy.find("default-src 'self'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(page.text.find("<script>") == std::string::npos);
  CHECK(page.text.find("<style") == std::string::npos);
  CHECK(page.text.find(" style=") == std::string::npos);
  CHECK(page.text.find(" onclick") == std::string::npos);
  for (const auto* file : {"/blog.js", "/blog.css", "/icon.svg"}) {
    CHECK(page.text.find(std::string{file}.substr(1)) != std::string::npos);
    CHECK(blog.client.get(file).status == 200);
  }
  const auto script = blog.client.get("/blog.js").text;
  CHECK(script.find("This comment is awaiting moderation") != std::string::npos);
  CHECK(script.find("This comment has been rejected") != std::string::npos);
  CHECK(script.find("innerHTML") == std::string::npos);
  CHECK(blog.client.get("/../CMakeLists.txt").status != 200);
}

TEST_CASE("the live stream brings what happens, and what was missed") {
  Blog blog;
  const auto post = new_post(blog.client, "First");
  blog.client.post(comments_of(post), {{"content", "nice"}});
  wait_for_updates(blog.served, 1);
  auto reader = blog.served.client();
  bool wrote = false;
  const auto said =
      reader.stream("/events", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "2"}},
                    std::chrono::seconds(60), [&](const std::string& so_far) {
                      if (!wrote && so_far.find("CommentUpdated") != std::string::npos)
                        wrote = !new_post(blog.client, "While you listen").empty();
                      return so_far.find("While you listen") == std::string::npos;
                    });
  CHECK(said.find("First") == std::string::npos);
  CHECK(said.find("CommentCreated") == std::string::npos);
  CHECK(said.find("id: 3-00000000\nevent: message\ndata: {\"type\":\"CommentModerated\"") !=
        std::string::npos);
  CHECK(said.find("id: 5-00000000\nevent: message\ndata: {\"type\":\"PostCreated\"") !=
        std::string::npos);
}
