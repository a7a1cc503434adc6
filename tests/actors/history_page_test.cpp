// A page of a history costs the same wherever it begins, so it is made of few records; what it
// shows must be what reading everything before it would show.
#include <doctest/doctest.h>

#include "actors/market/hosting.hpp"
#include "actors/market/projections/listings.hpp"
#include "actors/runtime/projections/history.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

// Counts the records that are read from the journal.
class CountingStore final : public Store {
 public:
  explicit CountingStore(const Store& below) : below_(below) {}
  tl::expected<void, StorageError> write(const WriteBatch&) override {
    return tl::unexpected(StorageError::unavailable);
  }
  tl::expected<RedoNumber, StorageError> log(const std::string&,
                                             const std::optional<NewestRecord>&) override {
    return tl::unexpected(StorageError::unavailable);
  }
  void apply(std::string, RedoNumber) override {}
  std::vector<WaitingRecord> take_waiting() override { return {}; }
  tl::expected<std::optional<std::string>, StorageError> get(Family family, std::string_view key,
                                                             Reach reach) const override {
    if (family == Family::journal) ++records;
    return below_.get(family, key, reach);
  }
  std::unique_ptr<Cursor> scan(Family family, KeyRange range, Reach reach) const override {
    return below_.scan(family, std::move(range), reach);
  }
  std::unique_ptr<Moment> moment() const override { return below_.moment(); }
  std::optional<NewestRecord> acknowledged() const override { return below_.acknowledged(); }
  std::optional<std::string> failure() const override { return below_.failure(); }
  std::uint64_t approximate_bytes() const override { return below_.approximate_bytes(); }
  mutable std::size_t records = 0;

 private:
  const Store& below_;
};

bool same(const HistoryEntry<Ticket>& a, const HistoryEntry<Ticket>& b) {
  return a.version == b.version && a.at == b.at && a.event == b.event && a.state == b.state;
}

}  // namespace

TEST_CASE("every page of a ticket's history is a piece of the whole, and costs the same") {
  TestNode node;
  const UserId seller{"seller"}, bob{"bob"};
  const auto id = node.market().new_ticket_id();
  REQUIRE(node.ask(id, Ticket::Create{{seller, "first", Money{100}}}));
  for (int i = 0; i < 60; ++i) {
    if (i % 3 != 0)
      REQUIRE(node.ask(id, Ticket::Edit{seller, "title " + std::to_string(i), Money{100 + i}}));
    const auto order = node.market().new_order_id(id.slot());
    REQUIRE(node.ask(id, Ticket::Reserve{order, bob, 60'000}));
    if (i == 59) {
      REQUIRE(node.pay(order, "bob", "tok_visa"));
      REQUIRE(node.eventually([&] { return node.get(id)->state->hold->sold; }));
    } else {
      REQUIRE(node.ask(order, Order::Cancel{bob}));
      REQUIRE(node.eventually([&] { return node.get(id)->state->is_for_sale(); }));
    }
  }
  const Version end = node.get(id)->version;
  REQUIRE(end > 150);

  CountingStore counted{node.journal().store()};
  JournalOptions options;
  options.shard_count = node.journal().shard_count();
  options.clock_us = [] { return CommitStamp{1}; };
  const auto journal = Journal::open(counted, options);
  REQUIRE_MESSAGE(journal.has_value(), journal.error());
  const ShardNumber shard = ShardMap{options.shard_count}.shard_of(id.slot());
  const auto whole = read_history<Ticket>(**journal, shard, id, 0, 1'000);
  REQUIRE((whole && whole->size() == end));
  constexpr std::size_t limit = 7;
  for (Version after = 0; after <= end + 3; ++after) {
    CAPTURE(after);
    counted.records = 0;
    const auto page = read_history<Ticket>(**journal, shard, id, after, limit);
    CHECK(counted.records <= 3 * limit);
    REQUIRE(page);
    const std::size_t expected = after >= end ? 0 : std::min<std::size_t>(limit, end - after);
    REQUIRE(page->size() == expected);
    for (std::size_t i = 0; i < expected; ++i) CHECK(same((*page)[i], (*whole)[after + i]));
  }
  const auto unknown =
      read_history<Ticket>(**journal, shard, node.market().new_ticket_id(), 1'000, limit);
  CHECK(rejection_of(unknown) == Rejection::not_found);
}
