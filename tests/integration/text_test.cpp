// What text is, over HTTP: titles, searches and addresses; and accounts of a directory that an
// older version made (48cf44f, config/course.toml), whose names followed ASCII only.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

std::string utf8(std::u8string_view text) { return {text.begin(), text.end()}; }

struct Tried {
  std::string email;
  std::string password;
};

int status_of(const ServerProcess& server, const std::string& path, const Tried& tried) {
  Client client{server.port()};
  return client.post(path, {{"email", tried.email}, {"password", tried.password}}).status;
}
int sign_in(const ServerProcess& server, const Tried& tried) {
  return status_of(server, "/api/users/signin", tried);
}

std::filesystem::path unpacked(const TempDir& folder) {
  const auto archive =
      std::string{USHER_SOURCE_DIR} + "/tests/integration/data/accounts_48cf44f.tar.gz";
  const auto into = (folder / "").string();
  std::filesystem::create_directories(into);
  const auto command = "tar -xzf '" + archive + "' -C '" + into + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  return folder / "data";
}

// What other profiles than the course's insist on.
const Arguments readable_titles{"--set", "tickets.titles=readable"};

}  // namespace

TEST_CASE("every account of an older directory can sign in, by what was typed then") {
  const TempDir folder;
  ServerProcess server{unpacked(folder)};
  for (const Tried& account :
       std::vector<Tried>{{utf8(u8"M\u00DCLLER@example.com"), "upper-secret"},
                          {utf8(u8"m\u00FCller@example.com"), "lower-secret"},
                          {utf8(u8"anna@b\u00FCcher.example"), "unicode-secret"},
                          {"anna@xn--bcher-kva.example", "puny-secret"},
                          {"jose\xCC\x81@example.com", "nfd-secret"},
                          {utf8(u8"zero\u200Bwidth@example.com"), "zero-secret"},
                          {"Plain@Example.com", "plain-secret"},
                          {"plain@example.com", "plain-secret"},
                          {utf8(u8"stra\u00DFe@example.com"), "sharp-secret"},
                          {"STRASSE@example.com", "strasse-secret"},
                          {"pass@example.com", "cafe\xCC\x81-secret"}}) {
    CAPTURE(account.email);
    CHECK(sign_in(server, account) == 200);
    CHECK(sign_in(server, {account.email, "not-the-secret"}) == 400);
  }
}

TEST_CASE("nobody takes an address of an older directory, in whatever spelling was used then") {
  const TempDir folder;
  ServerProcess server{unpacked(folder)};
  for (const auto& email :
       {utf8(u8"M\u00DCLLER@example.com"), utf8(u8"m\u00FCller@example.com"),
        utf8(u8"anna@B\u00DCCHER.example"), std::string{"anna@xn--bcher-kva.example"},
        std::string{"jose\xCC\x81@example.com"}, std::string{"PLAIN@example.com"}}) {
    CAPTURE(email);
    CHECK(status_of(server, "/api/users/signup", {email, "another-one"}) == 400);
  }
}

TEST_CASE("titles of an older directory are found whatever case and form they are sought in") {
  const TempDir folder;
  ServerProcess server{unpacked(folder)};
  Client client{server.port()};
  const auto found = [&](const std::string& encoded) {
    return client.get("/api/tickets?q=" + encoded).json().size();
  };
  CHECK(found("m%C3%BCller") == 1);
  CHECK(found("M%C3%9CLLER") == 1);
  CHECK(found("%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82") == 1);
  CHECK(found("caf%C3%A9") == 2);  // one of them is stored in another form
  CHECK(found("CAFE%CC%81") == 2);
  CHECK(found("m%C3%BCllers") == 0);
}

TEST_CASE("an address is one account in every spelling, and a password one in every form") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  const Tried first{utf8(u8"J\u00D6RG@B\u00DCCHER.example"), "caf\xC3\xA9-secret"};
  REQUIRE(status_of(server, "/api/users/signup", first) == 201);
  for (const auto& email :
       {utf8(u8"j\u00F6rg@b\u00FCcher.example"), std::string{"jo\xCC\x88rg@xn--bcher-kva.example"},
        utf8(u8"J\u00F6rg@xn--BCHER-kva.example")}) {
    CAPTURE(email);
    CHECK(sign_in(server, {email, "cafe\xCC\x81-secret"}) == 200);
    CHECK(status_of(server, "/api/users/signup", {email, "another-one"}) == 400);
  }
  CHECK(status_of(server, "/api/users/signup", {utf8(u8"j\u00F6\u200Brg@example.com"), "secret"}) ==
        400);
}

TEST_CASE("a title that nobody could see or read is refused and says which character it was") {
  const TempDir folder;
  ServerProcess server{folder / "data", readable_titles};
  Client seller{server.port(), "65a1f0c2b3d4e5f6071829aa"};
  const auto errors = [&](const std::string& title) {
    return seller.post("/api/tickets", {{"title", title}, {"price", 10}}).errors();
  };
  CHECK(errors(" ") == Errors{"Title must have something visible (title)"});
  CHECK(errors(utf8(u8"\u200B")) == Errors{"Title must have something visible (title)"});
  CHECK(errors(std::string{"a\0b", 3}) ==
        Errors{"Title must not contain control characters (U+0000) (title)"});
  CHECK(errors(utf8(u8"a\u202Eb")) ==
        Errors{"Title must not contain characters that reorder text (U+202E) (title)"});
  const auto made = seller.post("/api/tickets", {{"title", "Cafe\xCC\x81"}, {"price", 10}});
  CHECK(made.status == 201);
  CHECK(made.json().at("title") == utf8(u8"Caf\u00E9"));
}

TEST_CASE("the course profile takes every title that is not empty, as it is") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Client seller{server.port(), "65a1f0c2b3d4e5f6071829aa"};
  for (const auto& title :
       {std::string{" "}, utf8(u8"\u200B"), std::string{"a\0b", 3}, utf8(u8"a\u202Eb"),
        std::string{"Cafe\xCC\x81"}, std::string(5'000, 'x')}) {
    const auto made = seller.post("/api/tickets", {{"title", title}, {"price", 10}});
    CHECK(made.status == 201);
    CHECK(made.json().at("title") == title);
  }
}
