#include "actors/market/once.hpp"

#include <utility>

namespace usher {
namespace {

constexpr int draws_max = 3;  // of an id that is taken

bool is(const Refusal& refusal, Rejection rejection) {
  const auto* why = std::get_if<Rejection>(&refusal.why);
  return why && *why == rejection;
}

AskOptions before(TimeMs deadline) { return {.deadline = deadline, .if_version = std::nullopt}; }

// One thing of kind A on its way; Made is what whoever asked gets. It keeps itself alive by the
// callback that is out, and only one ever is.
template <class A, class Made>
class Making : public std::enable_shared_from_this<Making<A, Made>> {
 public:
  using Id = typename A::Key;

  Making(Market& market, MadeOnce once, Callback<Made> done)
      : market_(market), once_(std::move(once)), done_(std::move(done)) {}
  virtual ~Making() = default;
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  void start() {
    id_ = draw();
    claim(market_, once_, id_.bytes(), [self = this->shared_from_this()](Answered<Claim> claimed) {
      if (!claimed) return self->done_(tl::unexpected(std::move(claimed.error())));
      self->id_ = Id{claimed->id};
      self->has_key_ = claimed->has_key;
      self->is_repeat_ = claimed->is_repeat;
      self->attempt();
    });
  }

 protected:
  [[nodiscard]] virtual Id draw() = 0;
  // Asks for it under this id; nullopt: something else stands there.
  virtual void ask(const Id& id, Callback<std::optional<Made>> done) = 0;
  // What was made under the id first, if it is what this request makes.
  [[nodiscard]] virtual std::optional<Made> recognised(const Id& id,
                                                       const typename A::State& first) const = 0;

  Market& market_;
  const MadeOnce once_;

 private:
  void attempt() {
    if (draws_++ == draws_max)
      return done_(tl::unexpected(Refusal{Rejection::already_exists, 0, {}}));
    // Before asking: an order's ticket may be free again, and the order that was born under this id
    // can't be born twice.
    if (is_repeat_ || (has_key_ && draws_ > 1)) return look_what_was_made();
    ask_for_it();
  }

  void look_what_was_made() {
    market_.history(id_, Piece{.after = 0, .limit = 1},
                    [self = this->shared_from_this()](auto entries) {
                      if (!entries && !is(entries.error(), Rejection::not_found))
                        return self->done_(tl::unexpected(std::move(entries.error())));
                      if (entries && !entries->empty())
                        if (auto made = self->recognised(self->id_, entries->front().state))
                          return self->done_(*std::move(made));
                      self->ask_for_it();  // the first request has not got that far
                    });
  }

  void ask_for_it() {
    ask(id_, [self = this->shared_from_this()](Answered<std::optional<Made>> answer) {
      if (answer && *answer) return self->done_(**std::move(answer));
      if (!answer && !is(answer.error(), Rejection::already_exists))
        return self->done_(tl::unexpected(std::move(answer.error())));
      // The id is taken: by a stranger, then another is drawn; or, under a key, by the request that
      // this one repeats, and then what that made is looked at.
      if (!self->has_key_) self->id_ = self->draw();
      self->attempt();
    });
  }

  const Callback<Made> done_;
  Id id_;
  bool has_key_ = false;
  bool is_repeat_ = false;
  int draws_ = 0;
};

class Offering final : public Making<Ticket, Offered> {
 public:
  Offering(Market& market, Ticket::Listing listing, MadeOnce once, Callback<Offered> done)
      : Making(market, std::move(once), std::move(done)), listing_(std::move(listing)) {}

 private:
  TicketId draw() override { return market_.new_ticket_id(); }
  void ask(const TicketId& id, Callback<std::optional<Offered>> done) override {
    auto on_answer = [id, done = std::move(done)](Answered<Seen<Ticket>> ticket) {
      if (!ticket) return done(tl::unexpected(std::move(ticket.error())));
      if (ticket->version != 1) return done(std::optional<Offered>{});
      done(std::optional{Offered{id, *ticket->state}});
    };
    market_.ask(id, Ticket::Create{listing_}, before(once_.deadline), std::move(on_answer));
  }
  std::optional<Offered> recognised(const TicketId& id, const Ticket::State& first) const override {
    if (first.listing != listing_) return std::nullopt;
    return Offered{id, first};
  }

  const Ticket::Listing listing_;
};

class Reserving final : public Making<Order, Reservation> {
 public:
  Reserving(Market& market, TicketId ticket, UserId buyer, DurationMs hold_ms, MadeOnce once,
            Callback<Reservation> done)
      : Making(market, std::move(once), std::move(done)),
        ticket_(ticket),
        buyer_(std::move(buyer)),
        hold_ms_(hold_ms) {}

 private:
  OrderId draw() override { return market_.new_order_id(ticket_.slot()); }
  // The order is read off the ticket that holds it: the two are one fact. When the ticket has moved
  // on already, the order's own history knows.
  void ask(const OrderId& id, Callback<std::optional<Reservation>> done) override {
    auto on_answer = [id, ticket = ticket_, buyer = buyer_,
                      done = std::move(done)](Answered<Seen<Ticket>> seen) {
      if (!seen) return done(tl::unexpected(std::move(seen.error())));
      const auto& hold = seen->state->hold;
      if (!hold || hold->order != id || hold->sold) return done(std::optional<Reservation>{});
      const auto& listing = seen->state->listing;
      Order::Bought bought{ticket, listing.title, listing.price, seen->version - 1};
      done(std::optional{Reservation{id, std::move(bought), buyer, hold->deadline}});
    };
    market_.ask(ticket_, Ticket::Reserve{id, buyer_, hold_ms_}, before(once_.deadline),
                std::move(on_answer));
  }
  std::optional<Reservation> recognised(const OrderId& id,
                                        const Order::State& first) const override {
    if (first.buyer != buyer_) return std::nullopt;
    return Reservation{id, first.ticket, first.buyer, first.deadline};
  }

  const TicketId ticket_;
  const UserId buyer_;
  const DurationMs hold_ms_;
};

}  // namespace

void claim(Market& market, const MadeOnce& once, RequestKey::AnyId proposed, Callback<Claim> done) {
  if (!once.key) return done(Claim{proposed, false, false});
  const auto ask = [&market, id = once.key->id, deadline = once.deadline, proposed](
                       const RequestKey::Fingerprint& fingerprint,
                       Callback<Seen<RequestKey>> on_answer) {
    market.ask(id, RequestKey::Claim{fingerprint, proposed}, before(deadline),
               std::move(on_answer));
  };
  auto finish = [proposed, done](Answered<Seen<RequestKey>> claimed) {
    if (!claimed) return done(tl::unexpected(std::move(claimed.error())));
    const auto& kept = claimed->state->id;
    done(Claim{kept, true, kept != proposed});
  };
  const auto older = once.key->older_fingerprint;
  ask(once.key->fingerprint,
      [ask, older, finish = std::move(finish)](Answered<Seen<RequestKey>> claimed) mutable {
        const bool may_be_older = !claimed && older && is(claimed.error(), Rejection::key_reused);
        if (may_be_older) return ask(*older, std::move(finish));
        finish(std::move(claimed));
      });
}

void Market::offer(Ticket::Listing listing, MadeOnce once, Callback<Offered> done) {
  std::make_shared<Offering>(*this, std::move(listing), std::move(once), std::move(done))->start();
}

void Market::reserve(TicketId ticket, UserId buyer, DurationMs hold_ms, MadeOnce once,
                     Callback<Reservation> done) {
  std::make_shared<Reserving>(*this, ticket, std::move(buyer), hold_ms, std::move(once),
                              std::move(done))
      ->start();
}

}  // namespace usher
