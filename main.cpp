// usher: the command line. What each command does is in cli/.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "config/config.hpp"

namespace {

struct Flag {
  const char* name;
  const char* key;
  const char* help;
};
// The settings that have a flag of their own; every other one is reached by --set KEY=VALUE.
constexpr Flag flags[] = {
    {"--listen", "server.listen", "HOST:PORT; port 0: any that is free"},
    {"--order-ttl", "orders.lifetime", "how long a reservation holds: 15m, 30s"},
    {"--tls-cert", "tls.cert", "certificate chain, PEM"},
    {"--tls-key", "tls.key", "its key, PEM"},
    {"--web", "web.folder", "folder of the web page; empty: only the API"},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Usher: a ticket marketplace of actors"};
  app.require_subcommand(1);

  auto* serve = app.add_subcommand("serve", "run a node");
  std::string config_file, data = "data", serve_backups;
  bool production = false;
  std::vector<std::string> values(std::size(flags)), sets;
  serve->add_option("--config", config_file, "TOML file; config/usher.toml shows every setting");
  serve->add_option("--data", data, "data directory")->capture_default_str();
  serve->add_option("--backups", serve_backups, "where online backups go (DATA.backups)");
  for (std::size_t i = 0; i < std::size(flags); ++i)
    serve->add_option(flags[i].name, values[i], flags[i].help);
  serve->add_option("--set", sets, "KEY=VALUE, over the file")->expected(1)->take_all();
  serve->add_flag("--production", production, "refuse to start with settings made for development");

  bool json = false;
  std::string backups = "backups", node;
  auto* verify = app.add_subcommand("verify", "check a data directory, offline");
  verify->add_option("data", data)->required();
  verify->add_flag("--json", json, "report as JSON");
  auto* exporting = app.add_subcommand("export", "events as JSON lines, offline");
  exporting->add_option("data", data)->required();
  auto* rebuild = app.add_subcommand("rebuild", "drop and rebuild what is derived, offline");
  rebuild->add_option("data", data)->required();
  auto* backup = app.add_subcommand("backup", "incremental backup of a data directory");
  backup->add_option("data", data, "the directory, when no node serves it");
  backup->add_option("--to", backups, "folder of the backups")->capture_default_str();
  backup->add_option("--node", node, "address of a running node: http://127.0.0.1:3000");
  auto* restore = app.add_subcommand("restore", "a data directory from the newest backup");
  restore->add_option("backups", backups)->required();
  restore->add_option("data", data)->required();
  auto* version = app.add_subcommand("version", "print the version");

  CLI11_PARSE(app, argc, argv);
  namespace cli = usher::cli;
  if (*version) return std::puts("usher " USHER_VERSION) < 0;
  if (*verify) return cli::verify(data, json);
  if (*exporting) return cli::export_events(data);
  if (*rebuild) return cli::rebuild(data);
  if (*backup) return cli::backup(data, backups, node);
  if (*restore) return cli::restore(backups, data);

  std::vector<usher::Override> overrides;
  for (std::size_t i = 0; i < std::size(flags); ++i)
    if (serve->count(flags[i].name) > 0)
      overrides.push_back({flags[i].name, flags[i].key, values[i]});
  for (const auto& set : sets) {
    const auto equals = set.find('=');
    if (equals == std::string::npos) {
      std::fprintf(stderr, "usher: --set %s: must be KEY=VALUE\n", set.c_str());
      return 2;
    }
    overrides.push_back({"--set", set.substr(0, equals), set.substr(equals + 1)});
  }
  const auto config = config_file.empty() ? usher::parse_config("", "defaults", overrides)
                                          : usher::load_config(config_file, overrides);
  if (!config) {
    std::fprintf(stderr, "%s\n", usher::to_text(config.error()).c_str());
    return 2;
  }
  if (serve_backups.empty()) serve_backups = data + ".backups";
  return cli::serve({*config, data, serve_backups, production});
}
