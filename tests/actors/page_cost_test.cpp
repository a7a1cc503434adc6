// A page costs the same wherever it begins: counted in keys that the store is asked for, over
// 20,000 tickets and as many orders, for everything that is read by pages.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/hosting.hpp"
#include "actors/market/projections/listings.hpp"
#include "actors/runtime/projections/derivation.hpp"
#include "actors/runtime/projections/history.hpp"
#include "actors/runtime/shard_map.hpp"
#include "persistence/memory_store.hpp"

using namespace usher;

namespace {

// Counts the keys that are visited: each get, and each place where a cursor stands.
class CountingStore final : public Store {
 public:
  explicit CountingStore(Store& below) : below_(below) {}
  mutable std::size_t visits = 0;

  tl::expected<void, StorageError> write(const WriteBatch& batch) override {
    return below_.write(batch);
  }
  tl::expected<RedoNumber, StorageError> log(const std::string& record,
                                             const std::optional<NewestRecord>& newest) override {
    return below_.log(record, newest);
  }
  void apply(std::string entries, RedoNumber done) override {
    below_.apply(std::move(entries), done);
  }
  std::vector<WaitingRecord> take_waiting() override { return below_.take_waiting(); }
  tl::expected<std::optional<std::string>, StorageError> get(Family family, std::string_view key,
                                                             Reach reach) const override {
    ++visits;
    return below_.get(family, key, reach);
  }
  std::unique_ptr<Cursor> scan(Family family, KeyRange range, Reach reach) const override {
    return std::make_unique<Counted>(visits, below_.scan(family, std::move(range), reach));
  }
  std::unique_ptr<Moment> moment() const override {
    return std::make_unique<CountedMoment>(visits, below_.moment());
  }
  std::optional<NewestRecord> acknowledged() const override { return below_.acknowledged(); }
  std::optional<std::string> failure() const override { return below_.failure(); }
  std::uint64_t approximate_bytes() const override { return below_.approximate_bytes(); }

 private:
  class Counted final : public Cursor {
   public:
    Counted(std::size_t& visits, std::unique_ptr<Cursor> below)
        : visits_(visits), below_(std::move(below)) {
      ++visits_;
    }
    bool valid() const override { return below_->valid(); }
    std::string_view key() const override { return below_->key(); }
    std::string_view value() const override { return below_->value(); }
    void next() override {
      ++visits_;
      below_->next();
    }
    std::optional<StorageError> error() const override { return below_->error(); }

   private:
    std::size_t& visits_;
    std::unique_ptr<Cursor> below_;
  };
  class CountedMoment final : public Moment {
   public:
    CountedMoment(std::size_t& visits, std::unique_ptr<Moment> below)
        : visits_(visits), below_(std::move(below)) {}
    tl::expected<std::optional<std::string>, StorageError> get(
        Family family, std::string_view key) const override {
      ++visits_;
      return below_->get(family, key);
    }
    std::unique_ptr<Cursor> scan(Family family, KeyRange range) const override {
      return std::make_unique<Counted>(visits_, below_->scan(family, std::move(range)));
    }

   private:
    std::size_t& visits_;
    std::unique_ptr<Moment> below_;
  };

  Store& below_;
};

constexpr int tickets_max = 20'000;
constexpr std::size_t limit = 20;
constexpr std::size_t small_constant = 8;
const UserId seller{"seller"}, buyer{"buyer"};

// As the actors write it, without them: 20,000 tickets of one seller, then as many that one buyer
// has reserved, and one ticket that was edited as often.
struct Shop {
  Shop() {
    JournalOptions options;
    options.shard_count = 4;
    options.clock_us = [this] { return ++stamp; };
    auto opened = Journal::open(store, options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error());
    journal = *std::move(opened);
    for (ShardNumber shard = 0; shard < options.shard_count; ++shard)
      epochs.push_back(journal->begin_epoch(shard).value());
    for (int i = 0; i < tickets_max; ++i) {
      offer(i);
      reserve(tickets_max + i);
    }
    edited = ticket(3 * tickets_max);
    std::vector<Ticket::Event> events{Ticket::Created{{seller, "0", Money{1}}, 1}};
    for (int i = 1; i < tickets_max; ++i)
      events.push_back(Ticket::Edited{{seller, std::to_string(i), Money{1}}});
    add(edited, events);
    flush();
  }

  static TicketId ticket(int i) {
    return TicketId::mint(1'000'000 + i * 1'000, static_cast<Slot>(i * 7'919), 1);
  }
  void offer(int i) {
    const std::string title = i % 50 == 0 ? "Rare" : "Usual";
    add(ticket(i), {Ticket::Created{{seller, title, Money{1 + i % 997}}, 1'000'000 + i}});
  }
  void reserve(int i) {
    const auto id = ticket(i);
    const Ticket::Listing listing{UserId{"other"}, "Usual", Money{5}};
    const auto order = OrderId::mint(1'000'000 + i * 1'000, id.slot(), 2);
    add(id, {Ticket::Created{listing, 1'000'000 + i},
             Ticket::Reserved{listing, order, buyer, 2'000'000 + i, 9'000'000}});
  }

  void add(const TicketId& id, const std::vector<Ticket::Event>& events) {
    std::optional<Ticket::State> state;
    for (const auto& event : events) state = Ticket::evolve(state ? &*state : nullptr, event);
    auto derived = derive<Ticket>(id, nullptr, 0, events, *state);
    Append append;
    append.shard = map.shard_of(id.slot());
    append.epoch = epochs[append.shard];
    append.streams.push_back({stream_of(id), 0, {}, encode_state(*state)});
    for (const auto& event : events) append.streams[0].records.push_back(encode(event));
    for (auto& birth : derived.births) append.streams.push_back(std::move(birth));
    append.reminders = std::move(derived.reminders);
    append.rows = std::move(derived.rows);
    waiting.push_back(std::move(append));
    if (waiting.size() == 1'000) flush();
  }
  void flush() {
    for (const auto& written : journal->write(waiting)) REQUIRE(written.has_value());
    waiting.clear();
  }

  CommitStamp stamp = 0;
  MemoryStore memory{std::make_shared<MemoryDisk>()};
  CountingStore store{memory};
  std::unique_ptr<Journal> journal;
  ShardMap map{4};
  std::vector<Epoch> epochs;
  std::vector<Append> waiting;
  TicketId edited;
};

// One for all: it takes a second to fill.
Shop& shop() {
  static Shop the_shop;
  return the_shop;
}

// Goes through all pages; each visits no more than the first one and a small constant.
template <class T>
void check_every_page(const std::function<Answered<Page<T>>(PageRequest)>& read,
                      std::size_t rows_wanted) {
  PageRequest page;
  page.limit = limit;
  std::size_t rows = 0, first = 0, most = 0;
  for (bool is_first = true;; is_first = false) {
    shop().store.visits = 0;
    const auto answer = read(page);
    REQUIRE(answer.has_value());
    rows += answer->rows.size();
    if (is_first) first = shop().store.visits;
    most = std::max(most, shop().store.visits);
    if (!answer->next) break;
    page.after = answer->next;
  }
  CHECK(rows == rows_wanted);
  CHECK(first > 0);
  CHECK(most <= first + small_constant);
}

}  // namespace

TEST_CASE("every page of tickets for sale costs what the first one does, in every order") {
  for (const auto sort :
       {TicketSort::oldest, TicketSort::newest, TicketSort::cheapest, TicketSort::dearest}) {
    CAPTURE(static_cast<int>(sort));
    check_every_page<TicketRow>(
        [&](PageRequest page) {
          return list_tickets_for_sale(*shop().journal, {sort, {}, std::move(page)}, 10'000);
        },
        tickets_max + 1);
  }
}

TEST_CASE("every page of a search costs what the first one does, found or not, in every order") {
  constexpr std::size_t scanned_max = 500;
  for (const auto sort :
       {TicketSort::oldest, TicketSort::newest, TicketSort::cheapest, TicketSort::dearest}) {
    for (const std::string text : {"rare", "nowhere"}) {
      CAPTURE(static_cast<int>(sort));
      CAPTURE(text);
      check_every_page<TicketRow>(
          [&](PageRequest page) {
            return list_tickets_for_sale(*shop().journal, {sort, text, std::move(page)},
                                         scanned_max);
          },
          text == "rare" ? tickets_max / 50 : 0);
    }
  }
}

TEST_CASE("every page of one person's tickets and orders costs what the first one does") {
  check_every_page<TicketRow>(
      [](PageRequest page) { return list_tickets_of(*shop().journal, seller, page); },
      tickets_max + 1);
  check_every_page<OrderRow>(
      [](PageRequest page) { return list_orders_of(*shop().journal, buyer, page); }, tickets_max);
}

TEST_CASE("every page of a history costs what the first one does") {
  const auto& id = shop().edited;
  const auto visits = [&](Version after) {
    shop().store.visits = 0;
    const auto page =
        read_history<Ticket>(*shop().journal, shop().map.shard_of(id.slot()), id, after, limit);
    REQUIRE(page.has_value());
    CHECK(page->size() == limit);
    return shop().store.visits;
  };
  const auto first = visits(0);
  for (int percent = 1; percent < 100; ++percent) {
    CAPTURE(percent);
    CHECK(visits(static_cast<Version>(tickets_max / 100 * percent)) <= first + small_constant);
  }
}

TEST_CASE("every page of the feed costs what the first one does: polls, streams, exports") {
  const auto& journal = *shop().journal;
  const auto visits = [&](FeedSeq after) {
    shop().store.visits = 0;
    const auto records = journal.read_feed(after, limit);
    REQUIRE(records.has_value());
    CHECK(records->size() == limit);
    return shop().store.visits;
  };
  const auto first = visits(0);
  const FeedSeq end = journal.feed_end();
  REQUIRE(end == 5 * tickets_max);
  for (FeedSeq percent = 1; percent < 100; ++percent) {
    CAPTURE(percent);
    CHECK(visits(end / 100 * percent) <= first + small_constant);
  }
}
