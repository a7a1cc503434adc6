// What is in the shards' logs and not applied: durable, and committed or not, which is for
// consensus to say. Of the journal alone.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "persistence/journal.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/redo.hpp"

namespace usher {

struct Journal::Waiting {
  // A record in which something waits. Goes when all its entries are applied or replaced.
  struct Turn {
    RedoNumber number = 0;
    std::string record;
    std::size_t left = 0;  // entries that wait
  };
  struct Entry {
    std::shared_ptr<Turn> turn;
    LoggedEntry logged;                                           // points into the record
    keys::ShardTail tail;                                         // where the shard ends with it
    std::vector<std::pair<std::string, StreamVersion>> versions;  // that it brings streams to
  };
  // What is behind the applied end of one shard's log, in order.
  struct Shard {
    std::deque<Entry> entries;
    // By stream: what each entry that is about it brings it to, in order. Never an empty one.
    std::map<std::string, std::vector<std::pair<LogIndex, StreamVersion>>, std::less<>> versions;

    void push(Entry entry);
    void drop_last();
    Entry take_first();
  };

  explicit Waiting(std::size_t shard_count) : shards(shard_count), promises(shard_count) {}

  // Takes those from the front that have nothing left. What a store may forget then.
  RedoNumber forget_done();
  // Those that no store has been given yet. It has them from now on.
  std::vector<LoggedPromise> take_promised();

  std::vector<Shard> shards;
  std::deque<std::shared_ptr<Turn>> turns;  // by number
  std::vector<LoggedPromise> promises;      // by shard
  std::vector<ShardNumber> promised;        // of these, not in the families
  RedoNumber last = 0;                      // record that was kept here
};

}  // namespace usher
