// Eight clients hammer a few tickets over HTTP; what they saw must be explainable by one order of
// operations. The checker itself is shown histories that are not.
#include "tests/integration/linearizability.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

constexpr int processes = 8;
constexpr int tickets = 6;
constexpr auto recording_time = std::chrono::seconds(3);

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class Recorder {
 public:
  void add(Operation op) {
    const std::lock_guard lock{mutex_};
    operations_.push_back(std::move(op));
  }
  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }

 private:
  std::mutex mutex_;
  std::vector<Operation> operations_;
};

Outcome outcome_of(const Answer& answer, int good) {
  if (answer.status == good) return Outcome::done;
  if (answer.status == 412) return Outcome::refused_stale;
  if (answer.status == 400) return Outcome::refused_reserved;
  return Outcome::unknown;
}

// One client: calls, and writes down when and with which answer.
class Process {
 public:
  Process(int port, int number, Recorder& recorder)
      : client_(port, "seller"), number_(number), recorder_(recorder) {}

  std::string create(int price) {
    auto op = begin("", Call::create);
    op.price = price;
    const auto answer = client_.post("/api/tickets", {{"title", "t"}, {"price", price}});
    if (answer.status == 201) op.ticket = answer.json().at("id");
    end(op, answer, 201);
    return op.ticket;
  }
  void edit(const std::string& ticket, int price, std::optional<int> if_version) {
    auto op = begin(ticket, Call::edit);
    op.price = price;
    op.if_version = if_version;
    HeaderList headers;
    if (if_version) headers.emplace_back("If-Match", '"' + std::to_string(*if_version) + '"');
    end(op, client_.put("/api/tickets/" + ticket, {{"title", "t"}, {"price", price}}, headers),
        200);
  }
  std::string reserve(const std::string& ticket) {
    auto op = begin(ticket, Call::reserve);
    const auto answer = client_.post("/api/orders", {{"ticketId", ticket}});
    if (answer.status == 201) op.order = answer.json().at("id");
    end(op, answer, 201);
    return op.order;
  }
  // The answer says that the order is cancelled. Its ticket is free at once or soon: the moment is
  // open, as that of an operation whose answer was lost.
  void cancel(const std::string& ticket, const std::string& order) {
    auto op = begin(ticket, Call::cancel);
    op.order = order;
    static_cast<void>(client_.del("/api/orders/" + order));
    op.answered_ns = now_ns();
    recorder_.add(op);
  }
  int get(const std::string& ticket) {
    auto op = begin(ticket, Call::get);
    const auto answer = client_.get("/api/tickets/" + ticket);
    if (answer.status == 200) {
      const auto json = answer.json();
      op.price = json.at("price");
      op.order = json.value("orderId", "");
    }
    end(op, answer, 200);
    return op.version;
  }

 private:
  [[nodiscard]] Operation begin(const std::string& ticket, Call call) const {
    Operation op;
    op.process = number_;
    op.ticket = ticket;
    op.call = call;
    op.invoked_ns = now_ns();
    return op;
  }
  void end(Operation& op, const Answer& answer, int good) {
    op.answered_ns = now_ns();
    op.outcome = outcome_of(answer, good);
    if (op.outcome == Outcome::done && op.call != Call::reserve)
      op.version = answer.json().at("version");
    recorder_.add(op);
  }

  Client client_;
  int number_;
  Recorder& recorder_;
};

void play(Process& process, const std::vector<std::string>& ids, unsigned seed,
          const std::atomic<bool>& stop) {
  std::mt19937 dice{seed};
  int version = 0;
  while (!stop) {
    const auto& ticket = ids[dice() % ids.size()];
    const int price = 1 + static_cast<int>(dice() % 1'000);
    switch (dice() % 5) {
      case 0:
        process.edit(ticket, price, std::nullopt);
        break;
      case 1:
        version = process.get(ticket);
        process.edit(ticket, price, version);
        break;
      case 2:
        if (const auto order = process.reserve(ticket); !order.empty())
          process.cancel(ticket, order);
        break;
      default:
        version = process.get(ticket);
    }
    // Few operations at a time leave the checker a search that ends.
    std::this_thread::sleep_for(std::chrono::milliseconds(dice() % 20));  // a client that thinks
  }
}

// For the checker's own tests: [start, end] and what was seen.
Operation op(std::int64_t start, std::int64_t end, Call call, int version, int price = 0,
             std::string order = "", Outcome outcome = Outcome::done) {
  Operation made;
  made.invoked_ns = start;
  made.answered_ns = end;
  made.ticket = "t";
  made.call = call;
  made.outcome = outcome;
  made.version = version;
  made.price = price;
  made.order = std::move(order);
  return made;
}

const Operation created = op(0, 1, Call::create, 0, 5);

}  // namespace

TEST_CASE("what eight clients saw of six tickets is linearizable") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Recorder recorder;
  std::vector<std::string> ids;
  Process first{server.port(), 0, recorder};
  for (int i = 0; i < tickets; ++i) ids.push_back(first.create(5));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int number = 1; number <= processes; ++number)
    threads.emplace_back([&, number] {
      Process process{server.port(), number, recorder};
      play(process, ids, static_cast<unsigned>(number), stop);
    });
  std::this_thread::sleep_for(recording_time);  // the clients play
  stop = true;
  for (auto& thread : threads) thread.join();

  // As JSON lines and back: what other checkers would read is what this one reads.
  const auto file = folder / "history.jsonl";
  {
    std::ofstream out{file};
    for (const auto& operation : recorder.operations()) out << to_json_line(operation) << '\n';
  }
  std::vector<Operation> history;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    history.push_back(from_json_line(Json::parse(line)));
  REQUIRE(history.size() == recorder.operations().size());
  CHECK(history.size() > 200);
  MESSAGE(history.size(), " operations");
  const auto verdict = check_history(history);
  CAPTURE(verdict.ticket);
  CHECK(verdict.verdict == Verdict::linearizable);

  // The same history with one read changed must not pass: the check has teeth.
  for (auto& operation : history)
    if (operation.call == Call::get && operation.version > 3) {
      ++operation.price;
      break;
    }
  CHECK(check_history(history).verdict == Verdict::not_linearizable);
}

TEST_CASE("the checker accepts what a ticket can do") {
  CHECK(check_ticket({created, op(2, 3, Call::edit, 1, 7), op(4, 5, Call::get, 1, 7)}) ==
        Verdict::linearizable);
  // A read beside an edit may see either side of it.
  for (const auto& read : {op(2, 9, Call::get, 0, 5), op(2, 9, Call::get, 1, 7)})
    CHECK(check_ticket({created, op(3, 8, Call::edit, 1, 7), read}) == Verdict::linearizable);
  // An edit without an answer may come late, or never.
  const auto lost = op(2, 3, Call::edit, -1, 7, "", Outcome::unknown);
  CHECK(check_ticket({created, lost, op(4, 5, Call::get, 0, 5), op(6, 7, Call::get, 1, 7)}) ==
        Verdict::linearizable);
  CHECK(check_ticket({created, lost, op(4, 5, Call::get, 0, 5)}) == Verdict::linearizable);
}

TEST_CASE("the checker refuses a stale read") {
  CHECK(check_ticket({created, op(2, 3, Call::edit, 1, 7), op(4, 5, Call::get, 0, 5)}) ==
        Verdict::not_linearizable);
}

TEST_CASE("the checker refuses a lost update") {
  auto one = op(2, 9, Call::edit, 1, 7), two = op(2, 9, Call::edit, 1, 8);
  one.if_version = two.if_version = 0;
  CHECK(check_ticket({created, one, two}) == Verdict::not_linearizable);
}

TEST_CASE("the checker refuses a double reservation") {
  CHECK(check_ticket({created, op(2, 9, Call::reserve, -1, 0, "a"),
                      op(2, 9, Call::reserve, -1, 0, "b")}) == Verdict::not_linearizable);
}

TEST_CASE("the checker refuses an edit of a reserved ticket, and versions out of thin air") {
  CHECK(check_ticket({created, op(2, 3, Call::reserve, -1, 0, "a"), op(4, 5, Call::edit, 2, 7)}) ==
        Verdict::not_linearizable);
  CHECK(check_ticket({created, op(2, 3, Call::get, 1, 5)}) == Verdict::not_linearizable);
  auto refused = op(2, 3, Call::edit, -1, 7, "", Outcome::refused_stale);
  refused.if_version = 0;  // it was 0: nothing was stale
  CHECK(check_ticket({created, refused}) == Verdict::not_linearizable);
}
