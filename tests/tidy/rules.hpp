// The rules that every file of this repository keeps. Each rule takes a file and answers with one
// line per offence ("path:line: what is wrong"); rules_test.cpp shows that they can fail,
// repository_test.cpp runs them over what is here.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace usher::tidy {

using Offences = std::vector<std::string>;

struct File {
  std::string path;  // from the repository root, with '/'
  std::string content;

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream in{content};
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  [[nodiscard]] std::string folder() const {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }
  [[nodiscard]] bool is_cpp() const { return path.ends_with(".cpp") || path.ends_with(".hpp"); }
  [[nodiscard]] bool is_header() const { return path.ends_with(".hpp"); }
};

inline bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

inline std::string at(const File& file, std::size_t line_index, std::string_view what) {
  return file.path + ":" + std::to_string(line_index + 1) + ": " + std::string{what};
}

// ---- the arrows: main -> http -> actors -> codec -> (domain | persistence | consensus) -> base;
// config stands alone

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;  // project folders; a folder contains those below it
  std::vector<std::string_view> may_not_include;  // stronger than the above
};

inline const Layer* layer_of(std::string_view path) {
  // The first that fits: inner folders before outer ones.
  static const std::vector<Layer> layers = {
      {"base/log", {"base"}, {}},
      {"base", {"base"}, {"base/log"}},
      // The runtime knows no application: neither the shop nor another one.
      {"actors/runtime/model", {"actors/runtime/model", "base"}, {"base/log"}},
      {"actors/runtime/codec",
       {"actors/runtime/codec", "actors/runtime/model", "persistence", "base"},
       {"base/log"}},
      {"actors/runtime", {"actors/runtime", "persistence", "consensus", "base"}, {}},
      {"actors/market/domain",
       {"actors/market/domain", "actors/runtime/model", "base"},
       {"base/log"}},
      {"actors/market/codec",
       {"actors/market/codec", "actors/market/domain", "actors/runtime/codec",
        "actors/runtime/model", "persistence", "base"},
       {"base/log"}},
      {"actors/market", {"actors", "persistence", "base"}, {}},
      // A second application sees nothing of the first. It speaks HTTP itself.
      {"examples/blog/model",
       {"examples/blog/model", "actors/runtime/model", "base"},
       {"base/log"}},
      {"examples/blog",
       {"examples/blog", "actors/runtime", "http/front", "persistence", "base"},
       {}},
      {"persistence", {"persistence", "base"}, {}},
      {"consensus", {"consensus", "base"}, {}},
      {"config", {"config", "base"}, {}},
      // The engine would serve any application; of the shop's part, requests are what comes in,
      // views what goes out.
      {"http/front", {"http/front", "base"}, {}},
      {"http/requests", {"http/requests", "http/front", "actors", "base"}, {"actors/runtime"}},
      {"http/views",
       {"http/views", "http/requests", "http/front", "actors", "base"},
       {"actors/runtime"}},
      {"http/routes",
       {"http/routes", "http/views", "http/requests", "http/front", "actors", "base"},
       {"actors/runtime"}},
      {"cli", {"cli", "http", "actors", "persistence", "config", "base"}, {}},
      {"bench",
       {"bench", "cli", "http", "actors", "persistence", "config", "base", "tests/support"},
       {}},
      {"tests/blog",
       {"tests/blog", "tests/sim", "tests/support", "tests/integration/support", "examples/blog",
        "actors/runtime", "http/front", "persistence", "base"},
       {}},
      {"tests",
       {"tests", "http", "actors", "persistence", "consensus", "config", "base", "cli", "bench"},
       {}},
      {"main.cpp", {"cli", "http", "actors", "persistence", "config", "base"}, {}},
  };
  for (const Layer& layer : layers)
    if (is_below(path, layer.folder)) return &layer;
  return nullptr;
}

struct Include {
  std::size_t line_index;
  std::string name;
  bool is_ours;  // "..." and not <...>
};

inline std::vector<Include> includes_of(const File& file) {
  static const std::regex include{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)"};
  std::vector<Include> found;
  const auto lines = file.lines();
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (std::smatch match; std::regex_match(lines[i], match, include))
      found.push_back({i, match[2], match[1] == "\""});
  return found;
}

inline Offences wrong_directions(const File& file) {
  if (!file.is_cpp()) return {};
  const Layer* layer = layer_of(file.path);
  if (!layer) return {file.path + ": in no layer: add its folder to tests/tidy/rules.hpp"};
  const auto is_in = [](const auto& folders, const std::string& name) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](std::string_view folder) { return is_below(name, folder); });
  };
  Offences offences;
  for (const Include& include : includes_of(file))
    if (include.is_ours &&
        (!is_in(layer->may_include, include.name) || is_in(layer->may_not_include, include.name)))
      offences.push_back(at(file, include.line_index,
                            std::string{layer->folder} + " may not include " + include.name));
  return offences;
}

// All our includes start at the root, so that an include line says where the file is.
inline Offences includes_not_from_the_root(const File& file,
                                           const std::set<std::string>& all_paths) {
  Offences offences;
  if (file.is_cpp())
    for (const Include& include : includes_of(file))
      if (include.is_ours && !all_paths.contains(include.name))
        offences.push_back(
            at(file, include.line_index, "no such file from the root: " + include.name));
  return offences;
}

// ---- who may see which library

struct LibraryRule {
  std::string_view header;                 // an include that starts with this ...
  std::vector<std::string_view> only_in;   // ... only in these
  bool is_heavy = false;                   // to compile: only in .cpp files and these headers
  std::string_view private_headers = "-";  // a path's beginning: headers of one implementation
};

inline Offences libraries_out_of_place(const File& file) {
  static const std::vector<LibraryRule> rules = {
      {"caf/", {"actors", "examples", "cli", "main.cpp", "tests", "bench"}},
      {"rocksdb/", {"persistence", "tests", "bench"}, true, "persistence/rocksdb_"},
      {"httplib.h", {"actors/market/workers", "cli", "tests", "bench"}, true},
      {"toml++/", {"config"}, true},
      {"unicode/", {"base"}, true},
      {"jwt.h", {"tests"}, true},
      {"yaml-cpp/", {"http/views"}, true},
      {"nlohmann/json.hpp", {"http", "actors/market/workers", "examples", "cli", "tests", "bench"}},
      {"asio", {"http", "examples", "cli", "main.cpp", "tests", "bench"}},
      {"prometheus/", {"http", "cli", "main.cpp", "tests"}},
      // Everybody else logs through base/log, where a line can't be anything but one.
      {"spdlog/", {"base/log"}, true},
      {"CLI/", {"cli", "main.cpp", "examples", "bench", "tests"}, true},
      {"doctest/", {"tests"}},
      {"dlfcn.h", {"consensus", "tests"}},
  };
  if (!file.is_cpp()) return {};
  Offences offences;
  for (const Include& include : includes_of(file)) {
    if (include.is_ours) continue;
    for (const LibraryRule& rule : rules) {
      if (!include.name.starts_with(rule.header)) continue;
      const bool is_allowed_here =
          std::any_of(rule.only_in.begin(), rule.only_in.end(),
                      [&](std::string_view folder) { return is_below(file.path, folder); }) &&
          // Inside actors, the pure parts see no library at all.
          !is_below(file.path, "actors/market/domain") &&
          !is_below(file.path, "examples/blog/model") &&
          !is_below(file.path, "actors/market/codec") &&
          !is_below(file.path, "actors/runtime/model") &&
          !is_below(file.path, "actors/runtime/codec");
      const bool is_in_test_header = is_below(file.path, "tests") || is_below(file.path, "bench");
      if (!is_allowed_here)
        offences.push_back(at(file, include.line_index, "not the place for " + include.name));
      else if (file.is_header() && rule.is_heavy && !is_in_test_header &&
               !file.path.starts_with(rule.private_headers))
        offences.push_back(at(file, include.line_index, include.name + " only in .cpp files"));
    }
  }
  return offences;
}

// Which core of consensus runs is the factory's to know: these headers are for its files alone.
inline Offences cores_out_of_place(const File& file) {
  static const std::map<std::string, std::set<std::string>> files_of = {
      {"consensus/solo.hpp", {"consensus/solo.cpp", "consensus/factory.cpp"}},
      {"consensus/raft_core.hpp", {"consensus/raft_core.cpp", "consensus/factory.cpp"}},
      {"consensus/raft/core.h", {"consensus/raft_core.cpp"}}};
  Offences offences;
  if (file.is_cpp())
    for (const Include& include : includes_of(file))
      if (const auto files = files_of.find(include.name);
          files != files_of.end() && !files->second.contains(file.path))
        offences.push_back(at(file, include.line_index, "not the place for " + include.name));
  return offences;
}

// Consensus knows no actor, no disk and no network: the standard library, and how to load a core.
inline Offences libraries_in_consensus(const File& file) {
  static const std::set<std::string> others = {"dlfcn.h", "tl/expected.hpp"};
  if (!file.is_cpp() || !is_below(file.path, "consensus")) return {};
  Offences offences;
  for (const Include& include : includes_of(file))
    if (!include.is_ours && !others.contains(include.name) &&
        include.name.find_first_of("./") != std::string::npos)
      offences.push_back(at(file, include.line_index, "consensus needs no <" + include.name + ">"));
  return offences;
}

// The domain reads no clock, draws no number, does no I/O and starts no thread.
inline Offences impure_domain(const File& file) {
  static const std::set<std::string> pure = {"algorithm",
                                             "array",
                                             "charconv",
                                             "compare",
                                             "concepts",
                                             "cstddef",
                                             "cstdint",
                                             "cmath",
                                             "iterator",
                                             "functional",
                                             "initializer_list",
                                             "limits",
                                             "map",
                                             "memory",
                                             "numeric",
                                             "optional",
                                             "set",
                                             "span",
                                             "string",
                                             "string_view",
                                             "tl/expected.hpp",
                                             "tuple",
                                             "type_traits",
                                             "utility",
                                             "variant",
                                             "vector"};
  const bool is_pure = is_below(file.path, "actors/market/domain") ||
                       is_below(file.path, "actors/runtime/model") ||
                       is_below(file.path, "examples/blog/model");
  if (!file.is_cpp() || !is_pure) return {};
  Offences offences;
  for (const Include& include : includes_of(file)) {
    if (include.is_ours || pure.contains(include.name)) continue;
    offences.push_back(
        at(file, include.line_index, "the domain is pure: not <" + include.name + ">"));
  }
  return offences;
}

// ---- every file

inline Offences without_opening(const File& file) {
  if (!file.is_header()) return {};
  Offences offences;
  if (!file.content.starts_with("//"))
    offences.push_back(at(file, 0, "a header opens with its purpose, in a comment"));
  const auto lines = file.lines();
  if (std::find(lines.begin(), lines.end(), "#pragma once") == lines.end())
    offences.push_back(file.path + ": no #pragma once");
  return offences;
}

inline constexpr std::size_t lines_max = 800;

inline Offences too_long(const File& file) {
  const std::size_t count = file.lines().size();
  if (!file.is_cpp() || count <= lines_max) return {};
  return {file.path + ": " + std::to_string(count) + " lines: nobody reads that in one sitting"};
}

// Words that may stand nowhere. Spelled in two halves, so that this file keeps its own rule.
inline Offences forbidden_words(const File& file) {
  static const std::vector<std::pair<std::string, std::string>> words = {
      {std::string{"FIX"} + "ME", "finish it, or write an issue"},
      {std::string{"TO"} + "DO", "finish it, or write an issue"},
      {std::string{"XX"} + "X:", "finish it, or write an issue"},
      {std::string{"/wo"} + "rk/", "a path of somebody's machine"},
      {std::string{"/ro"} + "ot/", "a path of somebody's machine"},
      {std::string{"/ho"} + "me/", "a path of somebody's machine"},
      {std::string{"<<<<"} + "<<<", "a merge that is not finished"},
  };
  Offences offences;
  const auto lines = file.lines();
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const auto& [word, why] : words)
      if (lines[i].find(word) != std::string::npos)
        offences.push_back(at(file, i, word + ": " + why));
  return offences;
}

// A test waits by looking (tests/support/eventually.hpp). A sleep in one is time that passes in its
// story, and the line says which.
inline Offences silent_sleeps(const File& file) {
  if (!file.is_cpp() || !is_below(file.path, "tests") || is_below(file.path, "tests/tidy"))
    return {};
  static const std::regex sleeps{R"(\b(sleep_for|sleep_until|usleep|nanosleep)\s*\()"};
  Offences offences;
  const auto lines = file.lines();
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (std::regex_search(lines[i], sleeps) && lines[i].find("// ") == std::string::npos)
      offences.push_back(
          at(file, i, "waits by sleeping: eventually(), or say what takes the time"));
  return offences;
}

// What a program of ours prints goes through cli/output, which sees whether it could be written.
inline Offences unchecked_output(const File& file) {
  static const std::regex prints{R"(\b(printf|puts|putchar)\s*\(|\bcout\b|\bstdout\b)"};
  const bool is_program = !is_below(file.path, "tests") && !is_below(file.path, "bench");
  if (!file.is_cpp() || !is_program || file.path == "cli/output.cpp") return {};
  Offences offences;
  const auto lines = file.lines();
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (std::regex_search(lines[i].substr(0, lines[i].find("//")), prints))
      offences.push_back(at(file, i, "standard output only through cli/output.hpp"));
  return offences;
}

// ---- what CMake compiles

// True when this CMakeLists.txt compiles the file: it names it (or what remains of its name
// without _test or _fuzz), or a glob of it matches.
inline bool is_compiled_by(const File& cmake, const File& source) {
  const std::string name = std::filesystem::path{source.path}.filename().string();
  std::string stem = std::filesystem::path{source.path}.stem().string();
  const std::string folder = source.folder();
  const std::string last_folder = folder.substr(folder.rfind('/') + 1);
  const auto names = [&](const std::string& word) {
    return std::regex_search(cmake.content,
                             std::regex{"(^|[^A-Za-z0-9_])" + word + "($|[^A-Za-z0-9_])"});
  };
  if (cmake.content.find(name) != std::string::npos) return true;
  // usher_tests(FOLDER ...) in tests/CMakeLists.txt globs FOLDER/*_test.cpp.
  if (cmake.folder() + "/" + last_folder == folder && name.ends_with("_test.cpp") &&
      std::regex_search(cmake.content, std::regex{"usher_tests\\(" + last_folder + "[ )]"}))
    return true;
  static const std::regex glob{R"(([A-Za-z0-9_]*)\*([A-Za-z0-9_]*\.cpp))"};
  if (cmake.folder() == folder)
    for (std::sregex_iterator it{cmake.content.begin(), cmake.content.end(), glob}, end; it != end;
         ++it)
      if (name.starts_with((*it)[1].str()) && name.ends_with((*it)[2].str())) return true;
  for (const std::string_view suffix : {"_test", "_fuzz"})
    if (cmake.folder() == folder && stem.ends_with(suffix)) {
      stem.erase(stem.size() - suffix.size());
      return names(stem);
    }
  return false;
}

inline Offences tests_not_compiled(const File& source, const std::vector<File>& files) {
  if (!is_below(source.path, "tests") || !source.path.ends_with(".cpp")) return {};
  for (const File& cmake : files)
    if (cmake.path.ends_with("CMakeLists.txt") && is_below(source.path, cmake.folder()) &&
        is_compiled_by(cmake, source))
      return {};
  return {source.path + ": no CMakeLists.txt compiles it"};
}

// ---- documents

// Links to files, and `paths/in.code` that look like files of this repository.
inline Offences dead_links(const File& file, const std::filesystem::path& root) {
  static const std::regex link{R"(\]\(([^)#\s]+)(#[^)]*)?\))"};
  static const std::regex code{
      R"(`([a-z_]+/[A-Za-z0-9_./-]+\.(cpp|hpp|md|toml|yaml|sh|txt|service|socket|conf))`)"};
  static const std::set<std::string> made_at_run_time = {"build", "data", "dist"};
  if (!file.path.ends_with(".md")) return {};
  Offences offences;
  const auto lines = file.lines();
  bool is_fenced = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("```")) is_fenced = !is_fenced;
    if (is_fenced) continue;
    for (std::sregex_iterator it{lines[i].begin(), lines[i].end(), link}, end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find(':') != std::string::npos) continue;  // https:, mailto:
      if (!std::filesystem::exists(root / file.folder() / target))
        offences.push_back(at(file, i, "links to nothing: " + target));
    }
    for (std::sregex_iterator it{lines[i].begin(), lines[i].end(), code}, end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (made_at_run_time.contains(target.substr(0, target.find('/')))) continue;
      if (!std::filesystem::exists(root / target) &&
          !std::filesystem::exists(root / file.folder() / target))
        offences.push_back(at(file, i, "names a file that is not there: " + target));
    }
  }
  return offences;
}

// Code in a document is a piece of a file that is compiled: "```cpp PATH" opens such a listing.
// Whoever changes the code hears of the document.
inline Offences listings_that_rot(const File& file, const std::vector<File>& files) {
  static const std::string fence = "```";
  static const std::string opening = fence + "cpp ";
  if (!file.path.ends_with(".md")) return {};
  Offences offences;
  const auto lines = file.lines();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with(opening)) continue;
    const std::size_t begin = i;
    const std::string path = lines[i].substr(opening.size());
    std::string listing = "\n";
    for (++i; i < lines.size() && lines[i] != fence; ++i) listing += lines[i] + "\n";
    const auto source = std::find_if(files.begin(), files.end(),
                                     [&](const File& each) { return each.path == path; });
    if (source == files.end())
      offences.push_back(at(file, begin, "a listing of no file: " + path));
    else if (("\n" + source->content).find(listing) == std::string::npos)
      offences.push_back(at(file, begin, "this is not in " + path + " any more"));
  }
  return offences;
}

// Every metric that these sources make stands in the operator's document, and the other way round.
inline Offences undocumented_metrics(const File& document, const std::vector<File>& sources) {
  static const std::regex made{R"re("((usher|process)_[a-z_]+)")re"};
  static const std::regex told{R"(`((usher|process)_[a-z_]+)`)"};
  const auto names_in = [](const std::string& text, const std::regex& pattern) {
    std::set<std::string> names;
    for (std::sregex_iterator it{text.begin(), text.end(), pattern}, end; it != end; ++it)
      names.insert((*it)[1]);
    return names;
  };
  std::string all;
  for (const File& source : sources) all += source.content;
  const auto shown = names_in(all, made), documented = names_in(document.content, told);
  Offences offences;
  for (const auto& name : shown)
    if (!documented.contains(name)) offences.push_back(document.path + ": nothing about " + name);
  for (const auto& name : documented)
    if (!shown.contains(name)) offences.push_back(document.path + ": there is no " + name);
  return offences;
}

// Decisions are called by their number.
inline Offences decisions_numbered_twice(const std::vector<File>& files) {
  constexpr std::string_view folder = "docs/decisions/";
  constexpr std::size_t digits = 4;
  std::map<std::string, std::string> by_number;
  Offences offences;
  for (const File& file : files) {
    if (!file.path.starts_with(folder)) continue;
    const auto [first, is_new] =
        by_number.emplace(file.path.substr(folder.size(), digits), file.path);
    if (!is_new) offences.push_back(file.path + ": has the number of " + first->second);
  }
  return offences;
}

// ---- the repository

// Every text file that is kept, without what is built, installed or recorded.
inline std::vector<File> read_repository(const std::filesystem::path& root) {
  static const std::set<std::string> skipped = {"build", "data",   "data-blog", "node_modules",
                                                "dist",  "corpus", "coverage",  "results"};
  static const std::set<std::string> kinds = {
      ".cpp", ".hpp", ".h",   ".go",  ".md",   ".txt", ".cmake", ".toml",    ".yaml",   ".yml",
      ".sh",  ".ts",  ".tsx", ".css", ".html", ".py",  ".conf",  ".service", ".socket", ""};
  std::vector<File> files;
  const auto walk = [&](const auto& self, const std::filesystem::path& folder) -> void {
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
      const std::string name = entry.path().filename().string();
      const bool is_hidden = name.starts_with('.') && !name.starts_with(".c");  // .ci, .clang-tidy
      if (is_hidden || entry.is_symlink() || name == ".cache" || skipped.contains(name)) continue;
      if (entry.is_directory()) {
        self(self, entry.path());
      } else if (kinds.contains(entry.path().extension().string())) {
        std::ostringstream content;
        content << std::ifstream{entry.path(), std::ios::binary}.rdbuf();
        files.push_back(
            {std::filesystem::relative(entry.path(), root).generic_string(), content.str()});
      }
    }
  };
  walk(walk, root);
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

}  // namespace usher::tidy
