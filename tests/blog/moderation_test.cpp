// Moderation is switched off and on; kill -9; the query side thrown away. Nothing is lost.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "tests/blog/support/blog_process.hpp"

using namespace usher::blog_test;

namespace {

std::vector<std::string> statuses(Client& client, const std::string& post) {
  std::vector<std::string> all;
  for (const auto& comment : client.get(comments_of(post)).json())
    all.push_back(comment.at("status"));
  return all;
}

using Statuses = std::vector<std::string>;

}  // namespace

TEST_CASE("what is written while the moderator is off is pending, and moderated when it is back") {
  const TempDir folder;
  const Served blog{folder / "data", {"--moderation", "off"}};
  auto client = blog.client();
  CHECK(client.get("/moderation").json() == Json{{"running", false}});
  const auto post = new_post(client);
  client.post(comments_of(post), {{"content", "an apple"}});
  client.post(comments_of(post), {{"content", "an orange"}});
  CHECK(statuses(client, post) == Statuses{"pending", "pending"});

  CHECK(switch_moderation(client, true).json() == Json{{"running", true}});
  wait_for_updates(blog, 2);
  CHECK(statuses(client, post) == Statuses{"approved", "rejected"});

  CHECK(switch_moderation(client, false).json() == Json{{"running", false}});
  client.post(comments_of(post), {{"content", "a pear"}});
  CHECK(statuses(client, post) == Statuses{"approved", "rejected", "pending"});
  switch_moderation(client, true);
  wait_for_updates(blog, 3);
  CHECK(statuses(client, post) == Statuses{"approved", "rejected", "approved"});
}

TEST_CASE("only the operator switches moderation") {
  const TempDir folder;
  const Served blog{folder / "data"};
  auto client = blog.client();
  for (const auto* sent : {"", "Bearer ", "Bearer wrong", "the operator's token",
                           "Bearer the operator's token and more"}) {
    const auto answer = client.put("/moderation", {{"running", false}}, {{"Authorization", sent}});
    CHECK(answer.status == 401);
    CHECK(answer.errors() == usher::integration::Errors{"Not authorized"});
  }
  CHECK(client.put("/moderation", {{"running", false}}).status == 401);
  CHECK(client.get("/moderation").json() == Json{{"running", true}});
  for (const auto& wrong : {Json("off"), Json(0), Json(nullptr)})
    CHECK(client.put("/moderation", {{"running", wrong}}, {{"Authorization", "Bearer " + token}})
              .status == 400);
}

TEST_CASE("comments that were pending when the power went are moderated after the restart") {
  const TempDir folder;
  std::string post;
  {
    Served blog{folder / "data", {"--moderation", "off"}};
    auto client = blog.client();
    post = new_post(client);
    for (const auto* content : {"an apple", "an orange"})
      CHECK(client.post(comments_of(post), {{"content", content}}).status == 201);
    blog.kill();
  }
  {
    // Still off: a restart alone moderates nothing.
    Served blog{folder / "data", {"--moderation", "off"}};
    auto client = blog.client();
    client.post(comments_of(post), {{"content", "a pear"}});
    CHECK(statuses(client, post) == Statuses{"pending", "pending", "pending"});
    CHECK(blog.terminate() == 0);
  }
  Served blog{folder / "data"};
  wait_for_updates(blog, 3);
  auto client = blog.client();
  CHECK(statuses(client, post) == Statuses{"approved", "rejected", "approved"});
  CHECK(blog.terminate() == 0);
  CHECK(run_blog("verify", folder / "data") == 0);
}

TEST_CASE("kill -9 again and again: every acknowledged post, comment and event is there") {
  const TempDir folder;
  std::mutex mutex;
  std::map<std::string, std::string> posts;                   // acknowledged: title by id
  std::vector<std::pair<std::string, std::string>> comments;  // post, content
  std::vector<std::string> outside;                           // data
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    Served blog{folder / "data", {"--moderation", round % 2 == 0 ? "on" : "off"}};
    std::atomic<int> acknowledged{0};
    std::atomic<bool> dead{false};
    const auto count = [&] {
      ++acknowledged;
      acknowledged.notify_one();
    };
    std::vector<std::thread> writers;
    for (int who = 0; who < 3; ++who)
      writers.emplace_back([&, who] {
        auto client = blog.client();
        std::string post;
        for (int i = 0; !dead; ++i) {
          const auto text = std::to_string(round) + "-" + std::to_string(who) + "-" +
                            std::to_string(i) + (i % 3 == 0 ? " orange" : "");
          if (post.empty() || i % 7 == 0) {
            const auto id = new_post(client, text);
            const std::lock_guard lock{mutex};
            if (!id.empty()) posts[post = id] = text;
            if (!id.empty()) count();
          } else if (i % 5 == 0) {
            const std::string data = "event " + text;
            const auto answer = client.post("/events", {{"type", "Seen"}, {"data", data}});
            const std::lock_guard lock{mutex};
            if (answer.status == 200) outside.push_back(data);
            if (answer.status == 200) count();
          } else {
            const auto answer = client.post(comments_of(post), {{"content", text}});
            const std::lock_guard lock{mutex};
            if (answer.status == 201) comments.emplace_back(post, text);
            if (answer.status == 201) count();
          }
        }
      });
    for (int seen = 0; (seen = acknowledged) < 40;) acknowledged.wait(seen);
    blog.kill();
    dead = true;
    for (auto& writer : writers) writer.join();
  }
  Served blog{folder / "data"};
  auto client = blog.client();
  // More may be there than was acknowledged: what was written when the power went.
  std::size_t written = 0;
  std::string events;
  for (std::string target = "/events"; !target.empty();) {
    const auto answer = client.get(target);
    REQUIRE(answer.status == 200);
    for (const auto& event : answer.json())
      if (event.at("type") == "CommentCreated") ++written;
    events += answer.text;
    const auto link = answer.header("link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  wait_for_updates(blog, written);
  for (const auto& data : outside) {
    CAPTURE(data);
    CHECK(events.find('"' + data + '"') != std::string::npos);
  }
  const auto shown = client.get("/posts").json();
  for (const auto& [id, title] : posts) {
    CAPTURE(title);
    REQUIRE(shown.contains(id));
    CHECK(shown.at(id).at("title") == title);
  }
  for (const auto& [post, content] : comments) {
    CAPTURE(content);
    const bool is_refused = content.find("orange") != std::string::npos;
    const Json wanted = is_refused ? "rejected" : "approved";
    bool found = false;
    for (const auto& comment : shown.at(post).at("comments"))
      if (comment.at("content") == content) found = comment.at("status") == wanted;
    CHECK(found);
  }
  CHECK(blog.terminate() == 0);
  CHECK(run_blog("verify", folder / "data") == 0);
}

TEST_CASE("the query side is thrown away, and is the same again: by a start, and by a command") {
  const TempDir folder;
  const auto data = folder / "data";
  std::string post;
  const auto read = [&](const Served& blog) {
    auto client = blog.client();
    return std::vector{client.get("/posts").text, client.get(comments_of(post)).text,
                       client.get("/events").text};
  };
  std::vector<std::string> before;
  {
    Served blog{data};
    auto client = blog.client();
    post = new_post(client, "First");
    new_post(client, "Second");
    for (const auto* content : {"an apple", "an orange"})
      client.post(comments_of(post), {{"content", content}});
    wait_for_updates(blog, 2);
    client.post("/events", {{"type", "Seen"}, {"data", 1}});
    before = read(blog);
    CHECK(blog.terminate() == 0);
  }
  CHECK(before[0].find("an apple") != std::string::npos);
  CHECK(run_blog("verify", data) == 0);
  CHECK(run_blog("forget", data) == 0);
  CHECK(run_blog("verify", data) == 1);  // it is really gone
  {
    Served blog{data};
    CHECK(read(blog) == before);
    CHECK(blog.terminate() == 0);
  }
  CHECK(run_blog("verify", data) == 0);
  CHECK(run_blog("forget", data) == 0);
  CHECK(run_blog("rebuild", data) == 0);
  CHECK(run_blog("verify", data) == 0);
  const Served blog{data};
  CHECK(read(blog) == before);
}

TEST_CASE("wrong words on the command line, or a directory in use, are refused") {
  const TempDir folder;
  CHECK(BlogProcess{{"serve"}}.wait() != 0);
  CHECK(BlogProcess{{"serve", "--data", folder / "data", "--moderation", "perhaps"}}.wait() != 0);
  for (const auto* listen : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":80", "127.0.0.1:8x"})
    CHECK(BlogProcess{{"serve", "--data", folder / "data", "--listen", listen}}.wait() == 1);
  for (const auto* command : {"verify", "rebuild", "forget"})
    CHECK(run_blog(command, folder / "nothing") == 1);
  const Served blog{folder / "data"};
  CHECK(run_blog("rebuild", folder / "data") == 1);
}
