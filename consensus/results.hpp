// What a core answers in one turn: views of its memory, valid until its next turn or its end. They
// come in order, several of one group among them; walk through them once with for_each.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "consensus/types.hpp"

namespace usher::consensus {

// A message that leaves. To an append its sender adds the payloads of its span; if the log no
// longer has one of them with that term, the message is dropped: a lead was lost, or the log was
// trimmed, while a sync ran. A snapshot is sent with a state of exactly its base.
struct Mail {
  bool waits = false;  // for the Ready's sync
  ReplicaId to = 0;
  std::string_view bytes;
};

// This ticket is answered when `index` is applied here.
struct ReadIndex {
  Ticket ticket = 0;
  Index index = 0;
};

struct HardState {
  Term term = 0;
  ReplicaId vote = 0;
  Index commit = 0;
  // All 0: as before, nothing to write.
  [[nodiscard]] bool is_new() const { return term != 0 || commit != 0; }
};

// At most one of a group is out: until its `synced`, if it needs a sync, nothing but a Meanwhile
// comes of that group.
struct Ready {
  GroupNr group = 0;
  bool leads = false;
  bool needs_sync = false;  // else it may be written with the next batch, but not after it
  ReplicaId leader = 0;     // 0: not known
  HardState hard;
  std::optional<Base> install;  // a snapshot's: all that was there goes, its state comes
  Span append;                  // replaces what the log has from its first index on
  std::vector<Mail> mail;
  Index committed = 0;  // apply up to here (0: nothing new); if it needs a sync, after that
  std::vector<ReadIndex> reads;
};

// To `propose` and `change`.
struct Answer {
  GroupNr group = 0;
  bool taken = false;    // else nothing of it is in any log
  ReplicaId leader = 0;  // that is known; may be this one, while it hands over
  Index first = 0;       // of what was proposed, if it was taken
  Term term = 0;
};

struct Progress {
  struct Peer {
    ReplicaId replica = 0;
    Index match = 0;  // it has acknowledged all up to here
    bool is_learner = false;
    std::uint8_t state = 0;  // of raft: 0 probed, 1 replicated to, 2 gets a snapshot
    bool is_active = false;  // has been heard of within an election time-out
  };
  GroupNr group = 0;
  std::vector<Peer> peers;
};

// While a Ready waits for its sync: all of it at once. It changes nothing of what is stored, held
// or committed. At most one of a group in a turn.
struct Meanwhile {
  GroupNr group = 0;
  bool leads = false;  // true only if the last Ready or Meanwhile said so
  ReplicaId leader = 0;
  std::vector<Mail> mail;
  std::vector<ReadIndex> reads;
};

class Results {
 public:
  explicit Results(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

  // Calls visit(const Ready&), visit(const Answer&), visit(const Progress&) or
  // visit(const Meanwhile&) for each. What is referred to is valid during that call, the bytes of
  // mails until the core's next turn.
  template <class Visitor>
  void for_each(Visitor&& visit) const;

 private:
  std::string_view bytes_;
};

// On the wire from the core (consensus/raft/core.h).
enum class ResultKind : std::uint8_t { ready = 1, answer, progress, meanwhile };

// Decodes one after the other, into the same memory. Bytes that no core writes stop the process.
class ResultReader {
 public:
  explicit ResultReader(std::string_view bytes) : rest_(bytes) {}
  bool next();  // false: that was the last

  [[nodiscard]] ResultKind kind() const { return kind_; }
  [[nodiscard]] const Ready& ready() const { return ready_; }
  [[nodiscard]] const Answer& answer() const { return answer_; }
  [[nodiscard]] const Progress& progress() const { return progress_; }
  [[nodiscard]] const Meanwhile& meanwhile() const { return meanwhile_; }

 private:
  std::string_view rest_;
  ResultKind kind_{};
  Ready ready_;
  Answer answer_;
  Progress progress_;
  Meanwhile meanwhile_;
};

template <class Visitor>
void Results::for_each(Visitor&& visit) const {
  for (ResultReader reader{bytes_}; reader.next();) switch (reader.kind()) {
      case ResultKind::ready:
        visit(reader.ready());
        break;
      case ResultKind::answer:
        visit(reader.answer());
        break;
      case ResultKind::progress:
        visit(reader.progress());
        break;
      case ResultKind::meanwhile:
        visit(reader.meanwhile());
        break;
    }
}

}  // namespace usher::consensus
