// The composition root: journal -> actors -> HTTP, then wait for a signal, then the other way.
#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <random>

#include "actors/market/node.hpp"
#include "actors/market/ticket_shop.hpp"
#include "base/hex.hpp"
#include "base/log/log.hpp"
#include "cli/commands.hpp"
#include "cli/data_directory.hpp"
#include "cli/label.hpp"
#include "cli/node_figures.hpp"
#include "cli/output.hpp"
#include "cli/sales.hpp"
#include "cli/settings.hpp"
#include "cli/settings_check.hpp"
#include "cli/signals.hpp"
#include "config/settings.hpp"
#include "http/front/front.hpp"
#include "http/routes/context.hpp"
#include "http/routes/page.hpp"
#include "http/routes/routes.hpp"
#include "http/views/feed_view.hpp"
#include "persistence/rocksdb_store.hpp"
#include "persistence/unfinished_directory.hpp"

namespace usher::cli {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_needs_restart = 3;  // the journal has failed, or an actor has
constexpr std::chrono::milliseconds journal_poll{200};
// Of the time to stop: for the front to answer what is in flight. The rest is for the actors and
// the store, which then close in order.
constexpr double front_share = 0.7;

// Without JWT_KEY a development key is made once and kept in the data directory, for its owner
// only.
tl::expected<std::string, std::string> signing_key(const Secrets& secrets,
                                                   const std::filesystem::path& data,
                                                   UnfinishedDirectory& unfinished) {
  if (secrets.jwt_key) return *secrets.jwt_key;
  const auto file = data / "jwt_key";
  std::string key;
  if (std::ifstream in{file}; std::getline(in, key) && !key.empty()) {
    log::warn("JWT_KEY is not set: using a development key", {{"file", file.string()}});
    return key;
  }
  unsigned char random[32];
  if (RAND_bytes(random, sizeof random) != 1) return tl::unexpected{std::string{"no randomness"}};
  key = to_hex({reinterpret_cast<const char*>(random), sizeof random});
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      fd >= 0 && ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (fd >= 0) ::close(fd);
  if (!written) return tl::unexpected{"cannot write " + file.string()};
  unfinished.add(file);
  log::warn("JWT_KEY is not set: a development key was made", {{"file", file.string()}});
  return key;
}

// Our threads wake each other for every message. As SCHED_BATCH (sched(7)) a thread that is woken
// lets the one on its core go on to a pause, instead of taking the core for one message; an idle
// core runs it at once, and its share of the processors stays the same. Threads inherit it. Where a
// sandbox forbids it the node is only slower.
void let_each_other_finish() {
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

void log_backup(const BackupMade& made, const std::filesystem::path& folder) {
  log::info("backed up", {{"folder", folder.string()},
                          {"backup", made.backup.number},
                          {"events", made.backup.records},
                          {"removed", made.removed.size()}});
  for (const auto& spared : made.spared)
    log::warn("an old backup is kept: no newer one holds as much",
              {{"backup", spared.number}, {"events", spared.records}});
}

// What nobody caught ends the process, as ever; but it is said where everything else is said.
[[noreturn]] void end_by_exception() {
  std::string why = "unknown";
  try {
    if (const auto error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::exception& error) {
    why = error.what();
  } catch (...) {
  }
  log::error("an exception that nobody caught ends the node", {{"why", why}});
  log::stop();
  std::abort();
}

// Public events of committed records, to the streams.
void publish(http::EventStreams& streams, const std::vector<FeedRecord>& records,
             const Currency& currency) {
  streams.publish(http::behind(feed_entry(records.back())), [&records, &currency] {
    std::vector<http::PublicEvent> events;
    for (const auto& record : records)
      for (auto& event : http::public_events(feed_entry(record), currency))
        events.push_back(std::move(event));
    return events;
  });
}

// What an event stream that starts behind reads first.
http::ReadAfter replay_from(Market& market, const Currency& currency) {
  return [&market, &currency](http::FeedCursor after, std::size_t limit, auto done) {
    // One more: the first is what proves the cursor.
    market.feed({http::feed_after(after), limit + 1, "event streams"},
                [after, done, &currency](Answered<std::vector<FeedEntry>> entries) {
                  if (!entries) return done(std::nullopt);
                  done(http::replay_page(after, *entries, currency));
                });
  };
}

// Where the feed ends, before the first record of this run.
http::FeedCursor end_of_feed(const Journal& journal) {
  const FeedSeq end = journal.feed_end();
  if (end == 0) return {};
  const auto last = journal.read_feed(end - 1, 1);
  if (!last || last->empty()) return {2 * end + 1, std::nullopt};
  return http::behind(feed_entry(last->front()));
}

// The access line of one request. Without the query: it may hold what is nobody else's business.
void log_request(const http::RequestSeen& seen) {
  log::info("request", {{"client", seen.client},
                        {"method", seen.method},
                        {"path", seen.target.substr(0, seen.target.find('?'))},
                        {"status", seen.status},
                        {"route", seen.pattern},
                        {"us", seen.duration_us},
                        {"in", seen.bytes_in},
                        {"out", seen.bytes_out},
                        {"id", seen.id}});
}

void reload_certificate(http::Front& front, bool has_tls) {
  if (!has_tls) return log::info("nothing to reload: there is no certificate");
  if (const auto reloaded = front.reload_tls(); !reloaded)
    log::error("the certificate was not reloaded", {{"why", reloaded.error()}});
  else
    log::info("reloaded the certificate");
}

// Waits for SIGTERM or SIGINT (0) or until only a restart helps (3); `reload` is called on SIGHUP.
int wait_for_the_end(Signals& signals, const RocksdbStore& store, Gauges& gauges,
                     const std::function<void()>& reload) {
  for (;;) {
    const auto event = signals.wait(journal_poll);
    if (event == Signals::Event::stop) return 0;
    if (event == Signals::Event::reload) reload();
    store.check_place();
    if (store.failure()) gauges.journal_failed.store(true);
    if (gauges.journal_failed.load() || gauges.actor_failed.load()) return exit_needs_restart;
  }
}

std::string address_of(const Config& config, std::uint16_t port) {
  const auto colon = config.server.listen.rfind(':');
  return (config.tls.is_on() ? "https://" : "http://") + config.server.listen.substr(0, colon) +
         ":" + std::to_string(port);
}

void greet(const std::string& address) {
  Output out;
  out.print("Usher serves " + address + "\n\nTry:  curl -s " + address + "/api/tickets\n");
  // Nothing that a shop has to close for.
  if (!out.flush()) log::warn("standard output takes nothing", {{"address", address}});
}

// Tells one configuration from another in a log; says nothing about what is in it.
std::string digest_of(const Config& config) {
  const std::string text = render_toml(config);
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  constexpr std::size_t shown_bytes = 8;
  return to_hex({reinterpret_cast<const char*>(hash), shown_bytes});
}

}  // namespace

int serve(const ServeArguments& arguments) {
  const Machine machine = this_machine();
  std::signal(SIGPIPE, SIG_IGN);
  let_each_other_finish();
  Signals signals{arguments.config.server.shutdown_time_ms};  // the first thread
  const LogSettings& logged = arguments.config.log;
  const bool is_json = logged.format == "json";
  log::start(logged.level, is_json ? log::Format::json : log::Format::text);
  std::set_terminate(end_by_exception);
  // A collector of JSON reads nothing else; a person does.
  auto fail = [is_json](const std::string& why, int status = 1) {
    if (is_json)
      log::error("the start failed", {{"why", why}});
    else
      std::fprintf(stderr, "usher: %s\n", why.c_str());
    log::stop();
    return status;
  };

  const auto sized = size_to(arguments.config, machine);
  if (!sized) return fail(sized.error());
  const auto& config = sized->config;
  const auto secrets = secrets_from_environment();
  auto wrong = check_secrets(config, secrets, arguments.production);
  if (wrong.empty()) wrong = check_here(config, arguments.data, arguments.backups);
  if (!wrong.empty()) return fail(to_text(wrong), exit_usage);
  auto page =
      http::load_page(config.web.folder, config.payments.gateway == "stripe" &&
                                             !config.payments.stripe_publishable_key.empty());
  if (!page) return fail("the page in " + config.web.folder + ": " + page.error(), exit_usage);
  log::info("starting", {{"version", USHER_VERSION},
                         {"pid", ::getpid()},
                         {"data", arguments.data.string()},
                         {"settings", digest_of(config)},
                         {"file", arguments.config_file},
                         {"listen", config.server.listen}});
  for (const auto& remark : sized->remarks) log::info(remark);
  const auto directory =
      look_at(arguments.data, arguments.expect_data  ? StoreExpected::yes
                              : arguments.production ? StoreExpected::if_served_before
                                                     : StoreExpected::no);
  if (directory.is_refused) return fail(directory.remark);
  if (!directory.remark.empty()) log::warn(directory.remark);

  const WallClock clock;
  UnfinishedDirectory unfinished{arguments.data};
  auto store = RocksdbStore::open(arguments.data, rocksdb_options(*sized));
  if (!store) return fail(store.error());
  // Until somebody can be answered nothing in it is promised.
  if ((*store)->is_new()) unfinished.remove_unless_completed();
  const auto key = signing_key(secrets, arguments.data, unfinished);
  if (!key) return fail(key.error());
  JournalOptions journal_options;
  journal_options.shard_count = static_cast<ShardNumber>(config.journal.shard_count);
  journal_options.clock_us = [&clock] { return clock.now_us(); };
  journal_options.application = TicketShop::application();
  const Currency& currency = currency_of(config);
  journal_options.label = label_of(currency);
  const auto readable = check_currency(**store, currency);
  if (!readable) return fail(readable.error());
  const auto journal = Journal::open(**store, journal_options);
  if (!journal) return fail(journal.error());

  const auto options = runtime_options(config);
  const auto gateway = make_gateway(config, secrets);
  if (const auto fault = fault_of_prices(config, gateway->limits())) return fail(*fault);
  ActorThreads threads{options.scheduler_threads};
  std::shared_ptr<http::EventStreams> streams;  // made when the market is there to replay from
  std::shared_ptr<http::Context> context;
  Sales sales;
  Node node{
      threads.system(),
      {.clock = clock,
       .journal = **journal,
       .gateway = *gateway,
       .options = options,
       .scrypt = {config.accounts.scrypt_n, config.accounts.scrypt_r, config.accounts.scrypt_p},
       .live_per_buyer_max = config.orders.live_per_buyer_max,
       .id_seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}(),
       .on_committed =
           [&streams, &sales, &currency, &context](auto records) {
             sales.count(records);
             for (const auto& record : records)
               if (const auto told = sign_out_in(record)) http::hear_of_sign_out(*context, *told);
             publish(*streams, records, currency);
           },
       .log = [](const std::string& text) { log::warn(text); }}};
  streams = std::make_shared<http::EventStreams>(stream_options(config), end_of_feed(**journal),
                                                 replay_from(node.market(), currency));

  http::Router router;
  std::unique_ptr<http::Front> front;
  http::RouteServices services;
  services.collect = [&] {
    return node_figures(node.runtime(), node.gauges(), **journal,
                        front ? front->stats() : http::FrontStats{}, sales);
  };
  services.not_ready_because = [&]() -> std::optional<std::string> {
    if (node.gauges().journal_failed.load()) return "The journal takes no writes";
    if (node.gauges().actor_failed.load()) return "An actor has failed";
    return std::nullopt;
  };
  asio::thread_pool backups{1};  // one at a time
  services.backup = [&](Callback<std::string> done) {
    asio::post(backups, [&, done = std::move(done)] {
      const auto fail_backup = [&done](const std::string& why) {
        log::error("the backup failed", {{"why", why}});
        done(tl::unexpected(Refusal{Failure::unavailable, 0, why}));
      };
      // An exception that leaves this thread would end the process.
      try {
        const auto made =
            (*store)->backup(arguments.backups, static_cast<unsigned>(config.backup.kept_max));
        if (!made) return fail_backup(made.error());
        log_backup(*made, arguments.backups);
        done(arguments.backups.string());
      } catch (const std::exception& error) {
        fail_backup(error.what());
      }
    });
  };
  context = http::add_routes(router, node.market(),
                             route_options(config, secrets, *key, gateway->limits()), services);
  router.otherwise(http::page_handler(*std::move(page), context));

  auto front_settings = front_options(config);
  front_settings.stop_time_ms_max =
      static_cast<std::int64_t>(front_share * static_cast<double>(config.server.shutdown_time_ms));
  front_settings.on_request = [&context, logs = config.log.access](const http::RequestSeen& seen) {
    constexpr double us_per_second = 1e6;
    if (seen.pattern == http::pattern_of_refusals)
      context->refused_metrics->count(seen.status,
                                      static_cast<double>(seen.duration_us) / us_per_second);
    if (logs) log_request(seen);
  };
  front = std::make_unique<http::Front>(std::move(front_settings), std::move(router), streams);
  node.start();  // everything that it may call is there
  if (const auto started = front->start(); !started) {
    node.stop(config.server.shutdown_time_ms);
    return fail(started.error());
  }
  unfinished.completed();
  if (const auto not_remembered = remember_store(arguments.data); !not_remembered.empty())
    log::warn(not_remembered);
  const auto address = address_of(config, front->ports().at(0));
  log::info("ready", {{"address", address}});
  greet(address);

  const int status = wait_for_the_end(signals, **store, node.gauges(),
                                      [&] { reload_certificate(*front, config.tls.is_on()); });
  signals.begin_stop(status);
  if (status == exit_needs_restart && node.gauges().journal_failed.load())
    log::error("the journal failed: stopping, so that a restart finds out what is on the disk",
               {{"why", (*store)->failure().value_or("not by the disk")}});
  else if (status == exit_needs_restart)
    log::error(
        "an actor failed that nothing goes on without: stopping, so that a restart begins "
        "from the journal");
  else
    log::info("stopping", {{"time_ms", config.server.shutdown_time_ms}});
  front->stop();
  const bool finished = node.stop(signals.left_ms());
  backups.join();
  if (!finished) log::warn("not everything in flight was finished");
  log::info("stopped", {{"status", status}});
  log::stop(signals.left_ms());
  if (!finished) std::_Exit(status);  // actors still use what would be freed now
  return status;
}

}  // namespace usher::cli
