#include "actors/market/live_reservations.hpp"

#include <algorithm>

#include "base/invariant.hpp"

namespace usher {

void LiveReservations::claim(const UserId& buyer, const OrderId& order,
                             std::function<void(Claim)> then) {
  Claim decided = Claim::unavailable;
  bool loads = false;
  {
    const std::lock_guard lock{mutex_};
    auto [named, is_new] = by_name_.try_emplace(buyer.text);
    if (is_new) {
      make_room();
      buyers_.push_front({});
      buyers_.front().user = buyer;
      named->second = buyers_.begin();
      ++loading_;
      loads = true;
    } else {
      buyers_.splice(buyers_.begin(), buyers_, named->second);
    }
    Buyer& found = *named->second;
    if (!found.is_known)
      found.waiting.push_back({order, std::exchange(then, nullptr)});
    else
      decided = decide(found, order);
  }
  if (loads)
    return load_(buyer, [this, buyer](auto orders) { on_loaded(buyer, std::move(orders)); });
  if (then) then(decided);
}

LiveReservations::Claim LiveReservations::decide(Buyer& buyer, const OrderId& order) {
  if (!buyer.live.contains(order)) {
    if (buyer.live.size() >= live_max_) return Claim::too_many;
    by_order_.emplace(order, by_name_.at(buyer.user.text));
  }
  ++buyer.live[order].open_claims;
  ++buyer.open_claims;
  return Claim::granted;
}

void LiveReservations::on_loaded(const UserId& user, std::optional<std::vector<OrderId>> orders) {
  Told decided;
  {
    const std::lock_guard lock{mutex_};
    const auto named = by_name_.find(user.text);
    INVARIANT(named != by_name_.end() && !named->second->is_known);  // nobody forgets it meanwhile
    Buyer& buyer = *named->second;
    auto waiting = std::exchange(buyer.waiting, {});
    buyer.is_known = orders.has_value();
    if (orders) {
      for (const OrderId& order : *orders) {
        if (ended_meanwhile_.contains(order)) continue;
        if (!buyer.live.contains(order)) by_order_.emplace(order, named->second);
        buyer.live[order].is_taken = true;
      }
    }
    for (auto& each : waiting)
      decided.emplace_back(std::move(each.then),
                           orders ? decide(buyer, each.order) : Claim::unavailable);
    if (!orders) forget(named->second);
    if (--loading_ == 0) ended_meanwhile_.clear();
  }
  for (auto& [then, claim] : decided) then(claim);
}

void LiveReservations::conclude(const UserId& user, const OrderId& order, Outcome outcome) {
  const std::lock_guard lock{mutex_};
  const auto named = by_name_.find(user.text);
  INVARIANT(named != by_name_.end() && named->second->open_claims > 0);
  Buyer& buyer = *named->second;
  const auto place = buyer.live.find(order);
  const bool has_ended = place == buyer.live.end();
  if (outcome != Outcome::unknown || has_ended) --buyer.open_claims;
  if (has_ended) return;
  --place->second.open_claims;
  if (outcome == Outcome::unknown) ++place->second.unknown;
  const bool is_old = ended_lately_.contains(order);  // a repeat
  if (outcome != Outcome::not_done && !is_old) place->second.is_taken = true;
  if (place->second.is_taken || place->second.open_claims > 0) return;
  buyer.live.erase(place);
  forget_order(order, named->second);
}

void LiveReservations::ended(const OrderId& order) {
  const std::lock_guard lock{mutex_};
  if (loading_ > 0) ended_meanwhile_.insert(order);
  note_end(order);
  const auto [first, last] = by_order_.equal_range(order);
  for (auto found = first; found != last; ++found) {
    const auto place = found->second->live.find(order);
    found->second->open_claims -= place->second.unknown;  // they are known now
    found->second->live.erase(place);
  }
  by_order_.erase(first, last);
}

void LiveReservations::note_end(const OrderId& order) {
  constexpr std::size_t ended_max = 10'000;  // seconds of them
  if (!ended_lately_.insert(order).second) return;
  ended_in_turn_.push_back(order);
  if (ended_in_turn_.size() <= ended_max) return;
  ended_lately_.erase(ended_in_turn_.front());
  ended_in_turn_.pop_front();
}

void LiveReservations::forget_order(const OrderId& order, Buyers::iterator of) {
  const auto [first, last] = by_order_.equal_range(order);
  const auto found =
      std::find_if(first, last, [of](const auto& indexed) { return indexed.second == of; });
  if (found != last) by_order_.erase(found);
}

std::size_t LiveReservations::buyers() const {
  const std::lock_guard lock{mutex_};
  return buyers_.size();
}

void LiveReservations::forget(Buyers::iterator buyer) {
  for (const auto& [order, place] : buyer->live) forget_order(order, buyer);
  by_name_.erase(buyer->user.text);
  buyers_.erase(buyer);
}

// Whoever is being read, or has a claim whose outcome is not in the view yet, stays.
void LiveReservations::make_room() {
  for (auto last = buyers_.end(); buyers_.size() >= buyers_max_ && last != buyers_.begin();) {
    const auto candidate = std::prev(last);
    if (candidate->is_known && candidate->open_claims == 0)
      forget(candidate);
    else
      last = candidate;
  }
}

}  // namespace usher
