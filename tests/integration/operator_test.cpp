// What operators do: verify, export, rebuild, back up, restore; and what a node refuses to start
// with.
#include <doctest/doctest.h>
#include <httplib.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/crowd.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
namespace fs = std::filesystem;

namespace {

// A directory that somebody has used: tickets edited, orders in every status.
struct Used {
  std::string ticket, live, cancelled, complete;
};
Used use(const fs::path& data, bool orderly) {
  ServerProcess server{data};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  for (int i = 0; i < 20; ++i) seller.offer("ticket " + std::to_string(i), 5 + i);
  Used used{seller.offer("the one", 7), buyer.reserve(seller.offer()),
            buyer.reserve(seller.offer()), buyer.reserve(seller.offer())};
  CHECK(seller.put("/api/tickets/" + used.ticket, {{"title", "edited"}, {"price", 8}}).status ==
        200);
  CHECK(buyer.del("/api/orders/" + used.cancelled).status == 204);
  CHECK(buyer.pay(used.complete).status == 201);
  if (!orderly) {
    server.kill();
    return used;
  }
  server.terminate();
  CHECK(server.wait() == 0);
  return used;
}

void check_served(const fs::path& data, const Used& used) {
  ServerProcess server{data};
  Client buyer{server.port(), "buyer"};
  const auto ticket = buyer.get("/api/tickets/" + used.ticket).json();
  CHECK(ticket.value("title", "") == "edited");
  CHECK(ticket.value("version", -1) == 1);
  auto status = [&](const std::string& id) {
    return buyer.get("/api/orders/" + id).json().value("status", "none");
  };
  CHECK(status(used.live) == "created");
  CHECK(status(used.cancelled) == "cancelled");
  CHECK(status(used.complete) == "complete");
  server.terminate();
  CHECK(server.wait() == 0);
}

// The newest file with this ending that has anything in it.
fs::path newest(const fs::path& folder, const std::string& ending) {
  fs::path found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ending || entry.file_size() == 0)
      continue;
    if (found.empty() || entry.last_write_time() >= fs::last_write_time(found))
      found = entry.path();
  }
  return found;
}

// The scheduling policy of each thread of a process (sched(7)).
std::vector<int> policies_of(pid_t process) {
  std::vector<int> policies;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(process) + "/task"))
    policies.push_back(::sched_getscheduler(std::stoi(task.path().filename())));
  return policies;
}

void flip_byte(const fs::path& file, std::uintmax_t at) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  io.seekg(static_cast<std::streamoff>(at));
  const auto byte = static_cast<char>(io.get() ^ 0x40);
  io.seekp(static_cast<std::streamoff>(at));
  io.put(byte);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Arguments serve(const fs::path& data, Arguments more) {
  Arguments all{"serve", "--data", data, "--listen", "127.0.0.1:0"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

bool mentions(const Finished& finished, const std::string& word) {
  return (finished.err + finished.out).find(word) != std::string::npos;
}

// What clients have been told by now.
void copy_now(Acknowledged& from, Acknowledged& to) {
  const std::lock_guard lock{from.mutex};
  to.ticket_versions = from.ticket_versions;
  to.tickets = from.tickets;
  to.orders = from.orders;
  to.paid = from.paid;
  to.cancelled = from.cancelled;
}

void make_certificate(const fs::path& certificate, const fs::path& key) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=test "
      "-addext subjectAltName=IP:127.0.0.1 -keyout '" +
      key.string() + "' -out '" + certificate.string() + "' 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
}

// Believes in this certificate only.
class TlsClient {
 public:
  TlsClient(int port, const fs::path& certificate) : client_("127.0.0.1", port) {
    client_.set_ca_cert_path(certificate.c_str());
    client_.enable_server_certificate_verification(true);
    client_.set_keep_alive(true);
  }
  bool is_served() {
    const auto answer = client_.Get("/healthz");
    return answer && answer->status == 200;
  }

 private:
  httplib::SSLClient client_;
};

}  // namespace

TEST_CASE("a used directory verifies, as text and as JSON") {
  const TempDir folder;
  for (const bool orderly : {true, false}) {
    const auto data = folder / (orderly ? "stopped" : "killed");
    static_cast<void>(use(data, orderly));
    const auto text = run_usher({"verify", data});
    CHECK_MESSAGE(text.status == 0, text.out, text.err);
    CHECK(text.out.find("clean") != std::string::npos);
    const auto json = run_usher({"verify", data, "--json"});
    CHECK(json.status == 0);
    const auto report = Json::parse(json.out);
    CHECK(report.at("clean") == true);
    CHECK(report.at("tickets") == 24);
    CHECK(report.at("findings").empty());
  }
}

TEST_CASE("a flipped byte in what is on the disk is found, and never served in silence") {
  const TempDir folder;
  const auto original = folder / "data";
  const auto used = use(original, false);
  for (const std::string ending : {".log", ".sst"}) {
    CAPTURE(ending);
    const auto data = folder / ("damaged" + ending);
    fs::copy(original, data, fs::copy_options::recursive);
    if (ending == ".sst") {  // opening it writes the log's content to tables
      ServerProcess server{data};
      server.terminate();
      REQUIRE(server.wait() == 0);
    }
    const auto file = newest(data, ending);
    REQUIRE_FALSE(file.empty());
    flip_byte(file, fs::file_size(file) / 2);

    const auto verified = run_usher({"verify", data});
    CHECK(verified.status == 1);
    CHECK((verified.out + verified.err).size() > 20);
    try {
      // If it starts, everything that was acknowledged has to be there.
      { const ServerProcess server{data}; }
      check_served(data, used);
    } catch (const std::runtime_error& refused) {
      const std::string why = refused.what();
      CAPTURE(why);
      CHECK(why.find("usher: ") != std::string::npos);
    }
  }
}

TEST_CASE("export: every public event as a line of JSON, in order") {
  const TempDir folder;
  const auto used = use(folder / "data", true);
  const auto exported = run_usher({"export", folder / "data"});
  CHECK(exported.status == 0);
  std::istringstream in{exported.out};
  std::uint64_t last = 0;
  std::size_t count = 0, payments = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto event = Json::parse(line);
    CHECK(event.at("seq").get<std::uint64_t>() > last);
    last = event.at("seq");
    payments +=
        event.at("subject") == "payment:created" && event.at("data").at("orderId") == used.complete;
  }
  CHECK(count >= 24 + 1 + 3);
  CHECK(payments == 1);
}

TEST_CASE("rebuild makes what is derived anew: nothing changes, and it verifies") {
  const TempDir folder;
  const auto data = folder / "data";
  const auto used = use(data, true);
  const auto before = run_usher({"export", data});
  for (int i = 0; i < 2; ++i) {
    CHECK(run_usher({"rebuild", data}).status == 0);
    CHECK(run_usher({"verify", data}).status == 0);
  }
  CHECK(run_usher({"export", data}).out == before.out);
  CHECK(lines(before.out) > 0);
  check_served(data, used);
}

TEST_CASE("a backup restores to a directory that verifies and serves the same") {
  const TempDir folder;
  const auto data = folder / "data", backups = folder / "backups", restored = folder / "restored";
  const auto used = use(data, false);
  CHECK(run_usher({"backup", data, "--to", backups}).status == 0);
  CHECK(run_usher({"backup", data, "--to", backups}).status == 0);  // incremental
  const auto done = run_usher({"restore", backups, restored});
  CHECK_MESSAGE(done.status == 0, done.err);
  CHECK(run_usher({"verify", restored}).status == 0);
  CHECK(run_usher({"export", restored}).out == run_usher({"export", data}).out);
  check_served(restored, used);
  // Never over a directory that holds something.
  const auto over = run_usher({"restore", backups, data});
  CHECK(over.status == 1);
  CHECK(over.err.find("usher: ") != std::string::npos);
}

TEST_CASE("a backup of a busy node holds everything that was acknowledged before it began") {
  const TempDir folder;
  const auto data = folder / "data", restored = folder / "restored";
  Acknowledged before;
  {
    ServerProcess server{data};
    Acknowledged known;
    Crowd crowd{server.port(), 7, known};
    for (std::size_t tickets = 100; tickets <= 300; tickets += 100) {
      REQUIRE(known.wait_for_tickets(tickets).size() >= tickets);
      copy_now(known, before);
      const auto done = run_usher({"backup", "--node", server.address()});
      CHECK_MESSAGE(done.status == 0, done.out, done.err);
    }
    // The shop went on meanwhile, and does so now.
    REQUIRE(known.wait_for_tickets(before.tickets.size() + 1).size() > before.tickets.size());
    crowd.stop();
    CHECK(crowd.refused().count.load() == 0);
  }
  CHECK_FALSE(before.orders.empty());
  CHECK_FALSE(before.paid.empty());
  const auto done = run_usher({"restore", data.string() + ".backups", restored});
  CHECK_MESSAGE(done.status == 0, done.err);
  const auto verified = run_usher({"verify", restored});
  CHECK_MESSAGE(verified.status == 0, verified.out, verified.err);
  ServerProcess server{restored};
  CHECK(missing(server.port(), before, {before.tickets.begin(), before.tickets.end()}) ==
        std::vector<std::string>{});
}

TEST_CASE("SIGHUP: the next handshake sees the new certificate, and no connection is lost") {
  const TempDir folder;
  const auto certificate = folder / "cert.pem", key = folder / "key.pem";
  make_certificate(certificate, key);
  ServerProcess server{folder / "data", {"--tls-cert", certificate, "--tls-key", key}};
  const auto old_certificate = folder / "old.pem";
  fs::copy_file(certificate, old_certificate);
  TlsClient old_client{server.port(), old_certificate};
  REQUIRE(old_client.is_served());

  make_certificate(certificate, key);
  CHECK_FALSE(TlsClient(server.port(), certificate).is_served());  // nobody has told it yet
  server.hang_up();
  CHECK(eventually([&] { return TlsClient(server.port(), certificate).is_served(); }));
  CHECK_FALSE(TlsClient(server.port(), old_certificate).is_served());
  CHECK(old_client.is_served());  // could not connect anew
  server.terminate();
  CHECK(server.wait() == 0);
}

TEST_CASE("no thread of a node takes the core from another: all of them are SCHED_BATCH") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"};
  CHECK_FALSE(seller.offer().empty());  // so that also what starts late has started

  const auto policies = policies_of(server.pid());
  CHECK(policies.size() > 4);  // io threads, the actors', the journal's, what is behind it
  CHECK(std::count(policies.begin(), policies.end(), SCHED_BATCH) ==
        static_cast<std::ptrdiff_t>(policies.size()));
}

TEST_CASE("--production refuses to start without JWT_KEY") {
  const TempDir folder;
  auto secrets = test_secrets();
  secrets[0].second = "";
  const auto refused =
      run_usher(serve(folder / "data",
                      {"--config", USHER_SOURCE_DIR "/config/production.toml", "--production"}),
                secrets);
  CHECK(refused.status != 0);
  CHECK(mentions(refused, "JWT_KEY"));
}

TEST_CASE("a wrong setting is an error that names the key") {
  const TempDir folder;
  for (const auto& [setting, key] : std::vector<std::pair<std::string, std::string>>{
           {"orders.lifetme=15m", "orders.lifetme"},
           {"orders.lifetime=banana", "orders.lifetime"},
           {"limits.body_bytes_max=-1", "limits.body_bytes_max"}}) {
    const auto refused = run_usher(serve(folder / "data", {"--set", setting}));
    CHECK(refused.status == 2);
    CHECK_MESSAGE(mentions(refused, key), refused.err);
  }
  const auto file = folder / "wrong.toml";
  std::ofstream{file} << "[orders]\nlifetime = 7\nunheard_of = 1\n";
  const auto refused = run_usher(serve(folder / "data", {"--config", file}));
  CHECK(refused.status == 2);
  CHECK(mentions(refused, "orders.unheard_of"));
}

TEST_CASE("a second node on the same directory is refused and does no harm") {
  const TempDir folder;
  const auto data = folder / "data";
  ServerProcess first{data};
  Client seller{first.port(), "seller"};
  const auto ticket = seller.offer();
  const auto second = run_usher(serve(data, {}));
  CHECK(second.status == 1);
  CHECK_MESSAGE(mentions(second, "usher: "), second.err);
  CHECK_MESSAGE((mentions(second, "lock") || mentions(second, "use")), second.err);
  CHECK(seller.get("/api/tickets/" + ticket).status == 200);
  CHECK_FALSE(seller.offer().empty());
}
