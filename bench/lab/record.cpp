#include "bench/lab/record.hpp"

#include <functional>
#include <string>
#include <variant>

namespace usher::lab {
namespace {

constexpr TimeMs first_moment = 1'700'000'000'000;
constexpr DurationMs hold_ms = 15 * 60 * 1'000;

const UserId& seller() {
  static const UserId id{"5f0c5a2b1d3e4f5a6b7c8d9e"};
  return id;
}
const UserId& buyer() {
  static const UserId id{"5f0c5a2b1d3e4f5a6b7c8d9f"};
  return id;
}
std::string title_of(std::size_t ticket) {
  return "Concert at the harbour, seat " + std::to_string(ticket);
}

class Digest {
 public:
  void add(std::uint64_t value) {
    value_ = (value_ ^ value) * 0x9e3779b97f4a7c15ULL;
    value_ ^= value_ >> 29;
  }
  void add(TimeMs time) { add(static_cast<std::uint64_t>(time)); }
  void add(const UserId& user) { add(std::hash<std::string>{}(user.text)); }
  void add(const OrderId& order) { add(std::hash<OrderId>{}(order)); }
  void add(const Ticket::Listing& listing) {
    add(listing.owner);
    add(std::hash<std::string>{}(listing.title));
    add(listing.price.minor);
  }
  void add(const Ticket::Created& e) { add(e.listing), add(e.at); }
  void add(const Ticket::Edited& e) { add(e.listing); }
  void add(const Ticket::Reserved& e) {
    add(e.listing), add(e.order), add(e.buyer), add(e.at), add(e.deadline);
  }
  void add(const Ticket::Released& e) { add(e.listing), add(e.order), add(e.at); }
  void add(const Ticket::Sold& e) { add(e.listing), add(e.order), add(e.at); }

  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace

TimeMs moment_of(const Record& record) { return first_moment + record.turn; }

std::optional<Ticket::Command> command_of(const Record& record) {
  switch (record.deed) {
    case Deed::read:
      return std::nullopt;
    case Deed::edit:
      return Ticket::Edit{seller(), title_of(record.ticket), Money{record.price}};
    case Deed::reserve:
      return Ticket::Reserve{record.order, buyer(), hold_ms};
    case Deed::release:
      return Ticket::Release{record.order, moment_of(record)};
  }
  return std::nullopt;
}

std::uint64_t digest_of(const std::vector<Ticket::Event>& events) {
  Digest digest;
  for (const auto& event : events) {
    digest.add(std::uint64_t{event.index()});
    std::visit([&](const auto& e) { digest.add(e); }, event);
  }
  return digest.value();
}

std::vector<VersionedTicket> make_tickets(std::size_t count) {
  std::vector<VersionedTicket> tickets(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Ticket::Created created{{seller(), title_of(i), Money{100}}, first_moment};
    tickets[i] = {Ticket::evolve(nullptr, created), 1};
  }
  return tickets;
}

TicketId ticket_id(std::size_t ticket) { return TicketId::mint(first_moment, 0, ticket); }

OrderId order_id(std::size_t client, std::size_t turn) {
  return OrderId::mint(first_moment, 0, std::uint64_t{client} << 32 | turn);
}

}  // namespace usher::lab
