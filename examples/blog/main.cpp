// usher-blog: the composition root of the blog. Journal -> actors -> HTTP, then wait for a signal,
// then the other way. And what is done to a data directory while nobody serves it.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <random>

#include "actors/runtime/actor_threads.hpp"
#include "actors/runtime/projections/offline.hpp"
#include "base/log/log.hpp"
#include "examples/blog/routes.hpp"
#include "http/front/front.hpp"

namespace usher {
namespace {

constexpr int exit_needs_restart = 3;  // the journal has failed, or an actor has
constexpr DurationMs stop_ms_max = 10'000;

int fail(const std::string& why) {
  log::error("usher-blog", {{"why", why}});
  return 1;
}

// ---- the query side: all of it follows from the records

int forget(RocksdbStore& store) {
  WriteBatch batch;
  for (const auto family : {Family::views, Family::snapshots})
    for (auto entry = store.scan(family, {}); entry->valid(); entry->next())
      batch.erase(family, std::string{entry->key()});
  log::info("thrown away", {{"entries", batch.puts.size()}});
  return store.write(batch) ? 0 : fail("a write failed");
}

int rebuild(RocksdbStore& store) {
  ReplayOf<Blog> replay;
  const auto records = rebuild_all(store, replay);
  if (!records) return fail(records.error());
  log::info("rebuilt", {{"records", *records}, {"rows", replay.counts().rows}});
  return replay.findings().empty() ? 0 : fail("not everything could be rebuilt");
}

int verify(const RocksdbStore& store) {
  ReplayOf<Blog> replay;
  const auto report = verify_all(store, replay);
  for (const auto& found : report.findings) log::error("found", {{"what", text_of(found)}});
  const auto& counts = replay.counts();
  log::info(report.is_clean() ? "clean" : "NOT CLEAN", {{"records", report.records},
                                                        {"posts", counts.posts},
                                                        {"comments", counts.comments},
                                                        {"pending", counts.pending}});
  return report.is_clean() ? 0 : 1;
}

// There are events, and of what follows from them nothing is there.
bool has_no_query_side(const RocksdbStore& store) {
  return store.scan(Family::journal, {})->valid() && !store.scan(Family::views, {})->valid();
}

// ---- serving

struct ServeArguments {
  std::string data, page = USHER_BLOG_PAGE, moderation = "on";
  http::ListenAddress listen{"127.0.0.1", 4005, false};  // this machine, unless told otherwise
};

tl::expected<http::ListenAddress, std::string> read_address(const std::string& text) {
  const auto colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool is_number = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string::npos;
  if (host.empty() || !is_number || std::stoi(port) > 65'535)
    return tl::unexpected(std::string{"--listen takes HOST:PORT"});
  return http::ListenAddress{host, static_cast<std::uint16_t>(std::stoi(port)), false};
}

// SIGTERM or SIGINT (0), or the journal has failed.
int wait_for_the_end(const RocksdbStore& store, const Gauges& gauges, const sigset_t& signals) {
  constexpr timespec poll{0, 200'000'000};
  for (;;) {
    if (sigtimedwait(&signals, nullptr, &poll) > 0) return 0;
    store.check_place();
    if (store.failure() || gauges.journal_failed.load() || gauges.actor_failed.load())
      return exit_needs_restart;
  }
}

int serve(const ServeArguments& arguments, const sigset_t& signals) {
  auto store = open_store_of<Blog>(arguments.data, {});
  if (!store) return fail(store.error());
  if (has_no_query_side(**store)) rebuild(**store);
  const WallClock clock;
  const RuntimeOptions options;
  JournalOptions journal_options;
  journal_options.shard_count = options.shard_count;
  journal_options.clock_us = [&clock] { return clock.now_us(); };
  journal_options.application = Blog::application();
  const auto journal = Journal::open(**store, journal_options);
  if (!journal) return fail(journal.error());

  std::shared_ptr<const http::StaticFiles> page;
  if (auto loaded = http::StaticFiles::load({.folder = arguments.page}))
    page = *std::move(loaded);
  else
    log::warn("serving without the page", {{"why", loaded.error()}});

  ActorThreads threads{options.scheduler_threads};
  std::shared_ptr<http::EventStreams> streams;  // made when the door is there to replay from
  const auto id_seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  BlogNode node{threads.system(),
                clock,
                **journal,
                options,
                arguments.moderation == "on",
                id_seed,
                [&streams](const auto& records) { publish(*streams, records); }};
  streams = std::make_shared<http::EventStreams>(http::EventStreamOptions{},
                                                 http::FeedCursor{(*journal)->feed_end(), {}},
                                                 replay_from(node.door()));
  const char* token = std::getenv("USHER_OPERATOR_TOKEN");
  const BlogService service{node, {}, token ? token : ""};
  http::Router router;
  add_blog_routes(router, service, std::move(page));
  http::FrontOptions front_options;
  front_options.listen = {arguments.listen};
  front_options.framing.body_bytes_max = service.limits.body_bytes_max;
  http::Front front{front_options, std::move(router), streams};
  node.start();
  const auto started = front.start();
  int status = started ? 0 : fail(started.error());
  if (started) {
    log::info("ready", {{"address", "http://" + arguments.listen.address + ":" +
                                        std::to_string(front.ports().at(0))},
                        {"moderation", arguments.moderation}});
    status = wait_for_the_end(**store, node.gauges(), signals);
  }
  front.stop();
  const bool finished = node.stop(stop_ms_max);
  log::info("stopped", {{"status", status}});
  log::stop();
  if (!finished) std::_Exit(status);  // actors still use what would be freed now
  return status;
}

int run(int argc, char** argv) {
  CLI::App app{"A blog of actors: posts, comments, moderation."};
  app.require_subcommand(1);
  ServeArguments arguments;
  std::string listen;
  const auto command = [&](const char* name, const char* what) {
    auto* added = app.add_subcommand(name, what);
    added->add_option("--data", arguments.data, "the data directory")->required();
    return added;
  };
  auto* serving = command("serve", "serve the blog; USHER_OPERATOR_TOKEN is the operator's token");
  serving->add_option("--listen", listen, "HOST:PORT (127.0.0.1:4005)");
  serving->add_option("--page", arguments.page, "the folder of the page")->capture_default_str();
  serving->add_option("--moderation", arguments.moderation, "on or off; PUT /moderation switches")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  auto* forgetting = command("forget", "throw the query side away; `serve` makes it again");
  auto* rebuilding = command("rebuild", "make all that follows from the events again");
  command("verify", "check every record, and that replaying them gives what is stored");
  CLI11_PARSE(app, argc, argv);

  sigset_t signals;  // before there are threads
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  if (serving->parsed()) pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::start("info", log::Format::text);
  if (serving->parsed()) {
    if (!listen.empty()) {
      auto address = read_address(listen);
      if (!address) return fail(address.error());
      arguments.listen = *std::move(address);
    }
    return serve(arguments, signals);
  }
  RocksdbOptions options;
  options.create_if_missing = false;
  options.read_only = !forgetting->parsed() && !rebuilding->parsed();
  const auto store = open_store_of<Blog>(arguments.data, options);
  if (!store) return fail(store.error());
  if (forgetting->parsed()) return forget(**store);
  return rebuilding->parsed() ? rebuild(**store) : verify(**store);
}

}  // namespace
}  // namespace usher

int main(int argc, char** argv) {
  const int status = usher::run(argc, argv);
  usher::log::stop();
  return status;
}
