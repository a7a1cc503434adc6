// Where lists end, over a journal in memory.
#include "examples/blog/queries.hpp"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <set>

#include "actors/runtime/actor_threads.hpp"
#include "examples/blog/node.hpp"
#include "persistence/memory_store.hpp"

using namespace usher;

namespace {

JournalOptions journal_options(const Clock& clock, std::string application = "blog") {
  JournalOptions options;
  options.shard_count = RuntimeOptions{}.shard_count;
  options.clock_us = [&clock] { return clock.now_us(); };
  options.application = {std::move(application)};
  return options;
}

// A blog with moderation off, so that nothing changes by itself.
class MemoryBlog {
 public:
  MemoryBlog() : store_(std::make_shared<MemoryDisk>()) {
    auto opened = Journal::open(store_, journal_options(clock_));
    REQUIRE(opened.has_value());
    journal_ = *std::move(opened);
    node_ = std::make_unique<BlogNode>(threads_.system(), clock_, *journal_, RuntimeOptions{},
                                       false, 1, std::function<void(std::vector<FeedRecord>)>{});
    node_->start();
  }
  ~MemoryBlog() { node_->stop(20'000); }

  Seen<Post> post(const std::string& title, PostId& id) {
    const auto drawn = node_->door().new_id<Draw>();
    id = drawn.id;
    return ask<Post>(id, Post::Create{title, drawn.at_us});
  }
  void comment(PostId post, std::int64_t post_at_us, const std::string& content) {
    const auto drawn = node_->door().new_id<Draw>();
    ask<Comment>(comment_id(post, drawn.id), Comment::Write{content, post_at_us, drawn.at_us});
  }
  const Journal& journal() { return *journal_; }
  MemoryStore& store() { return store_; }
  const Clock& clock() { return clock_; }

 private:
  template <class A>
  Seen<A> ask(typename A::Key key, typename A::Command command) {
    std::promise<Answered<Seen<A>>> promise;
    node_->door().ask<A>(key, std::move(command), {clock_.now_ms() + 20'000, {}}, {},
                         [&](Answered<Seen<A>> answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get().value();
  }

  WallClock clock_;
  MemoryStore store_;
  std::unique_ptr<Journal> journal_;
  ActorThreads threads_{2};
  std::unique_ptr<BlogNode> node_;
};

// The sizes of the answers that a whole list takes.
template <class List>
std::vector<std::size_t> sizes(List list) {
  std::vector<std::size_t> all;
  After after;
  do {
    const auto page = list(after);
    REQUIRE(page.has_value());
    all.push_back(Json::parse(page->json).size());
    after = page->next;
  } while (after);
  return all;
}

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE(
    "a list ends at its limit of rows, and its link leads to the rest; at the limit there is "
    "none") {
  MemoryBlog blog;
  PostId first, second, third;
  const auto at = blog.post("first", first).state->at_us;
  blog.post("second", second);
  blog.post("third", third);
  for (int i = 0; i < 5; ++i) blog.comment(first, at, std::to_string(i));
  const auto posts = [&](ListLimits limits) {
    return sizes([&](const After& after) { return list_posts(blog.journal(), limits, after); });
  };
  const auto comments = [&](ListLimits limits) {
    return sizes([&](const After& after) {
      return list_comments(blog.journal(), limits, {first, at, after});
    });
  };
  const auto events = [&](ListLimits limits) {
    return sizes([&](const After& after) { return list_events(blog.journal(), limits, after); });
  };
  CHECK(posts({}) == Sizes{3});
  CHECK(posts({.rows_max = 3}) == Sizes{3});
  CHECK(posts({.rows_max = 2}) == Sizes{2, 1});
  CHECK(comments({.rows_max = 5}) == Sizes{5});
  CHECK(comments({.rows_max = 2}) == Sizes{2, 2, 1});
  CHECK(events({.rows_max = 8}) == Sizes{8});
  CHECK(events({.rows_max = 3}) == Sizes{3, 3, 2});
  // And at its limit of bytes, behind the one that goes past it.
  CHECK(posts({.text_bytes_max = 1}) == Sizes{1, 1, 1});
  CHECK(comments({.text_bytes_max = 1}) == Sizes(5, 1));
  CHECK(events({.text_bytes_max = 1}) == Sizes{8});  // read a hundred at a time
}

TEST_CASE("a post of many comments shows the first ones, and hides no other post") {
  MemoryBlog blog;
  PostId first, second;
  const auto at = blog.post("first", first).state->at_us;
  const auto second_at = blog.post("second", second).state->at_us;
  for (int i = 0; i < 5; ++i) blog.comment(first, at, std::to_string(i));
  blog.comment(second, second_at, "of the second");
  const auto page = list_posts(blog.journal(), {.rows_max = 2}, std::nullopt);
  REQUIRE(page.has_value());
  CHECK_FALSE(page->next.has_value());
  const auto posts = Json::parse(page->json);
  REQUIRE(posts.size() == 2);
  const auto shown = posts.at(hex(first)).at("comments");
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].at("content") == "0");
  CHECK(shown[1].at("content") == "1");
  CHECK(posts.at(hex(second)).at("comments").size() == 1);
}

TEST_CASE("the blog's directory is refused by another application, and another's by the blog") {
  MemoryBlog blog;
  CHECK(Journal::check_application(blog.store(), Blog::application()).has_value());
  CHECK_FALSE(Journal::check_application(blog.store(), {"tickets", true}).has_value());
  const WallClock clock;
  MemoryStore shop{std::make_shared<MemoryDisk>()};
  REQUIRE(Journal::open(shop, journal_options(clock, "tickets")).has_value());
  CHECK_FALSE(Journal::open(shop, journal_options(clock)).has_value());
}
