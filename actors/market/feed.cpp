#include "actors/market/feed.hpp"

#include <string>

#include "actors/market/codec/event_codec.hpp"
#include "persistence/checksum.hpp"
#include "persistence/journal.hpp"

namespace usher {
namespace {

// The time of its commit is in it: the same purchase made again after a restore is another record.
std::uint32_t mark_of(const Record& record) {
  std::string bytes = record.stream;
  bytes += '\0';
  bytes += std::to_string(record.version) + ' ' + std::to_string(record.time) + ' ' +
           std::to_string(record.type) + ' ';
  bytes += record.payload;
  return crc32c(bytes);
}

template <class A>
void decode_into(FeedEntry& entry, const Record& record) {
  const auto id = key_of<A>(record.stream);
  if (!id) return;
  auto event = decode_event<A>(record.type, record.schema, record.payload);
  if (event) entry.what = Happened<A>{*id, *std::move(event)};
}

}  // namespace

FeedEntry feed_entry(const FeedRecord& fed) {
  FeedEntry entry{
      .seq = fed.seq, .mark = mark_of(fed.record), .version = fed.record.version, .what = {}};
  decode_into<Ticket>(entry, fed.record);
  if (std::holds_alternative<std::monostate>(entry.what)) decode_into<Order>(entry, fed.record);
  return entry;
}

std::optional<Account::SignedOut> sign_out_in(const FeedRecord& fed) {
  const Record& record = fed.record;
  if (record.type != static_cast<std::uint16_t>(RecordType::account_signed_out))
    return std::nullopt;
  const auto event = decode_event<Account>(record.type, record.schema, record.payload);
  return event ? std::optional{std::get<Account::SignedOut>(*event)} : std::nullopt;
}

}  // namespace usher
