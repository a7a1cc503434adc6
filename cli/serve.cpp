// The composition root: journal -> actors -> HTTP, then wait for a signal, then the other way.
#include <fcntl.h>
#include <openssl/rand.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>

#include "actors/market/node.hpp"
#include "base/hex.hpp"
#include "cli/commands.hpp"
#include "cli/log.hpp"
#include "cli/node_figures.hpp"
#include "cli/page.hpp"
#include "cli/settings.hpp"
#include "http/front/front.hpp"
#include "http/routes/routes.hpp"
#include "http/views/feed_view.hpp"
#include "persistence/rocksdb_store.hpp"

namespace usher::cli {
namespace {

constexpr int exit_journal_failed = 3;
constexpr long signal_poll_ns = 200'000'000;

// Without JWT_KEY a development key is made once and kept in the data directory, for its owner
// only.
tl::expected<std::string, std::string> signing_key(const Secrets& secrets,
                                                   const std::filesystem::path& data,
                                                   const LogSettings& log) {
  if (secrets.jwt_key) return *secrets.jwt_key;
  const auto file = data / "jwt_key";
  std::string key;
  if (std::ifstream in{file}; std::getline(in, key) && !key.empty()) return key;
  unsigned char random[32];
  if (RAND_bytes(random, sizeof random) != 1) return tl::unexpected{std::string{"no randomness"}};
  key = to_hex({reinterpret_cast<const char*>(random), sizeof random});
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      fd >= 0 && ::write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (fd >= 0) ::close(fd);
  if (!written) return tl::unexpected{"cannot write " + file.string()};
  spdlog::warn(line(log, "JWT_KEY is not set: using a development key in " + file.string()));
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

// Public events of committed records, to the streams.
void publish(http::EventStreams& streams, const std::vector<FeedRecord>& records) {
  streams.publish(http::behind(records.back().seq), [&records] {
    std::vector<http::PublicEvent> events;
    for (const auto& record : records)
      for (auto& event : http::public_events(record)) events.push_back(std::move(event));
    return events;
  });
}

// What an event stream that starts behind reads first.
http::ReadAfter replay_from(Market& market) {
  return [&market](http::PublicSeq after, std::size_t limit, auto done) {
    market.feed(http::feed_after(after), limit,
                [after, done](Answered<std::vector<FeedRecord>> records) {
                  if (!records) return done(std::nullopt);
                  http::ReplayPage page{{}, after};
                  for (const auto& record : *records) {
                    page.through = std::max(page.through, http::behind(record.seq));
                    for (auto& event : http::public_events(record))
                      if (event.seq > after) page.events.push_back(std::move(event));
                  }
                  done(std::move(page));
                });
  };
}

// Waits for SIGTERM or SIGINT (0) or for the journal to fail; `reload` is called on SIGHUP.
int wait_for_the_end(const sigset_t& signals, const Gauges& gauges,
                     const std::function<void()>& reload) {
  for (;;) {
    const timespec poll{0, signal_poll_ns};
    const int signal = sigtimedwait(&signals, nullptr, &poll);
    if (signal == SIGTERM || signal == SIGINT) return 0;
    if (signal == SIGHUP) reload();
    if (gauges.journal_failed.load()) return exit_journal_failed;
  }
}

void greet(const Config& config, std::uint16_t port) {
  const std::string scheme = config.tls.is_on() ? "https" : "http";
  const auto colon = config.server.listen.rfind(':');
  const std::string address =
      scheme + "://" + config.server.listen.substr(0, colon) + ":" + std::to_string(port);
  std::printf("Usher serves %s\n\nTry:  curl -s %s/api/tickets\n", address.c_str(),
              address.c_str());
  std::fflush(stdout);
}

}  // namespace

int serve(const ServeArguments& arguments) {
  const auto& config = arguments.config;
  auto fail = [](const std::string& why) {
    std::fprintf(stderr, "usher: %s\n", why.c_str());
    return 1;
  };
  // Before the first thread: all of them leave the signals to sigtimedwait.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  let_each_other_finish();
  start_log(config.log);

  const auto secrets = secrets_from_environment();
  if (const auto wrong = check_secrets(config, secrets, arguments.production); !wrong.empty())
    return fail(to_text(wrong));
  std::error_code error;
  std::filesystem::create_directories(arguments.data, error);
  if (error) return fail("cannot create " + arguments.data.string() + ": " + error.message());
  const auto key = signing_key(secrets, arguments.data, config.log);
  if (!key) return fail(key.error());

  const WallClock clock;
  auto store = RocksdbStore::open(arguments.data, rocksdb_options(config));
  if (!store) return fail(store.error());
  JournalOptions journal_options;
  journal_options.shard_count = static_cast<ShardNumber>(config.journal.shard_count);
  journal_options.clock_us = [&clock] { return clock.now_us(); };
  const auto journal = Journal::open(**store, journal_options);
  if (!journal) return fail(journal.error());

  const auto options = runtime_options(config);
  const auto gateway = make_gateway(config, secrets);
  ActorThreads threads{options.scheduler_threads};
  std::shared_ptr<http::EventStreams> streams;  // made when the market is there to replay from
  Node node{
      threads.system(),
      {.clock = clock,
       .journal = **journal,
       .gateway = *gateway,
       .options = options,
       .scrypt = {config.accounts.scrypt_n, config.accounts.scrypt_r, config.accounts.scrypt_p},
       .id_seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}(),
       .on_committed = [&streams](auto records) { publish(*streams, records); },
       .log = [&config](const std::string& text) { spdlog::warn(line(config.log, text)); }}};
  streams = std::make_shared<http::EventStreams>(
      stream_options(config), http::behind((*journal)->feed_end()), replay_from(node.market()));

  http::Router router;
  std::unique_ptr<http::Front> front;
  http::RouteServices services;
  services.collect = [&] {
    return node_figures(node.runtime(), **journal, front ? front->stats() : http::FrontStats{});
  };
  services.not_ready_because = [&]() -> std::optional<std::string> {
    if (node.gauges().journal_failed.load()) return "The journal takes no writes";
    return std::nullopt;
  };
  asio::thread_pool backups{1};  // one at a time
  services.backup = [&backups, &store, &arguments](Callback<std::string> done) {
    asio::post(backups, [&store, &arguments, done = std::move(done)] {
      const auto made = (*store)->backup(arguments.backups);
      if (!made) return done(tl::unexpected(Refusal{Failure::unavailable, 0, made.error()}));
      done(arguments.backups.string());
    });
  };
  const auto context =
      http::add_routes(router, node.market(), route_options(config, secrets, *key), services);
  auto page = page_handler(config.web.folder, context);
  if (!page) {
    node.stop(config.server.shutdown_time_ms);
    return fail("the page in " + config.web.folder + ": " + page.error());
  }
  router.otherwise(*std::move(page));

  auto front_settings = front_options(config);
  if (config.log.access)
    front_settings.on_request = [&config](const http::RequestSeen& seen) {
      log_request(config.log, seen);
    };
  front = std::make_unique<http::Front>(std::move(front_settings), std::move(router), streams);
  if (const auto started = front->start(); !started) {
    node.stop(config.server.shutdown_time_ms);
    return fail(started.error());
  }
  greet(config, front->ports().at(0));

  const int status = wait_for_the_end(signals, node.gauges(), [&] {
    if (const auto reloaded = front->reload_tls(); !reloaded)
      spdlog::error(line(config.log, "the certificate was not reloaded: " + reloaded.error()));
  });
  if (status == exit_journal_failed)
    spdlog::error(line(config.log,
                       "the journal failed: stopping, so that a restart finds out "
                       "what is on the disk"));
  front->stop();
  backups.join();
  const bool finished = node.stop(config.server.shutdown_time_ms);
  if (!finished) spdlog::warn(line(config.log, "not everything in flight was finished"));
  spdlog::shutdown();
  if (!finished) std::_Exit(status);  // actors still use what would be freed now
  return status;
}

}  // namespace usher::cli
