// The blog on the simulator of the shop's tests (tests/sim/world.hpp): one thread, one virtual
// clock, and the dice say whose turn it is, when the power goes and when the moderator is away.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>

#include "examples/blog/node.hpp"
#include "examples/blog/queries.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/verify.hpp"
#include "tests/sim/world.hpp"

using namespace usher;

namespace {

struct Counts {
  int crashes = 0, failed_writes = 0, switches = 0, posts = 0, comments = 0, left_pending = 0;
};

class BlogSimulation {
 public:
  explicit BlogSimulation(test::Seed seed) : seed_(seed), dice_(seed), world_(trace_) {
    options_.simulated = true;
    options_.shard_count = 4;
    options_.active_aggregates_max = 16;  // so that they come and go
    options_.recover_from_memory = dice_.one_in(2);
  }

  Counts counts;
  [[nodiscard]] std::uint64_t hash() const { return trace_.hash(); }

  void run() {
    start();
    for (int step = 0; step < 600; ++step) this->step();
    if (node_->gauges().journal_failed) restart();
    counts.left_pending += static_cast<int>(pending().size());
    finish();
    check();
    stop_abruptly();
  }

 private:
  // ---- the node's life

  void start() {
    store_ = std::make_unique<MemoryStore>(disk_);
    JournalOptions options;
    options.shard_count = options_.shard_count;
    options.clock_us = [this] { return world_.clock().now_us(); };
    options.application = Blog::application();
    auto opened = Journal::open(*store_, options);
    REQUIRE(opened.has_value());
    journal_ = *std::move(opened);
    node_ = std::make_unique<BlogNode>(world_.actors(), world_.clock(), *journal_, options_,
                                       dice_.one_in(2), seed_ * 1'000 + incarnation_++,
                                       std::function<void(std::vector<FeedRecord>)>{});
    node_->start();
  }

  void stop_abruptly() {
    is_cut_ = true;  // who waits hears nothing that counts
    world_.crash();
    node_.reset();
    is_cut_ = false;
    journal_.reset();
    store_.reset();
  }

  void restart() {
    ++counts.crashes;
    stop_abruptly();
    start();
  }

  // ---- one step

  void step() {
    if (node_->gauges().journal_failed && dice_.one_in(20)) return restart();
    if (dice_.one_in(120)) return restart();
    if (dice_.one_in(150)) {
      ++counts.failed_writes;
      return disk_->fail_next_write(dice_.one_in(2) ? MemoryDisk::Outcome::kept
                                                    : MemoryDisk::Outcome::lost);
    }
    if (dice_.one_in(40)) {
      ++counts.switches;
      return node_->moderate(!node_->moderates());
    }
    if (dice_.one_in(8)) return write();
    if (dice_.one_in(12) || !world_.run_one(dice_)) world_.pass(dice_.between(1, 3'000));
  }

  template <class A>
  void ask(typename A::Key key, typename A::Command command,
           std::function<void(const Seen<A>&)> done) {
    node_->door().ask<A>(key, std::move(command), {world_.clock().now_ms() + 5'000, {}}, {},
                         [this, done](Answered<Seen<A>> answer) {
                           if (answer && !is_cut_) done(*answer);
                         });
  }

  void write() {
    const auto drawn = node_->door().new_id<Draw>();
    if (posts_.empty() || dice_.one_in(4)) {
      const PostId id = drawn.id;
      return ask<Post>(id, Post::Create{"post", drawn.at_us}, [this, id](const Seen<Post>& post) {
        posts_[id] = post.state->at_us;
        ++counts.posts;
      });
    }
    auto of = posts_.begin();
    std::advance(of, static_cast<std::ptrdiff_t>(dice_.below(posts_.size())));
    const CommentId id = comment_id(of->first, drawn.id);
    const std::string content = dice_.one_in(2) ? "an orange" : "an apple";
    ask<Comment>(id, Comment::Write{content, of->second, drawn.at_us},
                 [this, id, content](const Seen<Comment>&) {
                   comments_[id] = content;
                   ++counts.comments;
                 });
  }

  // ---- the end

  // What the journal has: comments by what is to be done for them.
  std::map<CommentId, std::string> pending() {
    std::map<CommentId, std::string> found;
    const auto records = journal_->read_feed(0, 100'000);
    REQUIRE(records.has_value());
    for (const auto& fed : *records) {
      const auto id = key_of<Comment>(fed.record.stream);
      if (!id) continue;
      const auto event =
          decode_event<Comment>(fed.record.type, fed.record.schema, fed.record.payload);
      REQUIRE(event.has_value());
      if (const auto* created = std::get_if<Comment::Created>(&*event))
        found[*id] = created->content;
      if (std::holds_alternative<Comment::Updated>(*event)) found.erase(*id);
    }
    return found;
  }

  // Everybody finishes, however late the reminders are.
  void finish() {
    constexpr DurationMs patience_ms = 120'000;
    const TimeMs until = world_.clock().now_ms() + patience_ms;
    node_->moderate(true);
    while (world_.clock().now_ms() < until) {
      while (world_.run_one(dice_)) {
      }
      if (node_->gauges().journal_failed) {  // by the last fault, which was still to come
        restart();
        node_->moderate(true);
      }
      if (pending().empty()) return;
      world_.pass(world_.next_timer().value_or(1'000) + 1);
    }
  }

  void check() {
    CHECK(pending().empty());
    check_comments();
    // What was acknowledged is shown.
    const auto shown = list_posts(*journal_, {}, std::nullopt);
    REQUIRE(shown.has_value());
    const auto posts = Json::parse(shown->json);
    for (const auto& [id, at_us] : posts_) CHECK(posts.contains(hex(id)));
    for (const auto& [id, content] : comments_) {
      bool found = false;
      for (const auto& comment : posts.at(hex(post_of(id))).at("comments"))
        found =
            found || (comment.at("id") == hex(own_part(id)) && comment.at("content") == content);
      CHECK(found);
    }
    // And replay equals live.
    ReplayOf<Blog> replay;
    VerifyOptions options;
    options.visit = [&](const Record& record) { replay.see(record); };
    options.shard_done = [&](ShardNumber shard) { replay.finish_shard(*store_, shard); };
    const auto report = verify(*store_, options);
    for (const auto* findings : {&report.findings, &replay.findings()})
      for (const auto& finding : *findings) FAIL_CHECK(text_of(finding));
  }

  // Each comment was moderated once, and rightly: its events are these three, in this order.
  void check_comments() {
    std::map<CommentId, std::vector<Comment::Event>> events;
    const auto records = journal_->read_feed(0, 100'000);
    REQUIRE(records.has_value());
    for (const auto& fed : *records)
      if (const auto id = key_of<Comment>(fed.record.stream))
        events[*id].push_back(
            *decode_event<Comment>(fed.record.type, fed.record.schema, fed.record.payload));
    for (const auto& [id, of_one] : events) {
      const auto& created = std::get<Comment::Created>(of_one.at(0));
      const auto verdict = verdict_on(created.content);
      const std::vector<Comment::Event> expected{created,
                                                 Comment::Moderated{created.content, verdict},
                                                 Comment::Updated{created.content, verdict}};
      CHECK((of_one == expected));
    }
    for (const auto& [id, content] : comments_) CHECK(events.contains(id));
  }

  test::Seed seed_;
  sim::Trace trace_;
  test::Dice dice_;
  sim::World world_;
  RuntimeOptions options_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<BlogNode> node_;
  std::uint64_t incarnation_ = 0;
  bool is_cut_ = false;
  std::map<PostId, std::int64_t> posts_;       // acknowledged
  std::map<CommentId, std::string> comments_;  // acknowledged
};

}  // namespace

TEST_CASE("whatever goes wrong, no comment is lost and each is moderated once") {
  Counts all;
  for (test::Seed seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    BlogSimulation simulation{seed};
    simulation.run();
    const auto& counts = simulation.counts;
    all.crashes += counts.crashes, all.failed_writes += counts.failed_writes;
    all.switches += counts.switches, all.posts += counts.posts, all.comments += counts.comments;
    all.left_pending += counts.left_pending;
  }
  // Nobody trusts in faults that never come.
  CHECK(all.crashes > 300);
  CHECK(all.failed_writes > 150);
  CHECK(all.switches > 1'000);
  CHECK(all.posts > 500);
  CHECK(all.comments > 500);
  CHECK(all.left_pending > 300);
}

TEST_CASE("the same seed is the same run") {
  const auto hash_of = [](test::Seed seed) {
    BlogSimulation simulation{seed};
    simulation.run();
    return simulation.hash();
  };
  CHECK(hash_of(7) == hash_of(7));
  CHECK(hash_of(7) != hash_of(8));
}
