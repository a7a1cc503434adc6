// Event streams: who sees what, that replay and live join without a gap and without a repeat under
// random schedules, and what happens to a reader that is too slow.
#include "http/front/event_streams.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <asio/io_context.hpp>

#include "base/hex.hpp"
#include "tests/fuzz/framing_property.hpp"

namespace usher::http {
namespace {

using testing::Pieces;

// What stands at each place of the one history that these tests have.
constexpr std::uint32_t mark_of(PublicSeq seq) {
  return static_cast<std::uint32_t>(seq * 2'654'435'761);
}
constexpr FeedCursor at(PublicSeq seq) { return {seq, mark_of(seq)}; }

PublicEvent event(PublicSeq seq, std::optional<std::string> audience = std::nullopt) {
  return {.seq = seq,
          .subject = "ticket:updated",
          .data = "{\"n\":" + std::to_string(seq) + "}",
          .audience = std::move(audience),
          .mark = mark_of(seq)};
}

// A stream whose reader takes events when the test says so.
class TestStream : public EventStream {
 public:
  TestStream(const EventStreamOptions& options, OpenStream opened)
      : EventStream(options, std::move(opened)) {}

  std::vector<PublicSeq> seen;
  std::string bytes;
  int calls = 0;

  void read(std::size_t count) {
    for (; count > 0 && waiting() > 0; --count) {
      seen.push_back(waiting_at(0)->seq);
      bytes += waiting_at(0)->bytes;
      pop();
    }
  }

 private:
  void on_ready() override { ++calls; }
};

// Everything that was ever published, as the journal would tell it.
struct Past {
  std::vector<PublicEvent> events;
  PublicSeq through = 0;

  [[nodiscard]] ReplayPage page(FeedCursor after, std::size_t limit) const {
    ReplayPage page{{}, after};
    page.other_history =
        after.seq > through || (after.seq > 0 && after.mark && *after.mark != mark_of(after.seq));
    if (page.other_history) return page;
    for (const auto& e : events) {
      if (e.seq <= after.seq) continue;
      if (page.events.size() == limit) return page;
      page.events.push_back(e);
      page.through = at(e.seq);
    }
    page.through = at(std::max(after.seq, through));
    return page;
  }
};

struct Hub {
  explicit Hub(EventStreamOptions hub_options, PublicSeq through = 0)
      : options(hub_options),
        past{{}, through},
        streams(options, at(through),
                [this](FeedCursor after, std::size_t limit,
                       std::function<void(std::optional<ReplayPage>)> done) {
                  ++reads;
                  waiting_reads.push_back([this, after, limit, done = std::move(done)] {
                    done(broken ? std::nullopt : std::optional(past.page(after, limit)));
                  });
                }),
        lane(streams.add_lane(context.get_executor())),
        other_lane(streams.add_lane(context.get_executor())) {}

  void publish(std::vector<PublicEvent> events, PublicSeq through) {
    past.events.insert(past.events.end(), events.begin(), events.end());
    past.through = through;
    streams.publish(at(through), [&] {
      ++made;
      return events;
    });
  }
  std::shared_ptr<TestStream> open(OpenStream opened) { return open_on(*lane, std::move(opened)); }
  std::shared_ptr<TestStream> open_on(StreamLane& on, OpenStream opened) {
    auto stream = std::make_shared<TestStream>(options, std::move(opened));
    on.open(*stream);
    on.advance(stream);
    return stream;
  }
  void run() {
    while (true) {
      context.restart();
      const bool ran = context.poll() > 0;
      if (!ran && waiting_reads.empty()) return;
      answer_reads();
    }
  }
  void answer_reads() {
    auto answering = std::exchange(waiting_reads, {});
    for (auto& answer : answering) answer();
  }

  asio::io_context context;
  EventStreamOptions options;
  Past past;
  bool broken = false;
  int reads = 0;
  int made = 0;  // batches whose events somebody wanted
  std::vector<std::function<void()>> waiting_reads;
  EventStreams streams;
  std::shared_ptr<StreamLane> lane;
  std::shared_ptr<StreamLane> other_lane;
};

constexpr std::size_t all = 1'000'000;
using Seqs = std::vector<PublicSeq>;

TEST_CASE("an event is formatted as Server-Sent Events want it") {
  CHECK(as_sent(event(7))->bytes ==
        "id: 7-" + to_hex(mark_of(7)) + "\nevent: ticket:updated\ndata: {\"n\":7}\n\n");
  PublicEvent lines{.seq = 1, .subject = "x", .data = "a\nb\r\nc", .audience = {}, .mark = 255};
  CHECK(as_sent(lines)->bytes == "id: 1-000000ff\nevent: x\ndata: a\ndata: b\ndata: c\n\n");
}

TEST_CASE("a live stream sees what comes after it was opened") {
  Hub hub{{}};
  hub.publish({event(1)}, 1);
  hub.run();
  const auto stream = hub.open({});
  CHECK(stream->state() == EventStream::State::live);
  CHECK(stream->waiting() == 0);
  hub.publish({event(2), event(4)}, 5);
  hub.run();
  CHECK(stream->calls == 1);  // once per batch
  stream->read(all);
  CHECK(stream->seen == Seqs{2, 4});
}

TEST_CASE("each event reaches only those who may see it") {
  Hub hub{{}};
  const auto operators = hub.open({.filter = {.all = true, .user = {}}, .after = {}});
  const auto bob = hub.open({.filter = {.all = false, .user = "bob"}, .after = {}});
  const auto bob_again = hub.open({.filter = {.all = false, .user = "bob"}, .after = {}});
  const auto eve = hub.open({.filter = {.all = false, .user = "eve"}, .after = {}});
  const auto anyone = hub.open({});
  hub.publish({event(1), event(2, "bob"), event(3, "eve"), event(4, "zoe")}, 4);
  hub.run();
  const auto late_bob = hub.open({.filter = {.all = false, .user = "bob"}, .after = FeedCursor{0}});
  for (const auto& stream : {operators, bob, bob_again, eve, anyone, late_bob}) stream->read(all);
  CHECK(operators->seen == Seqs{1, 2, 3, 4});
  CHECK(bob->seen == Seqs{1, 2});
  CHECK(bob_again->seen == Seqs{1, 2});
  CHECK(eve->seen == Seqs{1, 3});
  CHECK(anyone->seen == Seqs{1});
  CHECK(late_bob->seen == Seqs{1, 2});
}

TEST_CASE("events are formatted once, however many streams see them") {
  Hub hub{{}};
  const auto a = hub.open({});
  const auto b = hub.open({});
  hub.publish({event(1)}, 1);
  hub.run();
  CHECK(a->waiting_at(0).get() == b->waiting_at(0).get());
}

TEST_CASE("while nobody listens no event is even made") {
  Hub hub{{}};
  hub.publish({event(1)}, 1);
  CHECK(hub.made == 0);
  CHECK(hub.context.poll() == 0);  // nothing was posted

  auto stream = hub.open({});
  hub.publish({event(2)}, 2);
  CHECK(hub.made == 1);
  hub.context.restart();
  CHECK(hub.context.poll() == 1);  // to the lane that listens, not to the other
  stream->read(all);
  CHECK(stream->seen == Seqs{2});

  stream.reset();
  hub.publish({event(3)}, 3);
  CHECK(hub.made == 1);
}

TEST_CASE("what was published while nobody listened comes from the journal, then it goes on live") {
  Hub hub{{}};
  auto first = hub.open({});
  hub.publish({event(1), event(2)}, 2);
  hub.run();
  first.reset();
  hub.publish({event(3), event(4)}, 5);
  const auto live_only = hub.open({});
  const auto resumed = hub.open({.filter = {}, .after = FeedCursor{1}});
  hub.publish({event(6)}, 6);
  hub.run();
  for (int i = 0; i < 3; ++i) {
    for (const auto& stream : {live_only, resumed}) {
      stream->read(all);
      hub.lane->advance(stream);
    }
    hub.run();
  }
  CHECK(live_only->seen == Seqs{6});
  CHECK(resumed->seen == Seqs{2, 3, 4, 6});
  CHECK(hub.reads == 1);
}

TEST_CASE("a batch that is on its way to streams that have gone is nobody's twice") {
  Hub hub{{}};
  auto first = hub.open({});
  hub.publish({event(1)}, 1);  // posted, not delivered
  first.reset();
  const auto second = hub.open({.filter = {}, .after = FeedCursor{0}});
  hub.publish({event(2)}, 2);
  for (int i = 0; i < 3; ++i) {
    hub.run();
    second->read(all);
    hub.lane->advance(second);
  }
  CHECK(second->seen == Seqs{1, 2});
  const auto third = hub.open({});
  hub.publish({event(3)}, 3);
  hub.run();
  third->read(all);
  CHECK(third->seen == Seqs{3});
}

TEST_CASE("a stream that resumes gets what it missed from the ring, without the journal") {
  Hub hub{{.ring_events = 10}};
  const auto listener = hub.open({});
  hub.publish({event(1), event(2), event(3)}, 3);
  hub.run();
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{1}});
  stream->read(all);
  hub.lane->advance(stream);
  CHECK(stream->state() == EventStream::State::live);
  CHECK(stream->seen == Seqs{2, 3});
  CHECK(hub.reads == 0);
}

TEST_CASE("what the ring no longer holds comes from the journal, page by page") {
  Hub hub{{.ring_events = 2, .replay_page_events = 3}};
  std::vector<PublicEvent> events;
  Seqs expected;
  for (PublicSeq seq = 1; seq <= 10; ++seq) {
    events.push_back(event(seq));
    expected.push_back(seq);
  }
  const auto listener = hub.open({});
  hub.publish(events, 10);
  hub.run();
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{0}});
  for (int i = 0; i < 20; ++i) {
    hub.run();
    CHECK(stream->waiting() <= 3);  // no further ahead than one page
    stream->read(all);
    hub.lane->advance(stream);
  }
  CHECK(stream->seen == expected);
  CHECK(stream->state() == EventStream::State::live);
  CHECK(hub.reads == 3);  // up to 9; the ring holds 9 and 10
}

TEST_CASE("events of before this process come from the journal") {
  Hub hub{{}, 50};
  hub.past.events = {event(10), event(20, "bob"), event(50)};
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{5}});
  hub.run();
  stream->read(all);
  hub.lane->advance(stream);
  CHECK(stream->seen == Seqs{10, 50});
  CHECK(stream->state() == EventStream::State::live);
}

TEST_CASE("a cursor ahead of this lane sees nothing twice") {
  Hub hub{{}};
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{3}});
  hub.publish({event(2), event(3), event(4)}, 4);
  hub.run();
  stream->read(all);
  CHECK(stream->seen == Seqs{4});
}

// What a stream is told when its client comes from another history.
std::string reset_at(FeedCursor cursor) {
  return "id: " + text_of(cursor) + "\nevent: reset\ndata: {}\n\n";
}

TEST_CASE("a cursor is read back as it was written; nothing else is one") {
  for (const FeedCursor cursor : {FeedCursor{}, FeedCursor{7}, FeedCursor{7, 0}, at(123'456'789)})
    CHECK(parse_cursor(text_of(cursor)) == cursor);
  CHECK(parse_cursor("42") == FeedCursor{42});  // from before marks, or made by the client
  for (const std::string text : {"", "x", "-1", "1-", "-00000000", "1-0000000", "1-000000000",
                                 "1-0000000g", "1 -00000000", "9007199254740993"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_cursor(text));
  }
}

TEST_CASE("the first stream of an empty history waits, whatever it asks for") {
  Hub hub{{}};
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{0}});
  hub.run();
  CHECK(stream->state() == EventStream::State::live);
  CHECK(hub.reads == 0);
  hub.publish({event(2)}, 3);
  hub.run();
  stream->read(all);
  CHECK(stream->seen == Seqs{2});
}

TEST_CASE("a cursor of another history is told so, once, and the stream goes on live") {
  std::optional<FeedCursor> after;
  bool is_lost = false;
  SUBCASE("ahead of the end") { after = FeedCursor{9}; }
  SUBCASE("ahead of the end, with a mark") { after = FeedCursor{9, 1}; }
  SUBCASE("something else stands there") { after = FeedCursor{2, mark_of(2) + 1}; }
  SUBCASE("something else stands at the end") { after = FeedCursor{4, mark_of(4) + 1}; }
  SUBCASE("something else stands at the end of what was published") {
    after = FeedCursor{5, mark_of(5) + 1};
  }
  SUBCASE("nobody can read it") { is_lost = true; }
  CAPTURE(after.value_or(FeedCursor{}).seq);
  for (const bool is_in_ring : {true, false}) {
    Hub hub{{}};
    std::shared_ptr<TestStream> listener;
    if (is_in_ring) listener = hub.open({});
    hub.publish({event(1), event(2), event(4)}, 5);
    hub.run();
    OpenStream opened;
    opened.after = after;
    opened.is_lost = is_lost;
    const auto stream = hub.open(opened);
    hub.run();
    stream->read(all);
    hub.lane->advance(stream);
    CHECK(stream->bytes == reset_at(at(5)));
    CHECK(stream->state() == EventStream::State::live);
    hub.publish({event(6)}, 6);
    hub.run();
    stream->read(all);
    CHECK(stream->bytes == reset_at(at(5)) + as_sent(event(6))->bytes);
  }
}

TEST_CASE("a cursor of this history is proved, and nobody is told anything") {
  for (const PublicSeq seq : {0, 1, 2, 3, 4, 5}) {
    CAPTURE(seq);
    for (const bool is_in_ring : {true, false}) {
      Hub hub{{}};
      std::shared_ptr<TestStream> listener;
      if (is_in_ring) listener = hub.open({});
      hub.publish({event(1), event(2), event(4)}, 5);
      hub.run();
      const auto stream = hub.open({.filter = {}, .after = at(seq)});
      for (int i = 0; i < 3; ++i) {
        hub.run();
        stream->read(all);
        hub.lane->advance(stream);
      }
      CHECK(stream->state() == EventStream::State::live);
      CHECK(stream->bytes.find("reset") == std::string::npos);
      Seqs expected;
      for (const PublicSeq each : {1, 2, 4})
        if (each > seq) expected.push_back(each);
      CHECK(stream->seen == expected);
    }
  }
}

TEST_CASE("a reader that is too slow loses its stream, not its place; others are not touched") {
  Hub hub{{.stream_buffer_events_max = 3}};
  const auto slow = hub.open({});
  const auto quick = hub.open({});
  for (PublicSeq seq = 1; seq <= 4; ++seq) {
    hub.publish({event(seq)}, seq);
    hub.run();
    CHECK((slow->state() == EventStream::State::overflowed) == (seq == 4));
    quick->read(all);
  }
  CHECK(quick->seen == Seqs{1, 2, 3, 4});
  CHECK(quick->state() == EventStream::State::live);
  slow->read(1);
  const auto resumed = hub.open({.filter = {}, .after = FeedCursor{slow->seen.back()}});
  resumed->read(all);
  CHECK(resumed->seen == Seqs{2, 3, 4});

  const auto one_event = as_sent(event(5))->bytes.size();
  Hub bytes{{.stream_buffer_bytes_max = 2 * one_event}};
  const auto stream = bytes.open({});
  bytes.publish({event(5), event(6)}, 6);
  bytes.run();
  CHECK(stream->state() == EventStream::State::live);
  bytes.publish({event(7)}, 7);
  bytes.run();
  CHECK(stream->state() == EventStream::State::overflowed);
  CHECK(stream->waiting() == 2);
}

TEST_CASE("a replay that cannot be read, or does not go on, ends the stream") {
  Hub hub{{}, 50};
  hub.broken = true;
  const auto stream = hub.open({.filter = {}, .after = FeedCursor{5}});
  hub.run();
  CHECK(stream->state() == EventStream::State::replay_failed);
  CHECK(stream->calls == 1);

  Hub stuck{{}, 50};
  stuck.past.through = 5;  // the journal does not know what was said to be published
  const auto other = stuck.open({.filter = {}, .after = FeedCursor{5}});
  stuck.run();
  CHECK(other->state() == EventStream::State::replay_failed);
  CHECK(stuck.reads == 1);
}

TEST_CASE("a stream that closes is forgotten, also while its page is on the way") {
  Hub hub{{.ring_events = 1}};
  hub.publish({event(1), event(2), event(3)}, 3);
  hub.run();
  auto live = hub.open({});
  auto replaying = hub.open({.filter = {.all = false, .user = "bob"}, .after = FeedCursor{0}});
  CHECK(hub.lane->open_streams() == 2);
  CHECK(hub.waiting_reads.size() == 1);
  live.reset();
  replaying.reset();
  hub.run();
  CHECK(hub.lane->open_streams() == 0);
  hub.publish({event(4)}, 4);
  hub.run();
}

TEST_CASE("the memory of a long queue is given back once it is written") {
  Hub hub{{}};
  const auto stream = hub.open({});
  std::vector<PublicEvent> events;
  for (PublicSeq seq = 1; seq <= 1'000; ++seq) events.push_back(event(seq));
  hub.publish(events, 1'000);
  hub.run();
  CHECK(stream->waiting() == 1'000);
  stream->read(all);
  CHECK(stream->waiting() == 0);
  CHECK(stream->seen.size() == 1'000);
}

// Streams open at random cursors, or live, on two threads, and close, while batches are published,
// delivered, read from the journal and written in a random order: each must see exactly what the
// past holds behind its cursor.
struct Schedule {
  explicit Schedule(std::uint64_t seed)
      : dice{seed},
        hub{{.ring_events = 1 + dice.below(12), .replay_page_events = 1 + dice.below(6)}} {}

  struct Opened {
    StreamFilter filter;
    std::optional<FeedCursor> after;
    PublicSeq end;  // of what was published when it opened
    StreamLane* lane;
    std::shared_ptr<TestStream> stream;
  };

  void publish() {
    std::vector<PublicEvent> batch;
    for (std::size_t n = dice.below(4); n > 0; --n) {
      seq += 1 + dice.below(3);
      batch.push_back(event(seq, audiences[dice.below(3)]));
    }
    seq += dice.below(2);  // seqs that are no event
    hub.publish(batch, seq);
  }
  void open() {
    const StreamFilter filter{.all = dice.below(3) == 0, .user = audiences[dice.below(3)]};
    std::optional<FeedCursor> after;
    if (dice.below(4) > 0) after = at(dice.below(seq + 1));
    if (after && dice.below(2) == 0) after->mark.reset();
    StreamLane& lane = dice.below(2) == 0 ? *hub.lane : *hub.other_lane;
    opened.push_back({filter, after, seq, &lane, hub.open_on(lane, {filter, after})});
  }
  void close(bool everybody) {
    while (!opened.empty()) {
      const std::size_t which = dice.below(opened.size());
      check_seen(opened[which], false);
      opened.erase(opened.begin() + static_cast<std::ptrdiff_t>(which));
      if (!everybody) return;
    }
  }
  void write_one() {
    if (opened.empty()) return;
    const auto& each = opened[dice.below(opened.size())];
    each.stream->read(1 + dice.below(4));
    if (each.stream->waiting() == 0) each.lane->advance(each.stream);
  }
  void step() {
    switch (dice.below(14)) {
      case 0:
      case 1:
        return publish();
      case 2:
      case 3:
        return open();
      case 4:
      case 5:
        hub.context.restart();
        hub.context.poll_one();
        return;
      case 6:
      case 7:
        return hub.answer_reads();
      case 8:
        return close(dice.below(4) == 0);
      default:
        return write_one();
    }
  }
  void settle() {
    for (int round = 0; round < 300; ++round) {
      hub.run();
      for (const auto& each : opened) {
        each.stream->read(all);
        each.lane->advance(each.stream);
      }
    }
    for (const auto& each : opened) {
      REQUIRE(each.stream->state() == EventStream::State::live);
      check_seen(each, true);
    }
  }
  // `is_complete`: there is nothing left to see.
  void check_seen(const Opened& each, bool is_complete) const {
    const Seqs& seen = each.stream->seen;
    Seqs expected;
    for (const auto& e : hub.past.events)
      if (may_see(each.filter, e) && e.seq > each.after.value_or(FeedCursor{}).seq)
        expected.push_back(e.seq);
    // A live stream may see something that was on its way before it opened, but nothing of after
    // that may be missing.
    if (!each.after) {
      auto first = std::upper_bound(expected.begin(), expected.end(), each.end);
      if (!seen.empty())
        first = std::min(first, std::find(expected.begin(), expected.end(), seen.front()));
      expected.erase(expected.begin(), first);
    }
    if (!is_complete) expected.resize(std::min(expected.size(), seen.size()));
    REQUIRE(seen == expected);
  }

  const std::vector<std::optional<std::string>> audiences = {std::nullopt, "bob", "eve"};
  Pieces dice;
  Hub hub;
  std::vector<Opened> opened;
  PublicSeq seq = 0;
};

TEST_CASE("replay and live join without a gap and without a repeat: seeded schedules") {
  int replayed_from_journal = 0, made = 0;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    CAPTURE(seed);
    Schedule schedule{seed};
    for (int step = 0; step < 160; ++step) schedule.step();
    schedule.settle();
    replayed_from_journal += schedule.hub.reads;
    made += schedule.hub.made;
  }
  CHECK(replayed_from_journal > 1'000);  // the schedules reach all three sources
  CHECK(made > 1'000);
}

}  // namespace
}  // namespace usher::http
