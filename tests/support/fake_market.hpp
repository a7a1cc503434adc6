// A market in memory that answers at once: the real aggregates (decide, evolve) and the real codec
// without actors, journal or threads. Whole purchases run through it, so route tests need no
// sockets and no sleeping. The clock and the gateway are the test's.
#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/domain/purchase.hpp"
#include "actors/market/market.hpp"
#include "persistence/journal.hpp"

namespace usher::test {

class FakeMarket final : public Market {
 public:
  // ---- what a test sets
  TimeMs clock = 1'705'111'746'123;  // 2024-01-13T02:09:06.123Z
  // The next ask, get, list or password question gets this instead of an answer.
  std::optional<Refusal> refuse_next;
  // The ids that are handed out next, instead of fresh ones.
  std::vector<TicketId> next_ticket_ids;
  std::vector<OrderId> next_order_ids;
  // Card tokens: what the gateway says. Others are charged.
  static constexpr const char* declined_token = "tok_chargeDeclined";
  static constexpr const char* declined_words = "Your card was declined.";
  static constexpr const char* silent_token = "tok_silent";  // its outcome stays unknown

  // ---- what a test looks at
  int charges = 0;
  std::vector<std::string> verified_hashes;  // what verify_password was asked about
  std::vector<TimeMs> deadlines;             // of every ask and get
  [[nodiscard]] const std::vector<FeedRecord>& committed() const { return feed_; }

  // The deadline of every order that has passed is acted upon, as its reminder would.
  void expire_due_orders() {
    for (auto& [id, stream] : orders_)
      decide_order(id, Order::Remind{ReminderName::expire}, std::nullopt);
  }
  // The gateway's late word about the payment of `order` that it kept silent about.
  void settle(OrderId order) {
    for (const auto& payment : orders_.at(order).state->payments)
      if (payment.status == Order::PaymentStatus::started)
        decide_order(order, Order::SettlePayment{payment.id, Order::Captured{charge()}}, {});
  }

  // ---- Market
  [[nodiscard]] TimeMs now() const override { return clock; }

  TicketId new_ticket_id() override {
    if (!next_ticket_ids.empty()) return take_first(next_ticket_ids);
    ++drawn_;
    return TicketId::mint(clock, static_cast<Slot>(drawn_ * 1009), drawn_);
  }
  OrderId new_order_id(Slot slot) override {
    if (!next_order_ids.empty()) return take_first(next_order_ids);
    return OrderId::mint(clock, slot, ++drawn_);
  }
  PaymentId new_payment_id(Slot slot) override { return PaymentId::mint(clock, slot, ++drawn_); }

  void ask(TicketId id, Ticket::Command command, AskOptions options,
           Callback<Seen<Ticket>> done) override {
    if (is_refused(options.deadline, done)) return;
    auto& stream = tickets_[id];
    const auto answer = decide(stream, id, command, options.if_version);
    const auto* reserve = std::get_if<Ticket::Reserve>(&command);
    const bool gives_birth = answer && reserve && stream.entries.size() > seen_before_;
    if (gives_birth && orders_[reserve->order].state) {  // one append: both or none
      stream.undo();
      feed_.pop_back();
      return done(tl::unexpected{Refusal{Rejection::already_exists, 0, {}}});
    }
    if (gives_birth)
      append<Order>(orders_[reserve->order], reserve->order,
                    {placed_by(id, std::get<Ticket::Reserved>(stream.entries.back().event),
                               stream.version() - 1)});
    done(answer);
  }
  void ask(OrderId id, Order::Command command, AskOptions options,
           Callback<Seen<Order>> done) override {
    if (is_refused(options.deadline, done)) return;
    done(decide_order(id, command, options.if_version));
  }
  void ask(Email id, Account::Command command, AskOptions options,
           Callback<Seen<Account>> done) override {
    if (is_refused(options.deadline, done)) return;
    done(decide(accounts_[id], id, command, options.if_version));
  }
  void ask(RequestKeyId id, RequestKey::Command command, AskOptions options,
           Callback<Seen<RequestKey>> done) override {
    if (is_refused(options.deadline, done)) return;
    done(decide(keys_[id], id, command, options.if_version));
  }

  void pay(OrderId id, Order::StartPayment payment, AskOptions options,
           Callback<Seen<Order>> done) override {
    if (is_refused(options.deadline, done)) return;
    auto started = decide_order(id, payment, options.if_version);
    if (!started) return done(with_words(id, payment.payment, started.error()));
    if (started->state->status == Order::Status::complete) return done(started);
    if (payment.token == silent_token)
      return done(tl::unexpected{Refusal{Failure::unknown, 0, {}}});
    if (payment.token == declined_token) {
      decide_order(
          id,
          Order::SettlePayment{payment.payment, Order::Refused{declined_words, "card_declined"}},
          {});
      return done(
          tl::unexpected{Refusal{Rejection::payment_declined, started->version, declined_words}});
    }
    done(decide_order(id, Order::SettlePayment{payment.payment, Order::Captured{charge()}}, {}));
  }

  void get(TicketId id, TimeMs deadline, Callback<Seen<Ticket>> done) override {
    look(tickets_, id, deadline, done);
  }
  void get(OrderId id, TimeMs deadline, Callback<Seen<Order>> done) override {
    look(orders_, id, deadline, done);
  }
  void get(Email id, TimeMs deadline, Callback<Seen<Account>> done) override {
    look(accounts_, id, deadline, done);
  }

  void tickets_for_sale(TicketSearch search, Callback<Page<TicketRow>> done) override {
    if (is_refused(0, done)) return;
    auto rows = rows_of<TicketRow>(tickets_, [&](const Ticket::State& ticket) {
      return ticket.is_for_sale() && contains(ticket.listing.title, search.text);
    });
    const auto price = [](const TicketRow& row) { return row.state.listing.price; };
    const auto by = search.sort;
    if (by == TicketSort::newest) std::reverse(rows.begin(), rows.end());
    if (by == TicketSort::cheapest || by == TicketSort::dearest)
      std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
        return by == TicketSort::cheapest ? price(a) < price(b) : price(b) < price(a);
      });
    done(page_of(std::move(rows), search.page));
  }
  void tickets_of(UserId owner, PageRequest page, Callback<Page<TicketRow>> done) override {
    if (is_refused(0, done)) return;
    done(page_of(
        rows_of<TicketRow>(
            tickets_, [&](const Ticket::State& ticket) { return ticket.listing.owner == owner; }),
        page));
  }
  void orders_of(UserId buyer, PageRequest page, Callback<Page<OrderRow>> done) override {
    if (is_refused(0, done)) return;
    done(page_of(
        rows_of<OrderRow>(orders_, [&](const Order::State& order) { return order.buyer == buyer; }),
        page));
  }
  void unsettled(PageRequest page, Callback<Page<UnsettledRow>> done) override {
    if (is_refused(0, done)) return;
    std::vector<UnsettledRow> rows;
    for (const auto& row : rows_of<OrderRow>(orders_, [](const Order::State&) { return true; }))
      for (const auto& reminder : Order::reminders(row.state))
        if (is_about_money(reminder.name))
          rows.push_back({row.id, reminder.due, reminder.name, row.state});
    if (rows.size() > page.limit) rows.resize(page.limit);
    done(Page<UnsettledRow>{std::move(rows), std::nullopt});
  }
  void history(TicketId id, Piece piece,
               Callback<std::vector<HistoryEntry<Ticket>>> done) override {
    if (is_refused(0, done)) return;
    done(entries_of(tickets_, id, piece.after, piece.limit));
  }
  void history(OrderId id, Piece piece, Callback<std::vector<HistoryEntry<Order>>> done) override {
    if (is_refused(0, done)) return;
    done(entries_of(orders_, id, piece.after, piece.limit));
  }
  void feed(Piece piece, Callback<std::vector<FeedEntry>> done) override {
    if (is_refused(0, done)) return;
    std::vector<FeedEntry> entries;
    for (const auto& record : feed_)
      if (record.seq > piece.after && entries.size() < piece.limit)
        entries.push_back(feed_entry(record));
    done(std::move(entries));
  }

  void hash_password(std::string password, Callback<std::string> done) override {
    if (is_refused(0, done)) return;
    done("hash of " + password);
  }
  void verify_password(std::string password, std::string hash, Callback<bool> done) override {
    verified_hashes.push_back(hash);
    if (is_refused(0, done)) return;
    done(hash == "hash of " + password);
  }

 private:
  template <class A>
  struct Stream {
    std::shared_ptr<const typename A::State> state;
    std::vector<HistoryEntry<A>> entries;
    std::size_t born = 0;  // for "in order of creation"
    [[nodiscard]] Version version() const { return entries.size(); }
    void undo() {
      entries.pop_back();
      state = entries.empty() ? nullptr
                              : std::make_shared<const typename A::State>(entries.back().state);
    }
  };
  template <class A>
  using Streams = std::map<typename A::Key, Stream<A>>;

  template <class AnId>
  static AnId take_first(std::vector<AnId>& ids) {
    const AnId id = ids.front();
    ids.erase(ids.begin());
    return id;
  }

  template <class T>
  bool is_refused(TimeMs deadline, const Callback<T>& done) {
    if (deadline != 0) deadlines.push_back(deadline);
    if (!refuse_next) return false;
    done(tl::unexpected{*std::exchange(refuse_next, std::nullopt)});
    return true;
  }

  template <class A>
  void append(Stream<A>& stream, const typename A::Key& key,
              const std::vector<typename A::Event>& events) {
    for (const auto& event : events) {
      if (stream.entries.empty()) stream.born = ++births_;
      stream.state =
          std::make_shared<const typename A::State>(A::evolve(stream.state.get(), event));
      stream.entries.push_back({stream.version() + 1, clock, event, *stream.state});
      auto encoded = encode(event);
      FeedRecord record;
      record.seq = ++feed_seq_;
      record.record.stream = stream_of(key);
      record.record.version = stream.version();
      record.record.type = encoded.type;
      record.record.schema = encoded.schema;
      record.record.payload = std::move(encoded.payload);
      record.record.time = clock * 1000;
      feed_.push_back(std::move(record));
    }
  }

  template <class A>
  Answered<Seen<A>> decide(Stream<A>& stream, const typename A::Key& key,
                           const typename A::Command& command, std::optional<Version> if_version) {
    seen_before_ = stream.entries.size();
    if (if_version && stream.state && *if_version != stream.version())
      return tl::unexpected{Refusal{Rejection::stale_version, stream.version(), {}}};
    const auto decision = A::decide(stream.state.get(), command, clock);
    if (!decision) return tl::unexpected{Refusal{decision.error(), stream.version(), {}}};
    append<A>(stream, key, decision->events);
    return Seen<A>{stream.version(), stream.state};
  }

  // And what the order's reminders would do: its ticket learns how it ended.
  Answered<Seen<Order>> decide_order(const OrderId& id, const Order::Command& command,
                                     std::optional<Version> if_version) {
    auto& stream = orders_[id];
    auto answer = decide<Order>(stream, id, command, if_version);
    if (answer && answer->state->has_ended()) {
      const auto& order = *answer->state;
      const auto tell = [&](Ticket::Command told) {
        static_cast<void>(
            decide<Ticket>(tickets_[order.ticket.id], order.ticket.id, told, std::nullopt));
      };
      if (order.status == Order::Status::complete)
        tell(Ticket::Sell{id, order.ended_at});
      else
        tell(Ticket::Release{id, order.ended_at});
    }
    return answer;
  }

  tl::unexpected<Refusal> with_words(const OrderId& id, const PaymentId& payment, Refusal refusal) {
    const auto& state = orders_[id].state;
    const auto* known = state ? state->find_payment(payment) : nullptr;
    if (known && known->status == Order::PaymentStatus::declined) refusal.detail = known->detail;
    return tl::unexpected{std::move(refusal)};
  }

  template <class A, class Key>
  void look(const std::map<Key, Stream<A>>& streams, const Key& id, TimeMs deadline,
            const Callback<Seen<A>>& done) {
    if (is_refused(deadline, done)) return;
    const auto found = streams.find(id);
    if (found == streams.end() || !found->second.state)
      return done(tl::unexpected{Refusal{Rejection::not_found, 0, {}}});
    done(Seen<A>{found->second.version(), found->second.state});
  }

  template <class R, class Key, class A, class Wanted>
  static std::vector<R> rows_of(const std::map<Key, Stream<A>>& streams, Wanted wanted) {
    std::vector<std::pair<std::size_t, R>> found;
    for (const auto& [id, stream] : streams)
      if (stream.state && wanted(*stream.state))
        found.push_back({stream.born, R{id, stream.version(), *stream.state}});
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<R> rows;
    for (auto& [born, row] : found) rows.push_back(std::move(row));
    return rows;
  }

  // Its cursors: how many rows came before.
  template <class R>
  static Page<R> page_of(std::vector<R> all, const PageRequest& request) {
    const std::size_t skip =
        request.after ? std::min(all.size(), std::size_t{std::stoul(*request.after)}) : 0;
    const std::size_t end = std::min(all.size(), skip + request.limit);
    Page<R> page;
    page.rows.assign(all.begin() + static_cast<std::ptrdiff_t>(skip),
                     all.begin() + static_cast<std::ptrdiff_t>(end));
    if (end < all.size()) page.next = std::to_string(end);
    return page;
  }

  template <class Key, class A>
  static Answered<std::vector<HistoryEntry<A>>> entries_of(const std::map<Key, Stream<A>>& streams,
                                                           const Key& id, Version after,
                                                           std::size_t limit) {
    const auto found = streams.find(id);
    if (found == streams.end() || !found->second.state)
      return tl::unexpected{Refusal{Rejection::not_found, 0, {}}};
    std::vector<HistoryEntry<A>> entries;
    for (const auto& entry : found->second.entries)
      if (entry.version > after && entries.size() < limit) entries.push_back(entry);
    return entries;
  }

  static bool contains(std::string title, std::string text) {
    const auto fold = [](std::string& s) {
      for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    };
    fold(title);
    fold(text);
    return title.find(text) != std::string::npos;
  }

  std::string charge() { return "ch_" + std::to_string(++charges); }

  Streams<Ticket> tickets_;
  Streams<Order> orders_;
  Streams<Account> accounts_;
  Streams<RequestKey> keys_;
  std::vector<FeedRecord> feed_;
  FeedSeq feed_seq_ = 0;
  std::size_t births_ = 0;
  std::size_t seen_before_ = 0;  // entries of the stream before the decision just made
  std::uint64_t drawn_ = 0;
};

}  // namespace usher::test
