// People with browsers and scripts, over memory connections: draws requests, sends their bytes in
// pieces, and holds every status and body against the oracle. Whoever has been answered sees it in
// everything that is read from then on: the ticket, the order, lists, histories, the feed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/market/market.hpp"
#include "base/clock.hpp"
#include "http/requests/options.hpp"
#include "tests/sim/http/memory_front.hpp"
#include "tests/sim/http/wire.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

class HttpClients {
 public:
  struct Counts {
    std::uint64_t requests = 0, pieces = 0, lost = 0, repeats = 0;
    std::map<int, std::uint64_t> statuses;
  };

  HttpClients(Oracle& oracle, Trace& trace, test::Dice& dice, const Clock& clock, int mutation);

  [[nodiscard]] const http::RouteOptions& options() const { return options_; }

  // The node is up; every connection is new.
  void connect(MemoryFront& front);
  // The node is gone, and with it whatever was under way: a client may ask again.
  void cut();

  void act();              // somebody who waits for nothing asks for something
  void hear();             // what has been answered meanwhile
  void read_everything();  // for the end
  void check_none_waits(const std::string& when);
  void check_keys();  // for the end: each key has made one thing
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  enum class Kind : std::uint8_t {
    create,
    edit,
    ticket,
    ticket_history,
    tickets,
    my_tickets,
    reserve,
    order,
    cancel,
    orders,
    order_history,
    pay,
    feed,
    who,
    sign_up,
  };
  static constexpr std::size_t users = 4;

  struct Call {
    Kind kind = Kind::who;
    std::size_t user = 0;
    HttpRequest request = {};
    std::string title = {}, key = {};
    std::optional<TicketId> ticket = {};
    std::optional<OrderId> order = {};
    std::optional<Version> if_match = {};  // as the journal counts
    Version version_then = 0;              // of the ticket, when it was sent
    bool could_hold = false;               // If-Match named the newest version then
    // What had been answered when it was sent.
    Version at_least = 0;
    std::map<TicketId, Version> tickets_then = {};
    std::set<std::string> rows_then = {};  // what a list had when its first page was asked for
    std::set<std::string> rows_seen = {};  // on its pages so far
  };
  struct Caller {
    std::shared_ptr<MemoryConnection> connection;
    std::optional<Call> call;
    HttpRequest sent;  // as it went over the wire
    std::string heard;
  };

  Call draw();
  Call create();
  Call edit();
  Call reserve();
  Call pay();
  Call cancel();
  Call read();
  Call list(Kind kind, std::size_t user);
  Call feed(std::size_t user);
  Call sign_up();
  void send(Caller& caller, Call call);
  void judge(Caller& caller, const HttpResponse& response);
  void judge_success(Caller& caller, const Call& call, const HttpResponse& response);
  void judge_ticket(const Call& call, const HttpResponse& response, bool is_edit);
  void judge_order(const Call& call, const HttpResponse& response);
  void judge_rows(Caller& caller, const Call& call, const HttpResponse& response);
  void judge_history(const Call& call, const HttpResponse& response);
  void judge_feed(const Call& call, const HttpResponse& response);
  void once(const Call& call, const std::string& id);
  void show(const TicketId& id, Version version);

  [[nodiscard]] std::string name(std::size_t user) const { return "u" + std::to_string(user); }
  HttpRequest as(std::size_t user, std::string method, std::string target);
  std::optional<TicketId> some_ticket();
  std::optional<OrderId> some_order();
  std::size_t user_of(const UserId& id);
  void report(std::string check, std::string what) {
    oracle_.findings().report(std::move(check), std::move(what));
  }

  Oracle& oracle_;
  Trace& trace_;
  test::Dice& dice_;
  const Clock& clock_;
  http::RouteOptions options_;
  WireMutant mutant_;
  std::array<WireMutant::Session, users> sessions_;  // as a script has it, and as a browser does
  std::vector<Caller> callers_;
  std::vector<Call> keyed_;                    // to be asked again
  std::map<std::string, std::string> made_;    // by key: what it has made, as it was answered
  std::map<std::string, std::string> titles_;  // of keyed tickets, by key
  std::map<TicketId, Version> shown_;
  std::map<OrderId, Version> shown_orders_;
  Counts counts_;
  std::uint64_t drawn_ = 0;
};

}  // namespace usher::sim
