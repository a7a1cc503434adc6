// Opening: make the format, or check it and find where every shard ends. Costs a few reads per
// shard, however long the journal is; verify.hpp is the check that reads everything.
#include <algorithm>

#include "persistence/journal.hpp"
#include "persistence/key_layout.hpp"
#include "persistence/record_codec.hpp"
#include "persistence/version_cache.hpp"

namespace usher {
namespace {

std::string place_name(ShardNumber shard, Offset offset) {
  return "shard " + std::to_string(shard) + ", offset " + std::to_string(offset);
}

constexpr const char* advice = "; see `usher verify`, and `usher restore` to go back to a backup";

tl::unexpected<std::string> failure(std::string text) {
  return tl::unexpected(std::move(text) + advice);
}

std::string unreadable(std::string_view what, StorageError error) {
  return "can't read " + std::string{what} + ": " + std::string{name_of(error)};
}

tl::expected<void, std::string> refuse_other_label(const Store& store, const std::string& label) {
  const auto stored = Journal::stored_label(store);
  if (!stored) return failure(stored.error());
  if (label.empty() || stored->empty() || *stored == label) return {};
  return tl::unexpected("this was created with " + *stored + " and can't be opened with " + label);
}

}  // namespace

tl::expected<std::unique_ptr<Journal>, std::string> Journal::open(Store& store,
                                                                  JournalOptions options) {
  if (options.shard_count == 0 || options.shard_count > shard_count_max)
    return tl::unexpected("the number of shards must be between 1 and " +
                          std::to_string(shard_count_max));
  if (!options.clock_us) return tl::unexpected<std::string>("the journal needs a clock");

  const auto stored = store.get(Family::meta, keys::format());
  if (!stored) return failure(unreadable("the format", stored.error()));
  std::unique_ptr<Journal> journal{new Journal(store, std::move(options))};
  if (!*stored) {
    const auto created = journal->create_format().and_then([&] { return journal->check_label(); });
    if (!created) return tl::unexpected(created.error());
    return journal;
  }
  const auto format = keys::read_format_value(**stored);
  if (!format) return failure("the entry with the format is damaged");
  if (!keys::knows_format(format->version))
    return tl::unexpected("this is format " + std::to_string(format->version) +
                          "; this program knows format " + std::to_string(keys::format_version));
  const auto ours = check_application(store, journal->options_.application);
  if (!ours) return tl::unexpected(ours.error());
  if (format->shard_count != journal->shard_count())
    return tl::unexpected("this was created with " + std::to_string(format->shard_count) +
                          " shards and can't be opened with " +
                          std::to_string(journal->shard_count()));
  // Whoever has named the wrong directory, or the wrong currency, hears that first.
  const auto recovered = refuse_other_label(store, journal->options_.label)
                             .and_then([&] { return journal->recover(); })
                             .and_then([&] { return journal->check_label(); });
  if (!recovered) return tl::unexpected(recovered.error());
  if (const auto raised = journal->raise_format(*format); !raised)
    return tl::unexpected(raised.error());
  return journal;
}

// What an older version wrote is read as it is; from now on it could not read all that we write.
tl::expected<void, std::string> Journal::raise_format(const keys::Format& stored) {
  if (stored.version == keys::format_version || store_.failure()) return {};
  WriteBatch batch;
  batch.put(Family::meta, keys::format(),
            keys::format_value({keys::format_version, options_.shard_count}));
  if (!store_.write(batch)) return tl::unexpected<std::string>("can't write to the store");
  return {};
}

tl::expected<void, std::string> Journal::check_application(const Store& store,
                                                           const ApplicationName& application) {
  if (application.name.empty()) return {};
  const auto format = store.get(Family::meta, keys::format());
  if (!format) return failure(unreadable("the format", format.error()));
  if (!*format) return {};
  const auto stored = store.get(Family::meta, keys::application());
  if (!stored) return failure(unreadable("the application's name", stored.error()));
  if (*stored ? **stored == application.name : application.takes_unnamed) return {};
  return tl::unexpected(
      "this directory is of " +
      (*stored ? "the application '" + **stored + "'" : "an unnamed application") +
      "; this program is '" + application.name + "'");
}

tl::expected<std::optional<ShardNumber>, std::string> Journal::stored_shard_count(
    const Store& store) {
  const auto value = store.get(Family::meta, keys::format());
  if (!value) return tl::unexpected{std::string{"the format cannot be read"}};
  if (!*value) return std::optional<ShardNumber>{};
  const auto format = keys::read_format_value(**value);
  if (!format) return tl::unexpected{std::string{"the format record is damaged"}};
  return std::optional{format->shard_count};
}

tl::expected<std::string, std::string> Journal::stored_label(const Store& store) {
  const auto value = store.get(Family::meta, keys::label());
  if (!value) return tl::unexpected{unreadable("the label", value.error())};
  return value->value_or("");
}

tl::expected<void, std::string> Journal::check_label() {
  if (options_.label.empty()) return {};
  const auto stored = stored_label(store_);
  if (!stored) return failure(stored.error());
  if (!stored->empty()) return refuse_other_label(store_, options_.label);
  WriteBatch batch;
  batch.put(Family::meta, keys::label(), options_.label);
  if (!store_.write(batch)) return tl::unexpected<std::string>("can't write to the store");
  return {};
}

tl::expected<void, std::string> Journal::create_format() {
  // A store that has lost its format must not be taken for a new one.
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto family = static_cast<Family>(i);
    const auto cursor = store_.scan(family, {});
    if (cursor->error()) return failure(unreadable(name_of(family), *cursor->error()));
    if (cursor->valid())
      return failure("the store has no format but is not empty: " + std::string{name_of(family)});
  }
  if (store_.acknowledged())
    return failure("the store is empty, but records in it were acknowledged");
  WriteBatch batch;
  batch.put(Family::meta, keys::format(),
            keys::format_value({keys::format_version, options_.shard_count}));
  if (!options_.application.name.empty())
    batch.put(Family::meta, keys::application(), options_.application.name);
  if (!store_.write(batch)) return tl::unexpected<std::string>("can't write to the store");
  return {};
}

tl::expected<void, std::string> Journal::recover() {
  for (ShardNumber shard = 0; shard < options_.shard_count; ++shard) {
    const auto recovered = recover_shard(shard);
    if (!recovered) return recovered;
    last_stamp_ = std::max(last_stamp_, tails_[shard].stamp);
  }
  return recover_feed().and_then([&] { return recover_waiting(); });
}

tl::expected<void, std::string> Journal::recover_shard(ShardNumber shard) {
  const std::string name = "shard " + std::to_string(shard);
  const auto stored = store_.get(Family::meta, keys::tail(shard));
  if (!stored) return failure(unreadable("the end of " + name, stored.error()));
  if (*stored) {
    const auto tail = keys::read_tail_value(**stored);
    if (!tail) return failure("the entry with the end of " + name + " is damaged");
    tails_[shard] = *tail;
  }
  const keys::ShardTail& tail = tails_[shard];
  const auto behind = store_.get(Family::journal, keys::journal(shard, tail.next));
  if (!behind) return failure(unreadable(place_name(shard, tail.next), behind.error()));
  if (*behind) return failure("a record stands behind the end: " + place_name(shard, tail.next));
  ends_[shard].store(tail.next);
  if (tail.next == 0) return {};

  const Offset last = tail.next - 1;
  const auto bytes = store_.get(Family::journal, keys::journal(shard, last));
  if (!bytes) return failure(unreadable(place_name(shard, last), bytes.error()));
  if (!*bytes) return failure("the last record is missing: " + place_name(shard, last));
  const auto record = decode_record(**bytes, shard, last);
  if (!record) return failure("the last record is damaged: " + place_name(shard, last));
  if (hash_of(**bytes) != tail.last_hash || record->time != tail.stamp ||
      record->epoch > tail.epoch)
    return failure("the last record is not the one that was written: " + place_name(shard, last));
  return {};
}

tl::expected<void, std::string> Journal::recover_feed() {
  const auto last = store_.scan(Family::feed, {{}, {}, Direction::descending});
  if (last->error()) return failure(unreadable("the feed", *last->error()));
  if (last->valid()) {
    const auto seq = keys::read_feed_key(last->key());
    const auto runs = keys::read_feed_value(last->value());
    if (!seq || !runs || runs->back().shard >= options_.shard_count ||
        runs->back().first + runs->back().count != tails_[runs->back().shard].next)
      return failure("the feed's last entry is not the last record of its shard");
    feed_end_.store(*seq);
  }
  FeedSeq records = 0;
  for (const keys::ShardTail& tail : tails_) records += tail.next;
  if (records != feed_end_.load())
    return failure("the feed ends at " + std::to_string(feed_end_.load()) + ", but there are " +
                   std::to_string(records) + " records");

  const auto promised = store_.acknowledged();
  if (promised && promised->seq > feed_end_.load())
    return failure("acknowledged records are missing: the journal ends at " +
                   std::to_string(feed_end_.load()) + ", but " + std::to_string(promised->seq) +
                   " (" + place_name(promised->shard, promised->offset) + ") was acknowledged");
  return {};
}

}  // namespace usher
