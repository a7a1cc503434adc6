#include "actors/market/live_reservations.hpp"

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
    by_order_[order] = by_name_.at(buyer.user.text);
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
        buyer.live[order].is_taken = true;
        by_order_[order] = named->second;
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
  if (outcome != Outcome::unknown) --buyer.open_claims;
  const auto place = buyer.live.find(order);
  if (place == buyer.live.end()) return;  // it has ended already
  --place->second.open_claims;
  if (outcome != Outcome::not_done) place->second.is_taken = true;
  if (place->second.is_taken || place->second.open_claims > 0) return;
  buyer.live.erase(place);
  by_order_.erase(order);
}

void LiveReservations::ended(const OrderId& order) {
  const std::lock_guard lock{mutex_};
  if (loading_ > 0) ended_meanwhile_.insert(order);
  const auto found = by_order_.find(order);
  if (found == by_order_.end()) return;
  found->second->live.erase(order);
  by_order_.erase(found);
}

std::size_t LiveReservations::buyers() const {
  const std::lock_guard lock{mutex_};
  return buyers_.size();
}

void LiveReservations::forget(Buyers::iterator buyer) {
  for (const auto& [order, place] : buyer->live) by_order_.erase(order);
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
