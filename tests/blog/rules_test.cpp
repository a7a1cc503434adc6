// The blog's rules, its bytes and what is derived from them. Pure: no actor, no disk.
#include <doctest/doctest.h>

#include "examples/blog/blog.hpp"
#include "examples/blog/moderator.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using usher::test::given;
using usher::test::given_nothing;

namespace {

constexpr std::int64_t at_us = 1'704'067'200'000'000, later_us = at_us + 5'000;
constexpr TimeMs now = at_us / 1000;
constexpr PostId post{{0xab, 0xcd, 0x01, 0x02}};
constexpr CommentId comment = comment_id(post, {{0x00, 0x11, 0x22, 0x33}});

const Comment::Created created{"nice", at_us, later_us};
const Comment::Moderated moderated{"nice", Status::approved};
const Comment::Updated updated{"nice", Status::approved};

template <class A>
void check_round_trip(const typename A::Event& event) {
  const auto record = encode(event);
  const auto read = decode_event<A>(record.type, record.schema, record.payload);
  REQUIRE(read.has_value());
  CHECK((*read == event));
  CHECK(encode(*read).payload == record.payload);
}

}  // namespace

TEST_CASE("a post is created once; an id that is taken is drawn again") {
  given_nothing<Post>()
      .when(Post::Create{"First", at_us}, now)
      .then({Post::Created{"First", at_us}});
  given<Post>({Post::Created{"First", at_us}})
      .when(Post::Create{"First", at_us}, now)
      .then_rejected(Rejection::already_exists);
}

TEST_CASE("a comment is pending, and asks for the moderator at once") {
  given_nothing<Comment>()
      .when(Comment::Write{"nice", at_us, later_us}, now)
      .then({created})
      .then_effects({Comment::AskModerator{"nice"}})
      .then_reminders({{ReminderName::moderate, later_us / 1000}});
  given<Comment>({created})
      .when(Comment::Write{"nice", at_us, later_us}, now)
      .then_rejected(Rejection::already_exists);
}

TEST_CASE("a pending comment asks again whenever it is reminded") {
  given<Comment>({created})
      .when(Comment::Remind{ReminderName::moderate}, now)
      .then({})
      .then_effects({Comment::AskModerator{"nice"}});
}

TEST_CASE("a verdict is recorded, then what the comment is by it; and the reminder is gone") {
  given<Comment>({created})
      .when(Comment::Moderate{Status::approved}, now)
      .then({moderated, updated})
      .then_effects({})
      .then_reminders({});
  given<Comment>({created})
      .when(Comment::Moderate{Status::rejected}, now)
      .then({Comment::Moderated{"nice", Status::rejected},
             Comment::Updated{"nice", Status::rejected}});
}

TEST_CASE("a second verdict changes nothing, whatever it says, and a late reminder asks nobody") {
  const auto done = given<Comment>({created, moderated, updated});
  CHECK(done.state().status == Status::approved);
  done.when(Comment::Moderate{Status::approved}, now).then_nothing();
  done.when(Comment::Moderate{Status::rejected}, now).then_nothing();
  done.when(Comment::Remind{ReminderName::moderate}, now).then_nothing();
}

TEST_CASE("a comment that does not exist is neither moderated nor reminded") {
  given_nothing<Comment>()
      .when(Comment::Moderate{Status::approved}, now)
      .then_rejected(Rejection::not_found);
  given_nothing<Comment>()
      .when(Comment::Remind{ReminderName::moderate}, now)
      .then_rejected(Rejection::not_found);
}

TEST_CASE("the moderator refuses what contains orange, in lower case, anywhere") {
  for (const auto* content : {"orange", "an orange.", "storangex", "Orange orange"})
    CHECK(verdict_on(content) == Status::rejected);
  for (const auto* content : {"Orange", "ORANGE", "oran ge", "apple", ""})
    CHECK(verdict_on(content) == Status::approved);
}

TEST_CASE("what comes from outside is kept as it is, any number of times") {
  const OutsideEvents::Kept kept{"PostCreated", R"({"id":"x"})"};
  given<OutsideEvents>({kept})
      .when(OutsideEvents::Keep{"PostCreated", R"({"id":"x"})"}, now)
      .then({kept});
}

TEST_CASE("names of streams lead back to their keys, and to no other kind") {
  CHECK(key_of<Post>(stream_of(post)) == post);
  CHECK(key_of<Comment>(stream_of(comment)) == comment);
  CHECK(key_of<OutsideEvents>(stream_of(OutsideId{})).has_value());
  CHECK_FALSE(key_of<Post>(stream_of(comment)).has_value());
  CHECK_FALSE(key_of<Comment>(stream_of(post)).has_value());
  CHECK_FALSE(key_of<OutsideEvents>("xy").has_value());
}

TEST_CASE("a comment lives in the shard of its post, and the shard is spread by the id") {
  CHECK(slot_of(post) == 0xabcd);
  CHECK(slot_of(comment) == slot_of(post));
  CHECK(slot_of(Draw::draw(at_us, 0x1234, 0xffff'ffff'ffff'5678).id) == 0x1234);
  CHECK(post_of(comment) == post);
  CHECK(own_part(comment) == PostId{{0x00, 0x11, 0x22, 0x33}});
}

// Persisted: these bytes are on people's disks.
TEST_CASE("events and states have the bytes that they have always had") {
  check_round_trip<Post>(Post::Created{"First", at_us});
  check_round_trip<Comment>(created);
  check_round_trip<Comment>(moderated);
  check_round_trip<Comment>(updated);
  check_round_trip<OutsideEvents>(OutsideEvents::Kept{"T", "{}"});
  using namespace std::string_literals;
  const auto golden = encode(Comment::Event{Comment::Created{"hi", 1, 2}});
  CHECK(golden.type == 16);
  CHECK(golden.payload == "\x02hi\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"s);
  CHECK(encode(Comment::Event{moderated}).type == 17);
  CHECK(encode(Comment::Event{Comment::Updated{"hi", Status::rejected}}).type == 18);
  CHECK(encode(Comment::Event{Comment::Updated{"hi", Status::rejected}}).payload == "\x02hi\x03"s);
  CHECK(encode(Post::Event{Post::Created{"A", 1}}).type == 1);
  CHECK(encode(Post::Event{Post::Created{"A", 1}}).payload ==
        "\x01"
        "A\0\0\0\0\0\0\0\x01"s);
  CHECK(encode(OutsideEvents::Event{OutsideEvents::Kept{"T", "1"}}).type == 32);
  CHECK(encode_state(Comment::State{"hi", 1, 2, Status::approved}) ==
        "\x01\x02hi\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\x02"s);
  CHECK_FALSE(decode_event<Comment>(18, 1, "\x02hi\x04"s).has_value());  // no such status
  CHECK_FALSE(decode_event<Comment>(18, 2, "\x02hi\x03"s).has_value());  // no such schema
}

TEST_CASE("a post's row stands right before those of its comments, and no key begins another") {
  const auto first = Hosted<Post>::rows(post, {"First", at_us}).at(0).key;
  const auto of_comment =
      Hosted<Comment>::rows(comment, {"nice", at_us, later_us, Status::pending}).at(0).key;
  const auto next = Hosted<Post>::rows(PostId{}, {"Second", at_us + 1}).at(0).key;
  CHECK(first < of_comment);
  CHECK(of_comment < post_prefix(post, at_us) + behind_a_post);
  CHECK(post_prefix(post, at_us) + behind_a_post < next);
  CHECK_FALSE(of_comment.starts_with(first));
}
