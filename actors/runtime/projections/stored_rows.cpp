#include "actors/runtime/projections/stored_rows.hpp"

#include <utility>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "persistence/checksum.hpp"
#include "persistence/key_layout.hpp"

namespace usher {
namespace {

template <class Visit>
void for_each_row(const Store& store, Visit visit) {
  const auto shard_count = Journal::stored_shard_count(store);
  const ShardNumber end = shard_count ? shard_count->value_or(0) : 0;
  for (auto row = store.scan(Family::views, {}); row->valid(); row->next()) {
    const auto key = keys::read_row_key(row->key());
    visit(key && key->shard < end ? key->shard : 0, row->key(), row->value());
  }
}

}  // namespace

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

void RowsDigest::add(std::string_view key, std::string_view value) {
  const RecordHash hash = hash_of(ByteWriter{}.text(key).raw(value).view());
  const std::string_view bytes{reinterpret_cast<const char*>(hash.data()), hash.size()};
  ++rows;
  sum += ByteReader{bytes}.u64();
}

bool StoredRows::are(const std::map<std::string, std::string>& rows, const Store& store,
                     ShardNumber shard) {
  if (!digests_) {
    std::map<ShardNumber, RowsDigest> digests;
    for_each_row(store, [&](ShardNumber owner, std::string_view key, std::string_view value) {
      digests[owner].add(key, value);
    });
    digests_ = std::make_unique<const std::map<ShardNumber, RowsDigest>>(std::move(digests));
  }
  RowsDigest wanted;
  for (const auto& [key, value] : rows) wanted.add(key, value);
  const auto stored = digests_->find(shard);
  return wanted == (stored == digests_->end() ? RowsDigest{} : stored->second);
}

void StoredRows::for_each(ShardNumber shard, const Store& store, const Visit& visit) {
  for_each_row(store, [&](ShardNumber owner, std::string_view key, std::string_view value) {
    if (owner == shard) visit(key, value);
  });
}

}  // namespace usher
