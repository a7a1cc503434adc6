// What must be true, kept beside the node and fed only with what is durable: every record of the
// journal, once, right after the step that wrote it. Knows the promises, not how they are kept:
// states are folded with the domain's evolve(), but each event is judged here.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/market.hpp"
#include "persistence/journal.hpp"
#include "tests/sim/findings.hpp"

namespace usher::sim {

// Something that only one command can have caused, such as the title of an edit: so a command of
// which the node said that it was not executed can be told from one that was.
using Mark = std::string;

class Oracle {
 public:
  explicit Oracle(Findings& findings) : findings_(findings) {}

  // ---- what clients intend and were told

  // `op` sets off what carries `mark`; several may share one, then nothing is concluded from it.
  void intend(const Mark& mark, TimeMs deadline) {
    auto& marked = marks_[mark];
    ++marked.intended;
    marked.deadline = std::max(marked.deadline, deadline);
  }
  // An edit under this title may only be the one that makes version `if_version` + 1 (P5).
  void intend_edit(const Mark& title, TimeMs deadline, std::optional<Version> if_version) {
    intend(title, deadline);
    if (if_version) edits_[title] = *if_version + 1;
  }
  // Whoever asks over HTTP learns the ids of its orders and payments from the answer: no mark of
  // theirs is intended, nor its deadline known.
  void let_the_node_draw_ids() { node_draws_ids_ = true; }
  // The answer said: nothing was done, and nothing will be.
  void deny(const Mark& mark, const std::string& why);

  // ---- what is durable

  void see(const FeedRecord& fed);
  // After the last record of one commit.
  void commit_done();
  // Another incarnation owns the shard, under `epoch`: none here may write under it, or before
  // (P7).
  void fence(ShardNumber shard, Epoch epoch) { fenced_[shard] = epoch; }
  void restarted() { fenced_.clear(); }
  // Shards commit each in its own time.
  void has_others() { is_alone_ = false; }
  [[nodiscard]] bool is_fenced(ShardNumber shard) const { return fenced_.contains(shard); }
  [[nodiscard]] FeedSeq seen() const { return hashes_.size(); }
  // It is one of the records that were seen.
  [[nodiscard]] bool is_durable(const FeedRecord& fed) const;
  // P2: what was durable once is still there, unchanged. Reads the whole feed.
  void check_nothing_lost(const Journal& journal);

  // By version: [0] is the state after the first event.
  template <class A>
  using States = std::vector<std::shared_ptr<const typename A::State>>;
  template <class A>
  using Timelines = std::map<typename A::Key, States<A>>;
  template <class A>
  [[nodiscard]] const Timelines<A>& all() const {
    return std::get<Timelines<A>>(timelines_);
  }
  template <class A>
  [[nodiscard]] Version version(const typename A::Key& key) const {
    const auto found = all<A>().find(key);
    return found == all<A>().end() ? 0 : found->second.size();
  }
  // Null: not there (yet).
  template <class A>
  [[nodiscard]] const typename A::State* at(const typename A::Key& key, Version version) const {
    const auto found = all<A>().find(key);
    if (found == all<A>().end() || version == 0 || version > found->second.size()) return nullptr;
    return found->second[version - 1].get();
  }
  template <class A>
  [[nodiscard]] const typename A::State* newest(const typename A::Key& key) const {
    return at<A>(key, version<A>(key));
  }
  // The order of a payment that was started; null: none.
  [[nodiscard]] const OrderId* order_of(const PaymentId& payment) const;

  [[nodiscard]] Findings& findings() const { return findings_; }

 private:
  struct Marked {
    int intended = 0;
    TimeMs deadline = 0;  // of the most patient of them
    bool seen = false;
    std::string denied;  // why, in words; empty: nobody has
  };

  template <class A>
  void fold(const FeedRecord& fed);
  // `at`: when it was decided, where the event says so.
  void mark(const Mark& mark, TimeMs at = 0);
  void report(std::string check, std::string what) {
    findings_.report(std::move(check), std::move(what));
  }

  // Before the event is applied; `state` is null for the first one.
  void judge(const TicketId& id, const Ticket::State* state, Version version,
             const Ticket::Event& event);
  void judge(const OrderId& id, const Order::State* state, Version version,
             const Order::Event& event);
  void judge(const Email&, const Account::State*, Version, const Account::Event&) {}
  void judge(const RequestKeyId& id, const RequestKey::State* state, Version,
             const RequestKey::Event&);
  void judge_order(const OrderId& id, const Order::State& order, const Order::Event& event);

  Findings& findings_;
  std::tuple<Timelines<Ticket>, Timelines<Order>, Timelines<Account>, Timelines<RequestKey>>
      timelines_;
  std::map<TicketId, OrderId> live_;  // P1: the order that has the ticket
  std::map<OrderId, std::pair<TicketId, Ticket::Reserved>> unborn_;  // reserved in this commit
  std::map<PaymentId, OrderId> payments_;
  bool node_draws_ids_ = false;
  std::map<Mark, Marked> marks_;
  std::map<Mark, Version> edits_;  // title of a conditional edit -> the version it must make
  std::map<ShardNumber, Epoch> fenced_;
  std::map<ShardNumber, Offset> next_offset_;
  std::map<ShardNumber, Epoch> epochs_;
  std::vector<std::uint64_t> hashes_;              // of each record, by seq - 1
  std::map<ShardNumber, CommitStamp> last_times_;  // of a node that is alone: of all as shard 0
  bool is_alone_ = true;
};

}  // namespace usher::sim
