#include "actors/market/projections/replay.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "actors/market/projections/derivation.hpp"
#include "base/hex.hpp"
#include "persistence/key_layout.hpp"

namespace usher {
namespace {

template <class A>
struct Replayed {
  Version version = 0;
  typename A::State state;
};

template <class A>
using States = std::unordered_map<std::string, Replayed<A>>;  // by stream

// A key as it stands in the findings: printable.
std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f) {
      out += c;
      continue;
    }
    out += "\\x";
    append_hex(out, byte);
  }
  return out;
}

// `visit(shard, key, value)` for each stored row, as stored. One whose key cannot be read, or whose
// shard does not exist, counts as one of shard 0, so that somebody tells of it and clears it away.
template <class Visit>
void for_each_row(const Store& store, Visit visit) {
  const auto shard_count = Journal::stored_shard_count(store);
  const ShardNumber end = shard_count ? shard_count->value_or(0) : 0;
  for (auto row = store.scan(Family::views, {}); row->valid(); row->next()) {
    const auto key = keys::read_row_key(row->key());
    visit(key && key->shard < end ? key->shard : 0, row->key(), row->value());
  }
}
template <class Visit>
void for_each_row_of(ShardNumber shard, const Store& store, Visit visit) {
  for_each_row(store, [&](ShardNumber owner, std::string_view key, std::string_view value) {
    if (owner == shard) visit(key, value);
  });
}

}  // namespace

struct Replay::Shard {
  ShardNumber number = 0;
  std::tuple<States<Ticket>, States<Order>, States<Account>, States<RequestKey>> states;
  std::map<std::string, std::string> rows;  // by stored key
  std::set<std::string> reminders;          // stored keys

  template <class A>
  States<A>& of() {
    return std::get<States<A>>(states);
  }
};

// The rows of all shards stand among each other. So that they need not be read again for each
// shard, one pass makes a sum for each, in which the order does not matter.
struct Replay::RowsDigest {
  std::uint64_t rows = 0;
  std::uint64_t sum = 0;  // of their hashes
  void add(std::string_view key, std::string_view value) {
    const RecordHash hash = hash_of(ByteWriter{}.text(key).raw(value).view());
    const std::string_view bytes{reinterpret_cast<const char*>(hash.data()), hash.size()};
    ++rows;
    sum += ByteReader{bytes}.u64();
  }
  bool operator==(const RowsDigest&) const = default;
};

Replay::Replay(std::size_t findings_max) : findings_max_(findings_max) {}
Replay::~Replay() = default;

void Replay::report(ShardNumber shard, std::optional<Offset> offset, std::string what) {
  if (findings_.size() < findings_max_) findings_.push_back({shard, offset, std::move(what)});
}

void Replay::see(const Record& record) {
  if (!shard_) {
    shard_ = std::make_unique<Shard>();
    shard_->number = record.shard;
  }
  switch (record.stream.empty() ? '\0' : record.stream[0]) {
    case 't':
      return apply<Ticket>(record);
    case 'o':
      return apply<Order>(record);
    case 'a':
      return apply<Account>(record);
    case 'k':
      return apply<RequestKey>(record);
    default:
      report(record.shard, record.offset, "a stream of no known kind of aggregate");
  }
}

template <class A>
void Replay::apply(const Record& record) {
  const auto key = key_of<A>(record.stream);
  const auto event = decode_event<A>(record.type, record.schema, record.payload);
  if (!key || !event) return report(record.shard, record.offset, "the event cannot be decoded");
  auto& states = shard_->of<A>();
  const auto found = states.find(record.stream);
  const auto* before = found == states.end() ? nullptr : &found->second;
  const Version version = before ? before->version : 0;
  if (record.version != version + 1)
    return report(record.shard, record.offset, "P5: the versions of the stream have a gap");
  auto after = A::evolve(before ? &before->state : nullptr, *event);
  const auto derived =
      derive<A>(*key, before ? &before->state : nullptr, version, std::span{&*event, 1}, after);
  for (const auto& row : derived.rows) {
    auto stored = keys::row(row.view, row.key, record.shard);
    if (row.value)
      shard_->rows[std::move(stored)] = *row.value;
    else
      shard_->rows.erase(stored);
  }
  for (const auto& change : derived.reminders) {
    auto stored = keys::reminder(record.shard, change.key);
    if (change.set)
      shard_->reminders.insert(std::move(stored));
    else
      shard_->reminders.erase(stored);
  }
  states.insert_or_assign(record.stream, Replayed<A>{record.version, std::move(after)});
}

void Replay::check_promises(ShardNumber number) {
  auto& shard = *shard_;
  for (const auto& [stream, order] : shard.of<Order>()) {
    const auto id = key_of<Order>(stream)->hex();
    const auto& state = order.state;
    std::size_t kept = 0;
    for (const auto& payment : state.payments)
      if (payment.status == Order::PaymentStatus::captured) ++kept;
    const bool complete = state.status == Order::Status::complete;
    if (kept != (complete ? 1u : 0u))
      report(number, {}, "P3: order " + id + " kept " + std::to_string(kept) + " charges");
    const auto ticket = shard.of<Ticket>().find(stream_of(state.ticket.id));
    const bool holds = ticket != shard.of<Ticket>().end() && ticket->second.state.hold &&
                       stream_of(ticket->second.state.hold->order) == stream;
    if (!state.has_ended() && !holds)
      report(number, {}, "P1: order " + id + " is live and its ticket is not held by it");
    if (complete)
      ++counts_.complete_orders;
    else if (state.has_ended())
      ++counts_.cancelled_orders;
    else
      ++counts_.live_orders;
  }
  for (const auto& [stream, ticket] : shard.of<Ticket>()) {
    if (!ticket.state.hold) continue;
    const auto& hold = *ticket.state.hold;
    const auto id = key_of<Ticket>(stream)->hex();
    const auto found = shard.of<Order>().find(stream_of(hold.order));
    if (found == shard.of<Order>().end()) {
      report(number, {}, "P1: ticket " + id + " is held by an order that does not exist");
      continue;
    }
    const auto& order = found->second.state;
    if (hold.sold != (order.status == Order::Status::complete) && (hold.sold || !order.has_ended()))
      report(number, {}, "P1: ticket " + id + " and its order disagree about the sale");
    const ReminderKey tell{order.ended_at, stream_of(hold.order),
                           static_cast<std::uint8_t>(ReminderName::tell_ticket)};
    if (order.has_ended() && !hold.sold && !shard.reminders.contains(keys::reminder(number, tell)))
      report(number, {}, "P4: ticket " + id + " is held by an ended order and nothing frees it");
  }
}

bool Replay::has_replayed_rows(const Store& store, ShardNumber number) {
  if (!stored_rows_) {
    std::map<ShardNumber, RowsDigest> digests;
    for_each_row(store, [&](ShardNumber shard, std::string_view key, std::string_view value) {
      digests[shard].add(key, value);
    });
    stored_rows_ = std::make_unique<const std::map<ShardNumber, RowsDigest>>(std::move(digests));
  }
  RowsDigest replayed;
  for (const auto& [key, value] : shard_->rows) replayed.add(key, value);
  const auto stored = stored_rows_->find(number);
  return replayed == (stored == stored_rows_->end() ? RowsDigest{} : stored->second);
}

void Replay::compare_rows(const Store& store, ShardNumber number) {
  auto missing = shard_->rows;
  for_each_row_of(number, store, [&](std::string_view key, std::string_view value) {
    const auto expected = missing.find(std::string{key});
    if (expected == missing.end())
      return report(number, {}, "P6: a row is left over: " + shown(key));
    if (expected->second != value) report(number, {}, "P6: a row differs: " + shown(key));
    missing.erase(expected);
  });
  for (const auto& [key, value] : missing)
    report(number, {}, "P6: a row is missing: " + shown(key));
}

void Replay::finish_shard(const Store& store, ShardNumber number) {
  if (!shard_) {
    shard_ = std::make_unique<Shard>();
    shard_->number = number;
  }
  check_promises(number);
  auto& shard = *shard_;
  const auto prefix = keys::shard_prefix(number);

  if (!has_replayed_rows(store, number)) compare_rows(store, number);
  std::set<std::string> stored;
  for (auto reminders = store.scan(Family::reminders, keys::all_with(prefix)); reminders->valid();
       reminders->next())
    stored.emplace(reminders->key());
  for (const auto& key : shard.reminders)
    if (!stored.contains(key)) report(number, {}, "P6: a reminder is missing: " + shown(key));
  for (const auto& key : stored)
    if (!shard.reminders.contains(key))
      report(number, {}, "P6: a reminder is left over: " + shown(key));

  auto check_snapshots = [&]<class A>(const States<A>& states) {
    for (const auto& [stream, replayed] : states) {
      const auto value = store.get(Family::snapshots, keys::snapshot(number, stream));
      if (!value || !*value) continue;
      ++counts_.snapshots;
      const auto snapshot = keys::read_snapshot_value(**value);
      // One that is damaged counts as none: Verification tells of it.
      if (snapshot && (snapshot->version != replayed.version ||
                       snapshot->state != encode_state(replayed.state)))
        report(number, {}, "P6: a snapshot differs from the replay: " + shown(stream));
    }
  };
  std::apply([&](const auto&... each) { (check_snapshots(each), ...); }, shard.states);

  counts_.tickets += shard.of<Ticket>().size();
  counts_.orders += shard.of<Order>().size();
  counts_.accounts += shard.of<Account>().size();
  counts_.request_keys += shard.of<RequestKey>().size();
  counts_.rows += shard.rows.size();
  counts_.reminders += shard.reminders.size();
  shard_.reset();
}

WriteBatch Replay::rebuild_shard(const Store& store, ShardNumber number) {
  if (!shard_) shard_ = std::make_unique<Shard>();
  WriteBatch batch;
  if (!has_replayed_rows(store, number)) {
    for_each_row_of(number, store, [&](std::string_view key, std::string_view) {
      batch.erase(Family::views, std::string{key});
    });
    for (auto& [key, value] : shard_->rows) batch.put(Family::views, key, value);
  }
  const auto prefix = keys::shard_prefix(number);
  for (const auto family : {Family::reminders, Family::snapshots})
    for (auto cursor = store.scan(family, keys::all_with(prefix)); cursor->valid(); cursor->next())
      batch.erase(family, std::string{cursor->key()});
  for (const auto& key : shard_->reminders) batch.put(Family::reminders, key, {});
  const auto put_snapshots = [&]<class A>(const States<A>& states) {
    for (const auto& [stream, replayed] : states)
      batch.put(Family::snapshots, keys::snapshot(number, stream),
                keys::snapshot_value(replayed.version, encode_state(replayed.state)));
    counts_.snapshots += states.size();
  };
  std::apply([&](const auto&... each) { (put_snapshots(each), ...); }, shard_->states);
  counts_.rows += shard_->rows.size();
  counts_.reminders += shard_->reminders.size();
  shard_.reset();
  return batch;
}

}  // namespace usher
