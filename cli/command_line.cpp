#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "config/settings.hpp"

namespace usher::cli {
namespace {

constexpr int exit_usage = 2;
constexpr const char* version_text = "usher " USHER_VERSION;

struct Flag {
  const char* name;
  const char* key;
  const char* value;
  const char* help;
};
// The settings that have a flag of their own; every other one is reached by --set KEY=VALUE.
constexpr Flag flags[] = {
    {"--listen", "server.listen", "HOST:PORT", "Where to listen; port 0: any that is free"},
    {"--order-ttl", "orders.lifetime", "DURATION", "How long a reservation holds: 15m, 30s"},
    {"--tls-cert", "tls.cert", "FILE", "Certificate chain, PEM; with it: HTTPS"},
    {"--tls-key", "tls.key", "FILE", "Its private key, PEM"},
    {"--web", "web.folder", "FOLDER", "Folder of the web page; empty: only the API"},
};

// Everything that can be written, and where it goes.
struct CommandLine {
  CommandLine();
  [[nodiscard]] int run() const;

  CLI::App app{"Usher: a ticket marketplace of actors"};
  CLI::App *serve, *verify, *exports, *rebuild, *backup, *list, *remove, *restore, *payments,
      *settle, *version;
  std::string config_file, data = "data", serve_backups, backups = "backups", node;
  std::vector<std::string> values = std::vector<std::string>(std::size(flags)), sets;
  bool production = false, expect_data = false, json = false;
  std::size_t kept_max = BackupSettings{}.kept_max;
  std::uint32_t number = 0;
  Settlement settlement;

 private:
  void describe_serve();
  void describe_backups();
  void describe_payments();
  [[nodiscard]] int run_serve() const;
};

// An empty name is a variable of a script that is not set, not a folder.
const CLI::Validator is_named{[](const std::string& name) {
                                return name.empty() ? std::string{"must not be empty"}
                                                    : std::string{};
                              },
                              ""};

CommandLine::CommandLine() {
  app.name("usher");
  app.require_subcommand(1);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", version_text, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer("`usher COMMAND --help` says what a command takes. More: man usher.");
  describe_serve();
  verify = app.add_subcommand("verify", "Check a stopped node's data directory");
  verify->add_option("data", data, "The data directory; it is only read")
      ->required()
      ->check(is_named);
  verify->add_flag("--json", json, "Report as JSON");
  exports = app.add_subcommand("export", "Write every event of a stopped node as a line of JSON");
  exports->add_option("data", data, "The data directory; it is only read")
      ->required()
      ->check(is_named);
  rebuild = app.add_subcommand("rebuild",
                               "Drop and rebuild what is derived from a stopped node's events");
  rebuild->add_option("data", data, "The data directory")->required()->check(is_named);
  describe_backups();
  describe_payments();
  version = app.add_subcommand("version", "Print the version");
}

void CommandLine::describe_serve() {
  serve = app.add_subcommand("serve", "Run a node");
  serve->add_option("--config", config_file, "Settings, TOML; config/usher.toml shows all of them")
      ->check(is_named)
      ->option_text("FILE");
  serve->add_option("--data", data, "Data directory; made when it is missing")
      ->capture_default_str()
      ->check(is_named)
      ->option_text("FOLDER [data]");
  serve->add_option("--backups", serve_backups, "Where `usher backup --node` puts its backups")
      ->check(is_named)
      ->option_text("FOLDER [DATA.backups]");
  for (std::size_t i = 0; i < std::size(flags); ++i)
    serve->add_option(flags[i].name, values[i], flags[i].help)->option_text(flags[i].value);
  serve->add_option("--set", sets, "A setting, stronger than the file; may stand several times")
      ->option_text("KEY=VALUE")
      ->expected(1)
      ->take_all();
  serve->add_flag("--expect-data", expect_data,
                  "Refuse to start an empty market: the data directory must hold a store");
  serve->add_flag("--production", production, "Refuse to start with settings made for development");
}

void CommandLine::describe_backups() {
  backup = app.add_subcommand("backup", "Back up a node, list its backups, or remove one");
  backup->require_subcommand(0, 1);
  auto* stopped =
      backup->add_option("data", data, "Data directory of a stopped node [data]")->check(is_named);
  auto* to = backup->add_option("--to", backups, "Folder of the backups; made when it is missing")
                 ->check(is_named)
                 ->option_text("FOLDER [backups]");
  auto* keep = backup->add_option("--keep", kept_max, "How many to keep; the oldest go")
                   ->option_text("COUNT [" + std::to_string(kept_max) + "]")
                   ->check(CLI::Range(1, 10'000));
  backup
      ->add_option("--node", node,
                   "A running node instead: http://127.0.0.1:3000. It puts the "
                   "backup where its --backups says and keeps as many as its "
                   "backup.kept_max; USHER_OPERATOR_TOKEN must be set")
      ->check(is_named)
      ->option_text("URL")
      ->excludes(stopped)
      ->excludes(to)
      ->excludes(keep);
  list = backup->add_subcommand("list", "List the backups of a folder, oldest first");
  list->add_option("backups", backups, "Folder of the backups")->required()->check(is_named);
  list->add_flag("--json", json, "As JSON");
  remove = backup->add_subcommand("remove", "Remove one backup for good");
  remove->add_option("backups", backups, "Folder of the backups")->required()->check(is_named);
  remove->add_option("number", number, "Which one; `usher backup list` shows the numbers")
      ->required();

  restore = app.add_subcommand("restore", "Make a data directory of a backup");
  restore->add_option("backups", backups, "Folder of the backups")->required()->check(is_named);
  restore->add_option("data", data, "The data directory to make; missing or empty")
      ->required()
      ->check(is_named);
  restore->add_option("--backup", number, "Which one; `usher backup list` shows the numbers")
      ->option_text("NUMBER [the newest]");
}

void CommandLine::describe_payments() {
  constexpr const char* which_node =
      "The running node: http://127.0.0.1:3000; USHER_OPERATOR_TOKEN must be set";
  payments = app.add_subcommand(
      "payments",
      "List payments and refunds that have no outcome, the oldest first, as JSON lines");
  payments->add_option("--node", node, which_node)->option_text("URL")->required();
  settle = app.add_subcommand("settle", "Say what became of a payment that has no outcome");
  settle->add_option("--node", settlement.node, which_node)->option_text("URL")->required();
  settle->add_option("--order", settlement.order, "Its orderId, as `usher payments` shows it")
      ->option_text("ID")
      ->required();
  settle->add_option("--payment", settlement.payment, "Its paymentId")
      ->option_text("ID")
      ->required();
  settle
      ->add_option("--verdict", settlement.verdict,
                   "What the gateway's books say: captured, not_charged or refunded")
      ->option_text("VERDICT")
      ->required()
      ->check(CLI::IsMember({"captured", "not_charged", "refunded"}));
  settle->add_option("--charge", settlement.charge, "captured: the gateway's name of the charge")
      ->option_text("ID");
  settle->add_option("--note", settlement.note, "How you know; it is kept in the order's history")
      ->option_text("TEXT")
      ->required();
}

int CommandLine::run() const {
  if (*version) return print_only(std::string{version_text} + "\n");
  if (*verify) return cli::verify(data, json);
  if (*exports) return export_events(data);
  if (*rebuild) return cli::rebuild(data);
  if (*list) return list_backups(backups, json);
  if (*remove) return remove_backup(backups, number);
  if (*backup) return node.empty() ? cli::backup(data, backups, kept_max) : backup_node(node);
  if (*restore)
    return cli::restore(backups, data,
                        restore->count("--backup") > 0 ? std::optional{number} : std::nullopt);
  if (*payments) return list_unsettled(node);
  if (*settle) return cli::settle(settlement);
  return run_serve();
}

int wrong_usage(const std::string& why) {
  std::fprintf(stderr, "usher: %s\n", why.c_str());
  return exit_usage;
}

int CommandLine::run_serve() const {
  std::vector<Override> overrides;
  for (std::size_t i = 0; i < std::size(flags); ++i)
    if (serve->count(flags[i].name) > 0)
      overrides.push_back({flags[i].name, flags[i].key, values[i]});
  for (const auto& set : sets) {
    const auto equals = set.find('=');
    if (equals == std::string::npos) return wrong_usage("--set " + set + ": must be KEY=VALUE");
    overrides.push_back({"--set", set.substr(0, equals), set.substr(equals + 1)});
  }
  const auto config = config_file.empty() ? parse_config("", "defaults", overrides)
                                          : load_config(config_file, overrides);
  if (!config) {
    std::fprintf(stderr, "%s\n", to_text(config.error()).c_str());
    return exit_usage;
  }
  return cli::serve({*config, config_file, data,
                     serve_backups.empty() ? data + ".backups" : serve_backups, production,
                     expect_data});
}

// ---- completion

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* command : commands_of(app))
    if (command->get_name() == name) return command;
  return nullptr;
}

// Candidates behind `words` (without the program's name), of which the last one is not finished. A
// path is for the shell: then there are none.
std::vector<std::string> candidates(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (const auto* inner = find_command(*command, words[i])) command = inner;
  const std::string last = words.empty() ? std::string{} : words.back();
  const std::string before = words.size() < 2 ? std::string{} : words[words.size() - 2];
  std::vector<std::string> all;
  if (before == "--set") {
    for (const auto& setting : settings()) all.push_back(setting.key() + "=");
  } else if (last.starts_with('-')) {
    for (const auto* option : command->get_options())
      for (const auto& name : option->get_lnames()) all.push_back("--" + name);
  } else if (!before.starts_with("--")) {
    for (const auto* inner : commands_of(*command)) all.push_back(inner->get_name());
  }
  std::erase_if(all, [&](const std::string& word) { return !word.starts_with(last); });
  return all;
}

// `usher complete WORDS...`, for the shell and so in no help.
int complete(const CLI::App& app, std::vector<std::string> words) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  std::string text;
  for (const auto& word : candidates(app, words)) text += word + "\n";
  return print_only(text);
}

// ---- mistakes

// How many letters have to be changed, left out or put in (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

std::string no_such_command(const CLI::App& app, const std::string& word) {
  constexpr std::size_t distance_max = 2;
  std::string text = "there is no command '" + word + "'", names;
  std::string nearest;
  std::size_t best = distance_max + 1;
  for (const auto* command : commands_of(app)) {
    names += (names.empty() ? "" : ", ") + command->get_name();
    if (const auto far = distance(word, command->get_name()); far < best) {
      best = far;
      nearest = command->get_name();
    }
  }
  return text + (nearest.empty() ? "; there are: " + names : "; did you mean '" + nearest + "'?");
}

}  // namespace

int run(int argc, char** argv) {
  CommandLine line;
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty()) return wrong_usage("which command?\n\n" + line.app.help());
  if (words.front() == "complete") return complete(line.app, {words.begin() + 1, words.end()});
  if (words.front() == "help") {  // `usher help backup list` is `usher backup list --help`
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const std::string first = words.front();
  if (!first.starts_with('-') && find_command(line.app, first) == nullptr)
    return wrong_usage(no_such_command(line.app, first) + "\n`usher --help` shows what there is");
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    line.app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    if (line.app.exit(error, out, err) == 0) return print_only(out.str());  // --help, --version
    return wrong_usage(std::string{error.what()} + "\n`usher " + first +
                       " --help` shows what it takes");
  }
  return line.run();
}

}  // namespace usher::cli
