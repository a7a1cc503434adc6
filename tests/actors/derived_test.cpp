// What is derived from the events. Snapshots are what lists and activations read; they may be
// missing, and nothing else may show it. Verify finds what differs, rebuild makes it anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/ticket_shop.hpp"
#include "actors/runtime/projections/offline.hpp"
#include "actors/runtime/shard_map.hpp"
#include "persistence/key_layout.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

const UserId seller{"seller"}, bob{"bob"};
constexpr DurationMs quarter_hour_ms = 15 * 60'000;

struct Shown {
  std::vector<std::pair<std::int64_t, Version>> for_sale, owned;  // price and version
  std::vector<std::pair<std::int64_t, Version>> bought;
  bool operator==(const Shown&) const = default;
};

Shown shown_by(TestNode& node) {
  Shown shown;
  PageRequest page;
  page.limit = 100;
  TicketSearch search;
  search.page = page;
  const auto sale =
      node.wait<Page<TicketRow>>([&](auto done) { node.market().tickets_for_sale(search, done); });
  const auto owned =
      node.wait<Page<TicketRow>>([&](auto done) { node.market().tickets_of(seller, page, done); });
  const auto bought =
      node.wait<Page<OrderRow>>([&](auto done) { node.market().orders_of(bob, page, done); });
  REQUIRE((sale && owned && bought));
  for (const auto& row : sale->rows)
    shown.for_sale.emplace_back(row.state.listing.price.minor, row.version);
  for (const auto& row : owned->rows)
    shown.owned.emplace_back(row.state.listing.price.minor, row.version);
  for (const auto& row : bought->rows)
    shown.bought.emplace_back(row.state.ticket.price.minor, row.version);
  return shown;
}

std::vector<TicketId> use(TestNode& node) {
  std::vector<TicketId> tickets;
  for (std::int64_t price = 1; price <= 12; ++price) {
    tickets.push_back(node.market().new_ticket_id());
    REQUIRE(node.ask(tickets.back(), Ticket::Create{{seller, "Concert", Money{price}}}));
    if (price % 3 == 0)
      REQUIRE(node.ask(tickets.back(), Ticket::Edit{seller, "Opera", Money{100 + price}}));
    if (price % 4 == 0) {
      const auto order = node.market().new_order_id(tickets.back().slot());
      REQUIRE(node.ask(tickets.back(), Ticket::Reserve{order, bob, quarter_hour_ms}));
    }
  }
  return tickets;
}

// Every value of the family, with what it is changed to.
template <class Change>
void change_all(Family family, const std::shared_ptr<MemoryDisk>& disk, Change change) {
  MemoryStore store{disk};
  WriteBatch batch;
  for (auto cursor = store.scan(family, {}); cursor->valid(); cursor->next())
    batch.puts.push_back({family, std::string{cursor->key()}, change(cursor->value())});
  REQUIRE_FALSE(batch.puts.empty());
  REQUIRE(store.write(batch).has_value());
}

template <class Change>
void change_snapshots(const std::shared_ptr<MemoryDisk>& disk, Change change) {
  change_all(Family::snapshots, disk, change);
}

TicketShop::Tally rebuild(const std::shared_ptr<MemoryDisk>& disk) {
  MemoryStore store{disk};
  Replay replay;
  REQUIRE(rebuild_all(store, replay).has_value());
  return replay.counts();
}

std::vector<Finding> verified(const Store& store, TicketShop::Tally& counts) {
  Replay replay;
  VerifyOptions options;
  options.visit = [&](const Record& record) { replay.see(record); };
  options.shard_done = [&](ShardNumber shard) { replay.finish_shard(store, shard); };
  auto findings = verify(store, options).findings;
  findings.insert(findings.end(), replay.findings().begin(), replay.findings().end());
  counts = replay.counts();
  return findings;
}

bool mentions(const std::vector<Finding>& findings, std::string_view part) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.what.find(part) != std::string::npos;
  });
}

std::optional<std::string> nothing(std::string_view) { return std::nullopt; }
std::optional<std::string> damaged(std::string_view value) {
  return std::string{value.substr(0, value.size() - 1)} + '?';
}
// Intact, but written by a program that knows other forms.
std::optional<std::string> of_another_form(std::string_view value) {
  const auto snapshot = keys::read_snapshot_value(value);
  REQUIRE(snapshot.has_value());
  return keys::snapshot_value(snapshot->version, "\xff" + snapshot->state);
}

}  // namespace

TEST_CASE("without snapshots that can be read everything is shown as with them") {
  const auto disk = std::make_shared<MemoryDisk>();
  std::vector<TicketId> tickets;
  Shown expected;
  {
    TestNode node{{}, disk};
    tickets = use(node);
    expected = shown_by(node);
  }
  CHECK(expected.for_sale.size() == 9);
  CHECK(expected.owned.size() == 12);
  CHECK(expected.bought.size() == 3);
  for (const auto change : {nothing, damaged, of_another_form}) {
    change_snapshots(disk, change);
    TestNode node{{}, disk};
    CHECK(shown_by(node) == expected);
    for (std::size_t i = 0; i < tickets.size(); ++i)
      CHECK(node.get(tickets[i])->version == expected.owned[i].second);
    // And goes on: the next commit makes a snapshot again.
    const auto edited = node.ask(tickets[0], Ticket::Edit{seller, "Opera", Money{1}});
    REQUIRE(edited);
    expected.for_sale.front().second = expected.owned.front().second = edited->version;
    CHECK(shown_by(node) == expected);
    const auto stored = node.journal().read_snapshot(
        ShardMap{node.journal().shard_count()}.shard_of(slot_of(tickets[0])),
        stream_of(tickets[0]));
    REQUIRE((stored.has_value() && stored->has_value()));
    CHECK((*stored)->version == edited->version);
  }
}

TEST_CASE("a node that keeps no snapshots shows the same as one that does") {
  MarketOptions options;
  TestNode with{options};
  options.keep_snapshots = false;
  TestNode without{options};
  use(with);
  use(without);
  CHECK(shown_by(without) == shown_by(with));
  const auto snapshots = without.journal().store().scan(Family::snapshots, {});
  CHECK_FALSE(snapshots->valid());
}

TEST_CASE("verify tells of a snapshot that is not what its events come to; rebuild makes them") {
  const auto disk = std::make_shared<MemoryDisk>();
  {
    TestNode node{{}, disk};
    use(node);
  }
  TicketShop::Tally counts;
  {
    const MemoryStore store{disk};
    CHECK(verified(store, counts).empty());
    CHECK(counts.snapshots == 12 + 3);
  }
  const auto wrong_state = [](std::string_view value) -> std::optional<std::string> {
    const auto snapshot = keys::read_snapshot_value(value);
    return keys::snapshot_value(snapshot->version, snapshot->state + "x");
  };
  change_snapshots(disk, wrong_state);
  {
    const MemoryStore store{disk};
    CHECK(mentions(verified(store, counts), "P6: a snapshot differs from the replay"));
  }
  CHECK(rebuild(disk).snapshots == 12 + 3);
  change_snapshots(disk, nothing);
  CHECK(rebuild(disk).snapshots == 12 + 3);
  const MemoryStore store{disk};
  CHECK(verified(store, counts).empty());
  CHECK(counts.snapshots == 12 + 3);
}

TEST_CASE("verify tells of a row that is not what the events come to; rebuild makes them") {
  const auto disk = std::make_shared<MemoryDisk>();
  Shown expected;
  {
    TestNode node{{}, disk};
    use(node);
    expected = shown_by(node);
  }
  const auto findings = [&] {
    const MemoryStore store{disk};
    TicketShop::Tally counts;
    const auto found = verified(store, counts);
    CHECK(counts.rows == 12 + 2 * 9 + 3);
    return found;
  };
  CHECK(findings().empty());
  const std::string some_key = [&] {
    const MemoryStore store{disk};
    return std::string{store.scan(Family::views, {})->key()};
  }();
  const auto put = [&](std::string key, std::optional<std::string> value) {
    MemoryStore store{disk};
    WriteBatch batch;
    batch.puts.push_back({Family::views, std::move(key), std::move(value)});
    REQUIRE(store.write(batch).has_value());
  };
  const auto rebuilt = [&] {
    CHECK(rebuild(disk).rows == 12 + 2 * 9 + 3);
    CHECK(findings().empty());
  };
  SUBCASE("one is missing") {
    put(some_key, std::nullopt);
    CHECK(findings().size() == 1);
    CHECK(mentions(findings(), "P6: a row is missing"));
    rebuilt();
  }
  SUBCASE("one differs") {
    put(some_key, "t-another");
    CHECK(findings().size() == 1);
    CHECK(mentions(findings(), "P6: a row differs"));
    rebuilt();
  }
  SUBCASE("some are left over") {
    for (const auto shard :
         std::initializer_list<ShardNumber>{0, 7, 8})  // the last one doesn't exist
      put(keys::row(1, "gone", shard), "t-gone");
    put("\1?", "t-gone");
    CHECK(mentions(findings(), "P6: a row is left over"));
    CHECK(findings().size() == 4 + 2);
    rebuilt();
  }
  SUBCASE("one stands in another shard's place") {
    const auto row = keys::read_row_key(some_key);
    const MemoryStore store{disk};
    const auto value = store.get(Family::views, some_key);
    put(some_key, std::nullopt);
    put(keys::row(row->view, row->key, static_cast<ShardNumber>(row->shard ^ 1)), **value);
    CHECK(findings().size() == 2);
    rebuilt();
  }
  SUBCASE("all are gone") {
    change_all(Family::views, disk, nothing);
    CHECK(findings().size() == 12 + 2 * 9 + 3);
    rebuilt();
  }
  TestNode node{{}, disk};
  CHECK(shown_by(node) == expected);
}

TEST_CASE("a shard of whose records one is gone is not rebuilt: it keeps what was derived before") {
  const auto disk = std::make_shared<MemoryDisk>();
  {
    TestNode node{{}, disk};
    use(node);
  }
  const auto all_of = [&](Family family) {
    const MemoryStore store{disk};
    std::vector<std::pair<std::string, std::string>> entries;
    for (auto entry = store.scan(family, {}); entry->valid(); entry->next())
      entries.emplace_back(entry->key(), entry->value());
    return entries;
  };
  const auto rows = all_of(Family::views), snapshots = all_of(Family::snapshots);
  const auto records = all_of(Family::journal);
  auto [key, value] = records.front();
  std::optional<std::string> changed;
  SUBCASE("damaged") {
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    changed = value;
  }
  SUBCASE("missing") {}
  SUBCASE("the last one missing") { key = records.back().first; }
  {
    MemoryStore store{disk};
    WriteBatch batch;
    batch.puts.push_back({Family::journal, key, changed});
    REQUIRE(store.write(batch).has_value());
    Replay replay;
    REQUIRE(rebuild_all(store, replay).has_value());
    CHECK(mentions(replay.findings(), "not rebuilt"));
  }
  CHECK(all_of(Family::views) == rows);
  CHECK(all_of(Family::snapshots) == snapshots);
}
