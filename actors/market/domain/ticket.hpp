// One ticket that its owner offers for sale.
// decide() keeps these invariants, evolve() relies on them:
//   T1  At most one order holds the ticket.
//   T2  A held ticket is neither edited nor held again; only its own order releases or sells it.
//   T3  A sold ticket never changes again.
// The deadline of a hold is the order's business: the ticket stays held until its order says how
// it ended. So a hold may end late by a bounded delay, and never early (a charge may be in flight).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/market/domain/ids.hpp"
#include "actors/market/domain/money.hpp"
#include "actors/market/domain/rejection.hpp"
#include "actors/runtime/model/decision.hpp"
#include "actors/runtime/model/reminder.hpp"

namespace usher {

struct Ticket {
  using Key = TicketId;

  // What everybody may see of a ticket. Every event carries the listing after it, so that the
  // public event feed is a function of one record (event-carried state transfer).
  struct Listing {
    UserId owner;
    std::string title;
    Money price;
    bool operator==(const Listing&) const = default;
  };

  // ---- commands
  struct Create {
    Listing listing;
  };
  struct Edit {
    UserId editor;
    std::string title;
    Money price;
  };
  struct Reserve {
    OrderId order;
    UserId buyer;
    DurationMs hold_ms;  // how long the buyer has to pay
  };
  // `ended_at`: when the order ended (Order::State::ended_at). It goes into the event as `at`,
  // because that event clears the order's reminder, whose key has that time.
  struct Release {  // its order was cancelled or has expired
    OrderId order;
    TimeMs ended_at;
  };
  struct Sell {  // its order is complete
    OrderId order;
    TimeMs ended_at;
  };
  using Command = std::variant<Create, Edit, Reserve, Release, Sell>;

  // ---- events
  struct Created {
    Listing listing;
    TimeMs at;
    bool operator==(const Created&) const = default;
  };
  struct Edited {
    Listing listing;
    bool operator==(const Edited&) const = default;
  };
  struct Reserved {
    Listing listing;
    OrderId order;
    UserId buyer;
    TimeMs at;
    TimeMs deadline;
    bool operator==(const Reserved&) const = default;
  };
  struct Released {
    Listing listing;
    OrderId order;
    TimeMs at;  // when the order ended
    bool operator==(const Released&) const = default;
  };
  struct Sold {
    Listing listing;
    OrderId order;
    TimeMs at;  // when the order ended
    bool operator==(const Sold&) const = default;
  };
  using Event = std::variant<Created, Edited, Reserved, Released, Sold>;

  // ---- state
  struct Hold {
    OrderId order;
    TimeMs deadline;
    bool sold = false;
    bool operator==(const Hold&) const = default;
  };
  struct State {
    Listing listing;
    TimeMs created_at = 0;
    std::optional<Hold> hold;
    bool operator==(const State&) const = default;
    [[nodiscard]] bool is_for_sale() const { return !hold; }
  };

  using Effect = std::monostate;  // a ticket sets nothing off
  using Decision = Decided<Event, Effect>;

  // `state` is null before the first event. Creating what exists: already_exists, except when the
  // listing is the same one (the retry of a request whose answer was lost): accepted, no events.
  static Decision decide(const State* state, const Command& command, TimeMs now);
  // `state` is null for the first event, which is Created. Cannot fail: events are facts.
  static State evolve(const State* state, const Event& event);
  static std::vector<Reminder> reminders(const State&) { return {}; }
};

}  // namespace usher
