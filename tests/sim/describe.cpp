#include "tests/sim/describe.hpp"

#include <caf/mailbox_element.hpp>
#include <string_view>
#include <unordered_map>

#include "actors/market/codec/event_codec.hpp"
#include "actors/runtime/messages.hpp"

namespace usher::sim {
namespace {

template <class T>
std::string tail_of(char letter, const T& hex) {
  return std::string{letter, '-'} + hex.substr(hex.size() - 6);
}

template <class T>
const T* get_if(const caf::type_erased_tuple& content) {
  return content.match_elements<T>() ? &content.get_as<T>(0) : nullptr;
}

template <class A>
std::string describe_ask(const caf::type_erased_tuple& content) {
  if (const auto* ask = get_if<Ask<A>>(content))
    return brief(ask->key) + " " + describe(ask->command);
  if (const auto* get = get_if<Get<A>>(content)) return brief(get->key);
  if (const auto* leaving = get_if<Leaving<A>>(content)) return brief(leaving->key);
  return {};
}

}  // namespace

std::string describe(const caf::mailbox_element& message) {
  const auto& content = message.content();
  std::string text = name_of(message);
  for (const auto& detail : {describe_ask<Ticket>(content), describe_ask<Order>(content),
                             describe_ask<Account>(content), describe_ask<RequestKey>(content)})
    if (!detail.empty()) text += " " + detail;
  if (const auto* request = get_if<AppendRequest>(content))
    for (const auto& stream : request->append.streams)
      text += " " + brief_stream(stream.stream) + "+" + std::to_string(stream.records.size());
  if (const auto* answer = get_if<AppendAnswer>(content))
    text += answer->outcome ? " done" : " " + std::string{usher::name_of(answer->outcome.error())};
  if (const auto* due = get_if<Due>(content))
    text += " " + brief_stream(due->reminder.stream) + " reminder " +
            std::to_string(int{due->reminder.name});
  return text;
}

std::string brief(const TicketId& id) { return tail_of('t', id.hex()); }
std::string brief(const OrderId& id) { return tail_of('o', id.hex()); }
std::string brief(const PaymentId& id) { return tail_of('p', id.hex()); }
std::string brief(const Email& email) { return email.text; }
std::string brief(const RequestKeyId& id) { return "k-" + std::to_string(id.bytes.back()); }

std::string brief_stream(const std::string& stream) {
  if (const auto id = key_of<Ticket>(stream)) return brief(*id);
  if (const auto id = key_of<Order>(stream)) return brief(*id);
  if (const auto id = key_of<Account>(stream)) return brief(*id);
  if (const auto id = key_of<RequestKey>(stream)) return brief(*id);
  return "?";
}

std::string describe(const Ticket::Command& command) {
  struct {
    std::string operator()(const Ticket::Create& c) { return "Create " + c.listing.title; }
    std::string operator()(const Ticket::Edit& c) {
      return "Edit " + c.title + " by " + c.editor.text;
    }
    std::string operator()(const Ticket::Reserve& c) {
      return "Reserve " + brief(c.order) + " by " + c.buyer.text + " for " +
             std::to_string(c.hold_ms) + " ms";
    }
    std::string operator()(const Ticket::Release& c) { return "Release " + brief(c.order); }
    std::string operator()(const Ticket::Sell& c) { return "Sell " + brief(c.order); }
  } words;
  return std::visit(words, command);
}

std::string describe(const Order::Command& command) {
  struct {
    std::string operator()(const Order::StartPayment& c) {
      return "StartPayment " + brief(c.payment) + " by " + c.payer.text;
    }
    std::string operator()(const Order::SettlePayment& c) {
      return "SettlePayment " + brief(c.payment) +
             (std::holds_alternative<Order::Captured>(c.outcome) ? " captured" : " refused");
    }
    std::string operator()(const Order::SettleRefund& c) {
      return "SettleRefund " + brief(c.payment);
    }
    std::string operator()(const Order::SettleByOperator& c) {
      return "SettleByOperator " + brief(c.payment);
    }
    std::string operator()(const Order::Cancel& c) { return "Cancel by " + c.by.text; }
    std::string operator()(const Order::Remind& c) {
      static const char* const names[] = {"?",           "expire", "settle",
                                          "tell_ticket", "refund", "look_up"};
      return std::string{"Remind "} + names[static_cast<std::size_t>(c.name)];
    }
  } words;
  return std::visit(words, command);
}

std::string describe(const Account::Command& command) {
  if (const auto* sign_out = std::get_if<Account::SignOut>(&command))
    return "SignOut " + sign_out->user.text;
  return "SignUp " + std::get<Account::SignUp>(command).user.text;
}
std::string describe(const RequestKey::Command&) { return "Claim"; }

std::string describe(const Refusal& refusal) {
  std::string text{std::visit([](auto why) { return usher::name_of(why); }, refusal.why)};
  if (refusal.version > 0) text += " (version " + std::to_string(refusal.version) + ")";
  return text;
}

std::string describe(const FeedRecord& fed) {
  const auto& record = fed.record;
  static const std::unordered_map<std::uint16_t, const char*> names = {
      {1, "Created"},   {2, "Edited"},     {3, "Reserved"},        {4, "Released"},
      {5, "Sold"},      {16, "Placed"},    {17, "PaymentStarted"}, {18, "PaymentDeclined"},
      {19, "Paid"},     {20, "Cancelled"}, {21, "RefundDue"},      {22, "Refunded"},
      {32, "SignedUp"}, {33, "SignedOut"}, {48, "Claimed"},
  };
  const auto name = names.find(record.type);
  return "seq " + std::to_string(fed.seq) + " shard " + std::to_string(record.shard) + " " +
         brief_stream(record.stream) + " v" + std::to_string(record.version) + " " +
         (name == names.end() ? "?" : name->second);
}

}  // namespace usher::sim
