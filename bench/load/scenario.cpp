#include "bench/load/scenario.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace usher::bench {
namespace {

constexpr int ok = 200, created = 201, no_content = 204;

// Draws which ticket: all alike, or some much more often than others.
class Pick {
 public:
  Pick(std::size_t count, std::optional<double> exponent) : count_(count) {
    if (exponent) zipf_.emplace(count, *exponent);
  }
  [[nodiscard]] std::size_t draw(Random& random) const {
    return zipf_ ? zipf_->draw(random) : random.below(count_);
  }

 private:
  std::size_t count_;
  std::optional<Zipf> zipf_;
};

// A script of single requests, each expecting one status.
class OneRequest : public Script {
 public:
  OneRequest(const World& world, std::size_t index, int expected)
      : world_(world), random_(world.seed * 1'000'003 + index), expected_(expected) {}
  Verdict answered(const Response& response) override {
    return response.status == expected_ ? Verdict::finished : Verdict::wrong;
  }
  void interrupted() override {}

 protected:
  void write_edit(std::string& out, const OfferedTicket& ticket) {
    body_.clear();
    write_ticket_json(body_, random_);
    path_.assign(tickets_path).append("/").append(ticket.id);
    write_request(out, "PUT", path_, world_.sellers[ticket.seller].header, body_);
  }
  void write_read(std::string& out, const OfferedTicket& ticket) {
    path_.assign(tickets_path).append("/").append(ticket.id);
    write_request(out, "GET", path_, {});
  }

  const World& world_;
  Random random_;
  int expected_;
  std::string path_;
  std::string body_;
};

class Constant final : public OneRequest {
 public:
  Constant(const World& world, std::size_t index, const std::string& path)
      : OneRequest(world, index, ok) {
    write_request(request_, "GET", path, {});
  }
  bool next(std::string& out, std::size_t&) override {
    out = request_;
    return true;
  }

 private:
  std::string request_;
};

class ReadOne final : public OneRequest {
 public:
  ReadOne(const World& world, std::size_t index) : OneRequest(world, index, ok) {}
  bool next(std::string& out, std::size_t&) override {
    ticket_ = &world_.tickets[random_.below(world_.tickets.size())];
    write_read(out, *ticket_);
    return true;
  }
  Verdict answered(const Response& response) override {
    const bool is_it = response.body.find(ticket_->id) != std::string_view::npos;
    return response.status == ok && is_it ? Verdict::finished : Verdict::wrong;
  }

 private:
  const OfferedTicket* ticket_ = nullptr;
};

class ListSome final : public OneRequest {
 public:
  ListSome(const World& world, std::size_t index, std::size_t limit)
      : OneRequest(world, index, ok), rows_(std::min(limit, world.tickets.size())) {
    write_request(request_, "GET", std::string(tickets_path) + "?limit=" + std::to_string(limit),
                  {});
  }
  bool next(std::string& out, std::size_t&) override {
    out = request_;
    return true;
  }
  Verdict answered(const Response& response) override {
    constexpr std::string_view id = "\"id\":";
    std::size_t rows = 0;
    for (std::size_t at = response.body.find(id); at != std::string_view::npos;
         at = response.body.find(id, at + id.size()))
      ++rows;
    return response.status == ok && rows == rows_ ? Verdict::finished : Verdict::wrong;
  }

 private:
  const std::size_t rows_;
  std::string request_;
};

class Create final : public OneRequest {
 public:
  Create(const World& world, std::size_t index) : OneRequest(world, index, created) {}
  bool next(std::string& out, std::size_t&) override {
    body_.clear();
    write_ticket_json(body_, random_);
    const Session& seller = world_.sellers[random_.below(world_.sellers.size())];
    write_request(out, "POST", tickets_path, seller.header, body_);
    return true;
  }
};

class Edit final : public OneRequest {
 public:
  Edit(const World& world, std::size_t index, const Pick& pick, std::atomic<std::uint64_t>& edits)
      : OneRequest(world, index, ok), pick_(pick), edits_(edits) {}
  bool next(std::string& out, std::size_t&) override {
    write_edit(out, world_.tickets[pick_.draw(random_)]);
    return true;
  }
  Verdict answered(const Response& response) override {
    if (response.status != ok) return Verdict::wrong;
    edits_.fetch_add(1, std::memory_order_relaxed);
    return Verdict::finished;
  }

 private:
  const Pick& pick_;
  std::atomic<std::uint64_t>& edits_;
};

class Mixed final : public OneRequest {
 public:
  Mixed(const World& world, std::size_t index, std::size_t write_percent)
      : OneRequest(world, index, ok), write_percent_(write_percent) {}
  bool next(std::string& out, std::size_t& label) override {
    const OfferedTicket& ticket = world_.tickets[random_.below(world_.tickets.size())];
    label = random_.below(100) < write_percent_ ? 1 : 0;
    label == 1 ? write_edit(out, ticket) : write_read(out, ticket);
    return true;
  }

 private:
  const std::size_t write_percent_;
};

class Reserve final : public OneRequest {
 public:
  Reserve(const World& world, std::size_t index, std::atomic<std::size_t>& next_ticket)
      : OneRequest(world, index, created), next_ticket_(next_ticket) {}
  bool next(std::string& out, std::size_t&) override {
    const std::size_t ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
    if (ticket >= world_.tickets.size()) return false;
    body_.assign(R"({"ticketId":")").append(world_.tickets[ticket].id).append("\"}");
    const Session& buyer = world_.buyers[random_.below(world_.buyers.size())];
    write_request(out, "POST", orders_path, buyer.header, body_);
    return true;
  }

 private:
  std::atomic<std::size_t>& next_ticket_;
};

// create -> order -> pay, by a seller and a buyer.
class Purchase final : public Script {
 public:
  Purchase(const World& world, std::size_t index)
      : world_(world), random_(world.seed * 1'000'003 + index) {}

  bool next(std::string& out, std::size_t& label) override {
    label = step_;
    body_.clear();
    if (step_ == 0) {
      buyer_ = random_.below(world_.buyers.size());
      write_ticket_json(body_, random_);
      const Session& seller = world_.sellers[random_.below(world_.sellers.size())];
      write_request(out, "POST", tickets_path, seller.header, body_);
    } else if (step_ == 1) {
      body_.append(R"({"ticketId":")").append(id_).append("\"}");
      write_request(out, "POST", orders_path, world_.buyers[buyer_].header, body_);
    } else {
      body_.append(R"({"token":"tok_visa","orderId":")").append(id_).append("\"}");
      write_request(out, "POST", payments_path, world_.buyers[buyer_].header, body_);
    }
    return true;
  }
  Verdict answered(const Response& response) override {
    const std::size_t step = std::exchange(step_, 0);
    if (response.status != created) return Verdict::wrong;
    id_ = top_level_member(body_of(response), "id");
    if (id_.empty()) return Verdict::wrong;
    if (step == 2) return Verdict::finished;
    step_ = step + 1;
    return Verdict::continues;
  }
  void interrupted() override { step_ = 0; }

 private:
  const World& world_;
  Random random_;
  std::size_t step_ = 0;
  std::size_t buyer_ = 0;
  std::string id_;
  std::string body_;
};

// Everybody tries to reserve the one ticket; who gets it releases it at once.
class HotReserve final : public Script {
 public:
  HotReserve(const World& world, std::size_t index, std::atomic<std::uint64_t>& changes)
      : buyer_(world.buyers[index % world.buyers.size()]), changes_(changes) {
    write_request(reserve_, "POST", orders_path, buyer_.header,
                  R"({"ticketId":")" + world.tickets.front().id + "\"}");
  }
  bool next(std::string& out, std::size_t& label) override {
    label = order_.empty() ? 0 : 1;
    if (order_.empty())
      out = reserve_;
    else
      write_request(out, "DELETE", std::string(orders_path) + "/" + order_, buyer_.header);
    return true;
  }
  Verdict answered(const Response& response) override {
    if (!order_.empty()) {
      order_.clear();
      if (response.status != no_content) return Verdict::wrong;
      changes_.fetch_add(1, std::memory_order_relaxed);
      return Verdict::finished;
    }
    if (lost_the_race(response)) return Verdict::finished;
    if (response.status != created) return Verdict::wrong;
    changes_.fetch_add(1, std::memory_order_relaxed);
    order_ = top_level_member(body_of(response), "id");
    return order_.empty() ? Verdict::wrong : Verdict::continues;
  }
  void interrupted() override { order_.clear(); }

 private:
  const Session& buyer_;
  std::atomic<std::uint64_t>& changes_;
  std::string reserve_;
  std::string order_;
};

// A scenario whose scripts need nothing but themselves.
class Simple final : public Scenario {
 public:
  using Make = std::function<std::unique_ptr<Script>(std::size_t index)>;
  Simple(std::vector<std::string> labels, Make make)
      : labels_(std::move(labels)), make_(std::move(make)) {}
  std::vector<std::string> labels() const override { return labels_; }
  std::unique_ptr<Script> client(std::size_t index) override { return make_(index); }

 private:
  std::vector<std::string> labels_;
  Make make_;
};

// The one ticket's version must have grown by the number of changes that were answered.
class VersionWatch {
 public:
  explicit VersionWatch(World& world)
      : world_(world), before_(version_of(world, world.tickets.front().id)) {}
  std::vector<std::string> problems() const {
    // An order's end is durable when it is answered, but its ticket hears of it a moment later.
    const auto deadline = std::chrono::steady_clock::now() + settle_time_max;
    auto after = version_of(world_, world_.tickets.front().id);
    while (before_ && after && *after - *before_ < changes.load() &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      after = version_of(world_, world_.tickets.front().id);
    }
    if (!before_ || !after) return {"the hot ticket's version cannot be read"};
    if (*after - *before_ == changes.load()) return {};
    return {"the hot ticket's version grew by " + std::to_string(*after - *before_) + ", but " +
            std::to_string(changes.load()) + " changes were answered"};
  }
  std::atomic<std::uint64_t> changes{0};

 private:
  static constexpr std::chrono::seconds settle_time_max{5};
  World& world_;
  std::optional<std::uint64_t> before_;
};

class EditScenario final : public Scenario {
 public:
  EditScenario(World& world, std::optional<double> exponent)
      : world_(world), pick_(world.tickets.size(), exponent) {}
  std::vector<std::string> labels() const override { return {"edit"}; }
  std::unique_ptr<Script> client(std::size_t index) override {
    return std::make_unique<Edit>(world_, index, pick_, edits_);
  }

 private:
  World& world_;
  Pick pick_;
  std::atomic<std::uint64_t> edits_{0};
};

class HotEditScenario final : public Scenario {
 public:
  explicit HotEditScenario(World& world) : world_(world), watch_(world) {}
  std::vector<std::string> labels() const override { return {"edit"}; }
  std::unique_ptr<Script> client(std::size_t index) override {
    return std::make_unique<Edit>(world_, index, only_the_first_, watch_.changes);
  }
  std::vector<std::string> problems() override { return watch_.problems(); }

 private:
  World& world_;
  Pick only_the_first_{1, std::nullopt};
  VersionWatch watch_;
};

class HotReserveScenario final : public Scenario {
 public:
  explicit HotReserveScenario(World& world) : world_(world), watch_(world) {}
  std::vector<std::string> labels() const override { return {"reserve", "release"}; }
  std::unique_ptr<Script> client(std::size_t index) override {
    return std::make_unique<HotReserve>(world_, index, watch_.changes);
  }
  std::vector<std::string> problems() override { return watch_.problems(); }

 private:
  World& world_;
  VersionWatch watch_;
};

class ReserveScenario final : public Scenario {
 public:
  explicit ReserveScenario(World& world) : world_(world) {}
  std::vector<std::string> labels() const override { return {"reserve"}; }
  std::unique_ptr<Script> client(std::size_t index) override {
    return std::make_unique<Reserve>(world_, index, next_ticket_);
  }

 private:
  World& world_;
  std::atomic<std::size_t> next_ticket_{0};
};

template <class S, class... More>
std::unique_ptr<Scenario> simple(std::vector<std::string> labels, World& world, More... more) {
  return std::make_unique<Simple>(std::move(labels), [&world, more...](std::size_t index) {
    return std::make_unique<S>(world, index, more...);
  });
}

}  // namespace

bool lost_the_race(const Response& response) {
  constexpr int bad_request = 400;
  return response.status == bad_request &&
         response.body.find("already reserved") != std::string_view::npos;
}

const std::vector<ScenarioKind>& scenario_kinds() {
  using Options = ScenarioOptions;
  static const std::vector<ScenarioKind> kinds = {
      {"constant", "GET of one path that answers a constant", 0, false,
       [](World& w, const Options& o) { return simple<Constant>({"get"}, w, o.path); }},
      {"read_one", "GET one ticket, any with the same chance", 1'000, false,
       [](World& w, const Options&) { return simple<ReadOne>({"read"}, w); }},
      {"list_20", "GET the first 20 tickets for sale", 100'000, false,
       [](World& w, const Options& o) { return simple<ListSome>({"list"}, w, o.list_limit); }},
      {"create", "POST a ticket", 0, false,
       [](World& w, const Options&) { return simple<Create>({"create"}, w); }},
      {"edit_uniform", "PUT one ticket, any with the same chance", 1'000, false,
       [](World& w, const Options&) { return std::make_unique<EditScenario>(w, std::nullopt); }},
      {"edit_zipf", "PUT one ticket, some much more often than others", 1'000, false,
       [](World& w, const Options& o) {
         return std::make_unique<EditScenario>(w, o.zipf_exponent);
       }},
      {"hot_edit", "PUT the same ticket from every connection", 1, false,
       [](World& w, const Options&) { return std::make_unique<HotEditScenario>(w); }},
      {"hot_reserve", "reserve the same ticket from every connection; who gets it releases it", 1,
       false, [](World& w, const Options&) { return std::make_unique<HotReserveScenario>(w); }},
      {"reserve_distinct", "POST an order for a ticket that nobody else wants", 100'000, true,
       [](World& w, const Options&) { return std::make_unique<ReserveScenario>(w); }},
      {"purchase", "create a ticket, order it, pay for it", 0, false,
       [](World& w, const Options&) {
         return simple<Purchase>({"create", "order", "pay"}, w);
       }},
      {"mixed_90_10", "90 % read_one, 10 % edit_uniform", 1'000, false,
       [](World& w, const Options& o) {
         return simple<Mixed>({"read", "edit"}, w, o.write_percent);
       }},
  };
  return kinds;
}

const ScenarioKind* find_scenario(std::string_view name) {
  for (const ScenarioKind& kind : scenario_kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace usher::bench
