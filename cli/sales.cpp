#include "cli/sales.hpp"

#include "actors/market/codec/event_codec.hpp"

namespace usher::cli {
namespace {

bool has_expired(const Record& record) {
  const auto event = decode_event<Order>(record.type, record.schema, record.payload);
  const auto* cancelled = event ? std::get_if<Order::Cancelled>(&*event) : nullptr;
  return cancelled != nullptr && cancelled->reason == Order::Reason::expired;
}

}  // namespace

void Sales::count(const std::vector<FeedRecord>& committed) {
  const auto add = [](std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  };
  for (const auto& [seq, record] : committed) {
    switch (static_cast<RecordType>(record.type)) {
      case RecordType::ticket_created:
        add(tickets_offered);
        break;
      case RecordType::order_placed:
        add(orders_placed);
        break;
      case RecordType::order_paid:
        add(orders_paid);
        break;
      case RecordType::order_cancelled:
        add(has_expired(record) ? orders_expired : orders_cancelled);
        break;
      case RecordType::order_payment_declined:
        add(payments_declined);
        break;
      case RecordType::order_refunded:
        add(payments_refunded);
        break;
      case RecordType::account_signed_up:
        add(accounts);
        break;
      default:
        break;
    }
  }
}

}  // namespace usher::cli
