// The market's feed as the public events of docs/contract.md, section 4: subject, JSON, and who may
// see them.
#pragma once

#include <vector>

#include "actors/market/feed.hpp"
#include "base/currency.hpp"
#include "http/front/event_streams.hpp"
#include "http/front/public_event.hpp"

namespace usher::http {

// An entry may show as two events: 2 * its seq, and one more. Usually it is one, none for what is
// nobody's business, two for an expiry.
[[nodiscard]] std::vector<PublicEvent> public_events(const FeedEntry& entry,
                                                     const Currency& currency);

// Where to read the feed for what comes behind a public cursor: from the entry at the cursor on,
// because that may have a second event, and because it proves the cursor.
constexpr FeedSeq feed_after(const FeedCursor& after) {
  return after.seq < 2 ? 0 : after.seq / 2 - 1;
}
// The cursor behind all that an entry can show; 0 of the empty feed.
[[nodiscard]] inline FeedCursor behind(const FeedEntry& entry) {
  return {entry.seq == 0 ? 0 : 2 * entry.seq + 1, entry.mark};
}

// `entries` were read from feed_after(after). False: the cursor is of another history, because
// nothing stands there, or something else.
[[nodiscard]] bool proves(const FeedCursor& after, const std::vector<FeedEntry>& entries);
// What an event stream is brought up with.
[[nodiscard]] ReplayPage replay_page(const FeedCursor& after, const std::vector<FeedEntry>& entries,
                                     const Currency& currency);

}  // namespace usher::http
