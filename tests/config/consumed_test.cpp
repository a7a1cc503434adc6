// A setting that nobody reads is a lie to the operator: each member of Config that has a key is
// read where the program is put together (cli/), by its name.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

template <class Visit>
void for_each_match(const std::string& text, const std::regex& pattern, Visit&& visit) {
  for (std::sregex_iterator it{text.begin(), text.end(), pattern}, end; it != end; ++it) visit(*it);
}

// "section.member" of every setting.
Names all_settings() {
  Names names;
  for_each_match(content_of(fs::path{USHER_SOURCE_DIR} / "config/settings.cpp"),
                 std::regex{R"(\(SETTING\((\w+), (\w+)\))"},
                 [&](const std::smatch& m) { names.insert(m.str(1) + "." + m.str(2)); });
  return names;
}

// "section.member" of everything that this text reads out of a Config, directly or by a name for
// one of its sections.
void add_read(const std::string& text, Names& names) {
  std::map<std::string, std::string> sections;  // by the name they have there
  for_each_match(text, std::regex{R"((\w+) = config\.(\w+);)"},
                 [&](const std::smatch& m) { sections[m.str(1)] = m.str(2); });
  for_each_match(text, std::regex{R"(const LogSettings& (\w+))"},
                 [&](const std::smatch& m) { sections[m.str(1)] = "log"; });
  for_each_match(text, std::regex{R"((config\.)?(\w+)\.(\w+))"}, [&](const std::smatch& m) {
    if (m[1].matched)
      names.insert(m.str(2) + "." + m.str(3));
    else if (const auto section = sections.find(m.str(2)); section != sections.end())
      names.insert(section->second + "." + m.str(3));
  });
}

}  // namespace

TEST_CASE("every setting is read by the program") {
  Names read;
  for (const auto& entry : fs::directory_iterator(fs::path{USHER_SOURCE_DIR} / "cli"))
    if (entry.path().extension() == ".cpp") add_read(content_of(entry.path()), read);
  const auto all = all_settings();
  CHECK(all.size() > 70);
  for (const auto& name : all) {
    CAPTURE(name);
    CHECK(read.contains(name));
  }
  CHECK_FALSE(read.contains("limits.no_such_setting"));
}
