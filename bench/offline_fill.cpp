// usher-fill: a data directory of many tickets, written as the actors would write it, without them
// and without HTTP: minutes become seconds. For what has to be looked at in a large directory
// (bench/memory_limit). The directory must be new; `usher verify` finds it in order.
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "actors/market/hosting.hpp"
#include "actors/market/ticket_shop.hpp"
#include "actors/runtime/projections/derivation.hpp"
#include "actors/runtime/shard_map.hpp"
#include "base/clock.hpp"
#include "persistence/rocksdb_store.hpp"

using namespace usher;

namespace {

constexpr std::size_t appends_per_sync = 1'000;
constexpr int sellers = 1'000;

int fail(const std::string& why) {
  std::fprintf(stderr, "usher-fill: %s\n", why.c_str());
  return 1;
}

Append offer_of(int number, TimeMs now, const ShardMap& shards, const std::vector<Epoch>& epochs) {
  const auto id =
      TicketId::mint(now, static_cast<Slot>(number * 7'919), static_cast<std::uint64_t>(number));
  const Ticket::Event created =
      Ticket::Created{{UserId{"seller" + std::to_string(number % sellers)},
                       "Concert number " + std::to_string(number), Money{100 + number % 9'973}},
                      now};
  const auto state = Ticket::evolve(nullptr, created);
  auto derived = derive<Ticket>(id, nullptr, 0, std::vector{created}, state);
  Append append;
  append.shard = shards.shard_of(id.slot());
  append.epoch = epochs[append.shard];
  append.streams.push_back({stream_of(id), 0, {encode(created)}, encode_state(state)});
  append.rows = std::move(derived.rows);
  std::printf("%s\n", id.hex().c_str());
  return append;
}

}  // namespace

int main(int count, char** words) {
  int tickets = 0;
  if (count == 3) std::from_chars(words[2], words[2] + std::strlen(words[2]), tickets);
  if (tickets <= 0) return fail("usage: usher-fill DATA TICKETS   (prints the ids)");
  const WallClock clock;
  auto store = RocksdbStore::open(words[1], RocksdbOptions{});
  if (!store) return fail(store.error());
  JournalOptions options;
  options.clock_us = [&clock] { return clock.now_us(); };
  options.application = TicketShop::application();
  auto journal = Journal::open(**store, options);
  if (!journal) return fail(journal.error());
  if ((*journal)->feed_end() > 0) return fail("there are events in it already");
  const ShardMap shards{options.shard_count};
  std::vector<ShardNumber> all;
  for (ShardNumber shard = 0; shard < options.shard_count; ++shard) all.push_back(shard);
  const auto epochs = (*journal)->begin_epochs(all);
  if (!epochs) return fail("no epochs can be begun");
  for (int made = 0; made < tickets;) {
    std::vector<Append> appends;
    for (; made < tickets && appends.size() < appends_per_sync; ++made)
      appends.push_back(offer_of(made, clock.now_us() / 1'000, shards, *epochs));
    for (const auto& written : (*journal)->write(appends))
      if (!written) return fail(std::string{name_of(written.error())});
  }
  return 0;
}
