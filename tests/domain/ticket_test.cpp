// The rules of a ticket (actors/market/domain/ticket.hpp: T1 to T3).
#include "actors/market/domain/ticket.hpp"

#include "tests/domain/examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

namespace {

constexpr TimeMs created_at = 1'000;
constexpr TimeMs reserved_at = 2'000;
constexpr DurationMs hold_ms = 900'000;
constexpr TimeMs deadline = reserved_at + hold_ms;
constexpr TimeMs ended_at = 3'000;

const Ticket::Listing edited{alice, "Second row", Money{1'000}};

const Ticket::Event created = Ticket::Created{listing, created_at};
const Ticket::Event reserved = Ticket::Reserved{listing, bobs_order, bob, reserved_at, deadline};
const Ticket::Event released = Ticket::Released{listing, bobs_order, ended_at};
const Ticket::Event sold = Ticket::Sold{listing, bobs_order, ended_at};

const auto for_sale = given<Ticket>({created});
const auto held = given<Ticket>({created, reserved});
const auto freed = given<Ticket>({created, reserved, released});
const auto gone = given<Ticket>({created, reserved, sold});

}  // namespace

TEST_CASE("a ticket begins with its creation and is for sale") {
  given_nothing<Ticket>().when(Ticket::Create{listing}, created_at).then({created});
  CHECK(for_sale.state() == Ticket::State{listing, created_at, std::nullopt});
  CHECK(for_sale.state().is_for_sale());
}

TEST_CASE("nothing else can be done with a ticket that does not exist") {
  const auto nothing = given_nothing<Ticket>();
  nothing.when(Ticket::Edit{alice, "x", Money{1}}, 0).then_rejected(Rejection::not_found);
  nothing.when(Ticket::Reserve{bobs_order, bob, hold_ms}, 0).then_rejected(Rejection::not_found);
  nothing.when(Ticket::Release{bobs_order, 0}, 0).then_rejected(Rejection::not_found);
  nothing.when(Ticket::Sell{bobs_order, 0}, 0).then_rejected(Rejection::not_found);
}

TEST_CASE("a repeated creation is a retry, one with another listing meets a taken id") {
  for_sale.when(Ticket::Create{listing}, 5'000).then_nothing();
  held.when(Ticket::Create{listing}, 5'000).then_nothing();
  for_sale.when(Ticket::Create{edited}, 5'000).then_rejected(Rejection::already_exists);
  for_sale.when(Ticket::Create{{eve, listing.title, listing.price}}, 5'000)
      .then_rejected(Rejection::already_exists);
}

TEST_CASE("the owner edits a ticket that is for sale") {
  for_sale.when(Ticket::Edit{alice, edited.title, edited.price}, 2'000)
      .then({Ticket::Edited{edited}});
  freed.when(Ticket::Edit{alice, edited.title, edited.price}, 4'000).then({Ticket::Edited{edited}});
  CHECK(for_sale.and_then({Ticket::Edited{edited}}).state().listing == edited);
}

TEST_CASE("an edit without a difference is a change all the same: the version grows") {
  for_sale.when(Ticket::Edit{alice, listing.title, listing.price}, 2'000)
      .then({Ticket::Edited{listing}});
}

TEST_CASE("nobody else edits a ticket") {
  for_sale.when(Ticket::Edit{eve, "Mine", Money{1}}, 2'000).then_rejected(Rejection::not_owner);
}

TEST_CASE("T2: a held or sold ticket is not edited, and that is said before whose it is") {
  for (const auto& locked : {held, gone}) {
    locked.when(Ticket::Edit{alice, "x", Money{1}}, 4'000).then_rejected(Rejection::ticket_locked);
    locked.when(Ticket::Edit{eve, "x", Money{1}}, 4'000).then_rejected(Rejection::ticket_locked);
  }
}

TEST_CASE("a reservation holds the ticket as it is listed, for as long as it was asked") {
  for_sale.when(Ticket::Reserve{bobs_order, bob, hold_ms}, reserved_at).then({reserved});
  CHECK_FALSE(held.state().is_for_sale());
  CHECK(held.state().hold == Ticket::Hold{bobs_order, deadline, false});

  for_sale.and_then({Ticket::Edited{edited}})
      .when(Ticket::Reserve{bobs_order, bob, hold_ms}, reserved_at)
      .then({Ticket::Reserved{edited, bobs_order, bob, reserved_at, deadline}});
}

TEST_CASE("sellers may reserve their own ticket") {
  for_sale.when(Ticket::Reserve{bobs_order, alice, hold_ms}, reserved_at)
      .then({Ticket::Reserved{listing, bobs_order, alice, reserved_at, deadline}});
}

TEST_CASE("T1: a held ticket is not reserved for a second order") {
  held.when(Ticket::Reserve{eves_order, eve, hold_ms}, reserved_at)
      .then_rejected(Rejection::ticket_reserved);
}

TEST_CASE("the hold lasts until its order says how it ended, also past the deadline") {
  for (const TimeMs now : {deadline - 1, deadline, deadline + 1})
    held.when(Ticket::Reserve{eves_order, eve, hold_ms}, now)
        .then_rejected(Rejection::ticket_reserved);
}

TEST_CASE("a repeated reservation of the same order is a retry and keeps the first deadline") {
  held.when(Ticket::Reserve{bobs_order, bob, hold_ms}, 50'000).then_nothing();
  gone.when(Ticket::Reserve{bobs_order, bob, hold_ms}, 50'000).then_nothing();
}

TEST_CASE("its order releases the ticket, which is for sale again") {
  held.when(Ticket::Release{bobs_order, ended_at}, 9'000).then({released});
  CHECK(freed.state() == for_sale.state());
  freed.when(Ticket::Reserve{eves_order, eve, hold_ms}, reserved_at)
      .then({Ticket::Reserved{listing, eves_order, eve, reserved_at, deadline}});
}

TEST_CASE("a release that comes again, or from an order that holds nothing, changes nothing") {
  freed.when(Ticket::Release{bobs_order, ended_at}, 9'000).then_nothing();
  for_sale.when(Ticket::Release{bobs_order, ended_at}, 9'000).then_nothing();
  held.when(Ticket::Release{eves_order, ended_at}, 9'000).then_nothing();
}

TEST_CASE("T2: a late release of an old order does not free what another order holds by now") {
  const auto eves =
      freed.and_then({Ticket::Reserved{listing, eves_order, eve, reserved_at, deadline}});
  eves.when(Ticket::Release{bobs_order, ended_at}, 9'000).then_nothing();
  eves.when(Ticket::Sell{bobs_order, ended_at}, 9'000).then_rejected(Rejection::ticket_reserved);
}

TEST_CASE("its order sells the ticket") {
  held.when(Ticket::Sell{bobs_order, ended_at}, 9'000).then({sold});
  CHECK(gone.state().hold == Ticket::Hold{bobs_order, deadline, true});
  CHECK_FALSE(gone.state().is_for_sale());
}

TEST_CASE("selling twice to the same order is a retry") {
  gone.when(Ticket::Sell{bobs_order, ended_at}, 9'000).then_nothing();
}

TEST_CASE("a ticket is never sold to an order that does not hold it") {
  for_sale.when(Ticket::Sell{bobs_order, ended_at}, 9'000)
      .then_rejected(Rejection::ticket_reserved);
  held.when(Ticket::Sell{eves_order, ended_at}, 9'000).then_rejected(Rejection::ticket_reserved);
  gone.when(Ticket::Sell{eves_order, ended_at}, 9'000).then_rejected(Rejection::ticket_reserved);
}

TEST_CASE("T3: a sold ticket never changes again") {
  gone.when(Ticket::Release{bobs_order, ended_at}, 9'000).then_nothing();
  gone.when(Ticket::Release{eves_order, ended_at}, 9'000).then_nothing();
  gone.when(Ticket::Reserve{eves_order, eve, hold_ms}, deadline)
      .then_rejected(Rejection::ticket_reserved);
}

TEST_CASE("a ticket wants no reminder: the deadline of a hold is the order's business") {
  for (const auto& ticket : {for_sale, held, freed, gone}) ticket.then_reminders({});
}
