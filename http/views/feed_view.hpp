// Journal records as the public events of CONTRACT section 4: subject, JSON, and who may see them.
// A function of one record, so that a live stream, a replay and a poll show the same.
#pragma once

#include <vector>

#include "http/front/public_event.hpp"
#include "persistence/journal.hpp"

namespace usher::http {

// A record may show as two events: 2 * its feed seq, and one more. Usually it is one event, none
// for records that are nobody's business (accounts, keys), two for an expiry. A record of a form
// that this build does not know shows as nothing.
[[nodiscard]] std::vector<PublicEvent> public_events(const FeedRecord& record);

// Where to read the journal's feed for what comes behind a public cursor. The record at the cursor
// may have a second event behind it, so it is read again: skip events up to the cursor.
constexpr FeedSeq feed_after(PublicSeq after) { return after == 0 ? 0 : (after - 1) / 2; }
// The cursor behind all that a record can show.
constexpr PublicSeq behind(FeedSeq seq) { return 2 * seq + 1; }

}  // namespace usher::http
