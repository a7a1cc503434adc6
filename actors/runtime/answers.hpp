// What whoever asks an aggregate is told: the words of every application's door.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "actors/runtime/model/vocabulary.hpp"
#include "base/ids.hpp"

namespace usher {

// We could not do it. Outside: 503 with Retry-After.
enum class Failure {
  timed_out,    // the deadline passed before the command was looked at: it was NOT executed
  overloaded,   // a mailbox is full: it was NOT executed
  unknown,      // the append failed or the answer is late: it may have happened or may yet happen
  unavailable,  // the journal does not take writes, or the node is stopping: it was NOT executed
};
[[nodiscard]] std::string_view name_of(Failure failure);

struct Refusal {
  std::variant<Rejection, Failure> why;
  Version version = 0;            // the aggregate's version now, where there is one (for 412)
  std::string detail;             // what the application adds (Hosted<A>::explain)
  DurationMs retry_after_ms = 0;  // estimated by whatever is busy; 0: nobody can tell
  std::string code = {};          // likewise, for programs
};

template <class T>
using Answered = tl::expected<T, Refusal>;
template <class T>
using Callback = std::function<void(Answered<T>)>;

// The aggregate behind the command: durable, never older than the answer that it is.
template <class A>
struct Seen {
  Version version = 0;  // number of events: at least 1
  std::shared_ptr<const typename A::State> state;
};

struct AskOptions {
  TimeMs deadline = 0;                // past it the command is not executed; required
  std::optional<Version> if_version;  // refuse with stale_version unless this is the version
  // Nobody waits for it, but a promise depends on it: what it needs is never behind what anybody
  // may ask for.
  bool is_duty = false;
};

struct PageRequest {
  std::size_t limit = 20;            // rows
  std::optional<std::string> after;  // opaque cursor from Page::next
  std::string client = {};           // who asks, as below
};

// A piece of a history, or of the feed.
struct Piece {
  std::uint64_t after = 0;  // a version, or a FeedSeq
  std::size_t limit = 0;
  // Who asks: clients take turns with the readers, so whoever asks more waits for himself.
  std::string client = {};
};

template <class R>
struct Page {
  std::vector<R> rows;
  std::optional<std::string> next;  // a cursor when there may be more
};

// One event of one aggregate; `state` is the state after it.
template <class A>
struct HistoryEntry {
  Version version = 0;
  TimeMs at = 0;
  typename A::Event event;
  typename A::State state;
};

}  // namespace usher
