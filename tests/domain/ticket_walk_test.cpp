// T1 to T3 under random commands, judged by a model that knows nothing of Ticket::State.
#include <string>

#include "tests/domain/random_walk.hpp"

using namespace usher;
using namespace usher::test;

namespace {

// A ticket as a sheet of paper: who owns it, and whose name is pencilled or inked on it.
class PaperTicket {
 public:
  // How many events the command brings, or the rejection.
  tl::expected<int, Rejection> expect(const Ticket::Command& command) const {
    if (const auto* create = std::get_if<Ticket::Create>(&command)) {
      if (!exists_) return 1;
      if (create->listing == listing_) return 0;
      return tl::unexpected{Rejection::already_exists};
    }
    if (!exists_) return tl::unexpected{Rejection::not_found};
    if (const auto* edit = std::get_if<Ticket::Edit>(&command)) {
      if (!name_.empty()) return tl::unexpected{Rejection::ticket_locked};
      if (edit->editor.text != listing_.owner.text) return tl::unexpected{Rejection::not_owner};
      return 1;
    }
    if (const auto* reserve = std::get_if<Ticket::Reserve>(&command)) {
      if (name_.empty()) return 1;
      if (name_ == reserve->order.hex()) return 0;
      return tl::unexpected{Rejection::ticket_reserved};
    }
    if (const auto* release = std::get_if<Ticket::Release>(&command))
      return name_ == release->order.hex() && !ink_ ? 1 : 0;
    if (name_ != std::get<Ticket::Sell>(command).order.hex())
      return tl::unexpected{Rejection::ticket_reserved};
    return ink_ ? 0 : 1;
  }

  // What must be true of every event at the moment when it happens.
  void see(const Ticket::Event& event) {
    CHECK_FALSE(ink_);  // T3
    std::visit([this](const auto& e) { listing_ = e.listing; }, event);
    if (std::holds_alternative<Ticket::Created>(event)) {
      CHECK_FALSE(exists_);
      exists_ = true;
    } else if (std::holds_alternative<Ticket::Edited>(event)) {
      CHECK(name_.empty());  // T2
    } else if (const auto* reserved = std::get_if<Ticket::Reserved>(&event)) {
      CHECK(name_.empty());  // T1
      name_ = reserved->order.hex();
    } else if (const auto* released = std::get_if<Ticket::Released>(&event)) {
      CHECK(name_ == released->order.hex());  // T2
      name_.clear();
    } else {
      CHECK(name_ == std::get<Ticket::Sold>(event).order.hex());  // T2
      ink_ = true;
    }
  }

  void compare(const std::optional<Ticket::State>& ticket) const {
    REQUIRE(ticket.has_value() == exists_);
    if (!ticket) return;
    CHECK(ticket->listing == listing_);
    CHECK(ticket->is_for_sale() == name_.empty());
    CHECK((ticket->hold ? ticket->hold->order.hex() : "") == name_);
    CHECK((ticket->hold && ticket->hold->sold) == ink_);
    CHECK(Ticket::reminders(*ticket).empty());
  }

 private:
  bool exists_ = false;
  Ticket::Listing listing_;
  std::string name_;  // the order that holds it; empty: for sale
  bool ink_ = false;  // sold
};

}  // namespace

TEST_CASE("a ticket keeps its invariants under any commands, and does what the model says") {
  Coverage<Ticket> happened;
  int rejections = 0;
  int retries = 0;
  for (Seed seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    PaperTicket model;
    walk_ticket(seed, 60, [&](const Step<Ticket>& step) {
      const auto expected = model.expect(step.command);
      REQUIRE(step.decision.has_value() == expected.has_value());
      if (!expected) {
        CHECK(step.decision.error() == expected.error());
        CHECK(step.after == step.before);
        ++rejections;
        return;
      }
      CHECK(step.decision->events.size() == static_cast<std::size_t>(*expected));
      CHECK(step.decision->effects.empty());
      if (step.decision->events.empty()) ++retries;
      for (const auto& event : step.decision->events) model.see(event);
      model.compare(step.after);
      happened.count(step.decision->events);
    });
  }
  for (const int times : happened.seen()) CHECK(times > 100);  // or the walk proves nothing
  CHECK(rejections > 1'000);
  CHECK(retries > 1'000);
}
