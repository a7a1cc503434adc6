// TLS: the same front behind a certificate, which can be replaced while connections are open.
#include <doctest/doctest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <asio/connect.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "tests/http/test_front.hpp"

namespace usher::http {
namespace {

using testing::RawClient;
using testing::TestFront;
using testing::with_limits;

// A self-signed certificate in files of its own.
struct Certificate {
  std::filesystem::path folder;
  TlsFiles files;

  explicit Certificate(const std::string& name) {
    std::string text = (std::filesystem::temp_directory_path() / "usher-tls-XXXXXX").string();
    REQUIRE(mkdtemp(text.data()) != nullptr);
    folder = text;
    files = {.certificate = text + "/cert.pem", .key = text + "/key.pem"};
    renew(name);
  }
  ~Certificate() { std::filesystem::remove_all(folder); }

  void renew(const std::string& name) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    std::FILE* out = std::fopen(files.certificate.c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(files.key.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int version_max = TLS1_3_VERSION)
      : context_(asio::ssl::context::tls_client), stream_(io_, context_) {
    SSL_set_max_proto_version(stream_.native_handle(), version_max);
    SSL_set_min_proto_version(stream_.native_handle(), TLS1_VERSION);
    // Old versions are only offered when old algorithms are allowed at all.
    SSL_set_security_level(stream_.native_handle(), version_max < TLS1_2_VERSION ? 0 : 1);
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.handshake(asio::ssl::stream_base::client, error_);
  }

  [[nodiscard]] bool connected() const { return !error_; }
  [[nodiscard]] std::string certificate_name() {
    X509* certificate = SSL_get1_peer_certificate(stream_.native_handle());
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                              sizeof(name));
    X509_free(certificate);
    return name;
  }
  void send(std::string_view bytes) { asio::write(stream_, asio::buffer(bytes), error_); }
  std::string read_until(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos) {
      char bytes[4'096];
      const auto got = stream_.read_some(asio::buffer(bytes), error_);
      if (error_) break;
      buffer_.append(bytes, got);
    }
    const auto at = buffer_.find(mark);
    const auto size = at == std::string::npos ? buffer_.size() : at + mark.size();
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && !error_) {
      char bytes[4'096];
      const auto got = stream_.read_some(asio::buffer(bytes), error_);
      if (!error_) buffer_.append(bytes, got);
    }
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, taken.size());
    return taken;
  }
  std::string get(const std::string& path, std::size_t body_bytes) {
    send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    head = read_until("\r\n\r\n");
    return read_bytes(body_bytes);
  }
  // The peer said goodbye, as opposed to being cut off.
  bool is_closed_cleanly() {
    char byte = 0;
    stream_.read_some(asio::buffer(&byte, 1), error_);
    return error_ == asio::error::eof;
  }
  [[nodiscard]] const asio::error_code& error() const { return error_; }

  std::string head;

 private:
  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  asio::error_code error_;
  std::string buffer_;
};

FrontOptions tls_options(const Certificate& certificate, FrontLimits limits = {},
                         std::size_t io_threads = 2) {
  auto options = with_limits(limits, io_threads);
  options.listen = {{.tls = true}, {.tls = false}};
  options.tls = certificate.files;
  return options;
}

TEST_CASE("requests are served over TLS and beside it, and know which") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  TlsClient client(server.port);
  REQUIRE(client.connected());
  for (int i = 0; i < 3; ++i) CHECK(client.get("/hello", 5) == "hello");
  CHECK(client.get("/echo", 50).find("secure yes") != std::string::npos);
  RawClient plain(server.front->ports()[1]);
  CHECK(plain.get("/echo").body.find("secure no") != std::string::npos);
}

TEST_CASE("a large body, and a pipeline, pass through TLS whole") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  TlsClient client(server.port);
  CHECK(client.get("/big/1000000", 1'000'000) == std::string(1'000'000, 'x'));
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    client.read_until("\r\n\r\n");
    CHECK(client.read_bytes(5) == "hello");
  }
}

TEST_CASE("TLS 1.2 is spoken, older versions are not") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  CHECK(TlsClient(server.port, TLS1_2_VERSION).connected());
  CHECK_FALSE(TlsClient(server.port, TLS1_1_VERSION).connected());
}

TEST_CASE("a close is said over TLS as well") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  TlsClient client(server.port);
  client.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("hello").ends_with("hello"));
  CHECK(client.is_closed_cleanly());
  TlsClient refused(server.port);
  refused.send("bad\r\n");
  CHECK(refused.read_until("]}").find("400 Bad Request") != std::string::npos);
  CHECK(refused.is_closed_cleanly());
}

TEST_CASE("reload: new connections see the new certificate, old ones go on") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  TlsClient before(server.port);
  CHECK(before.certificate_name() == "first");
  certificate.renew("second");
  REQUIRE(server.front->reload_tls().has_value());
  TlsClient after(server.port);
  CHECK(after.certificate_name() == "second");
  CHECK(before.get("/hello", 5) == "hello");
  CHECK(after.get("/hello", 5) == "hello");
}

TEST_CASE("a reload that fails says why and leaves the certificate in use") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  const Certificate other("other");
  std::filesystem::copy_file(other.files.key, certificate.files.key,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK_FALSE(server.front->reload_tls().has_value());
  std::filesystem::remove(certificate.files.certificate);
  CHECK_FALSE(server.front->reload_tls().has_value());
  TlsClient client(server.port);
  CHECK(client.certificate_name() == "first");
  CHECK(client.get("/hello", 5) == "hello");
}

TEST_CASE("what is not TLS on a TLS port is closed, others are served") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate));
  RawClient plain(server.port);
  plain.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(plain.read_all().find("hello") == std::string::npos);
  CHECK(TlsClient(server.port).get("/hello", 5) == "hello");
}

TEST_CASE("handshake_time_ms_max: who does not shake hands is closed") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate, {.handshake_time_ms_max = 50}));
  RawClient silent(server.port);
  CHECK(silent.is_closed());
  CHECK(server.front->stats().timed_out == 1);
}

// 400 clients at once were reset, and a batch of requests over TLS completed 0 of 400.
TEST_CASE("handshakes_max: one more at the same time waits for its turn") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate, {.handshakes_max = 1}, /*io_threads=*/1));
  RawClient shaking(server.port);
  TestFront::wait_until([&] { return server.front->stats().connections == 1; });
  shaking.send("\x16");
  auto waiting =
      std::async(std::launch::async, [&] { return TlsClient(server.port).get("/hello", 5); });
  TestFront::wait_until([&] { return server.front->stats().connections == 2; });
  CHECK(server.front->stats().connections_refused == 0);
  shaking.close();
  CHECK(waiting.get() == "hello");
  CHECK(server.front->stats().connections_refused == 0);
}

TEST_CASE("a burst of TLS clients is a queue: every one of them is served") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate, {.handshakes_max = 4}, /*io_threads=*/1));
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 64; ++i)
    answers.push_back(
        std::async(std::launch::async, [&] { return TlsClient(server.port).get("/hello", 5); }));
  for (auto& answer : answers) CHECK(answer.get() == "hello");
  CHECK(server.front->stats().connections_refused == 0);
}

TEST_CASE("whoever has waited too long to shake hands is sent away in order, not reset") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate, {.handshakes_max = 1, .handshake_wait_ms_max = 50},
                               /*io_threads=*/1));
  RawClient shaking(server.port);
  TestFront::wait_until([&] { return server.front->stats().connections == 1; });
  shaking.send("\x16");
  RawClient refused(server.port);
  refused.send("\x16");
  CHECK(refused.is_closed());
  CHECK(server.front->stats().connections_refused == 1);
  shaking.close();
  TestFront::wait_until([&] { return server.front->stats().connections == 0; });
  CHECK(TlsClient(server.port).get("/hello", 5) == "hello");
}

TEST_CASE("a slow sender over TLS gets 408") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate, {.head_time_ms_max = 60}));
  TlsClient slow(server.port);
  slow.send("GET /hello HT");
  CHECK(slow.read_until("]}").find("408 Request Timeout") != std::string::npos);
}

TEST_CASE("an event stream runs over TLS, and ends with the front") {
  const Certificate certificate("first");
  TestFront server(tls_options(certificate), {.heartbeat_ms = 20});
  TlsClient client(server.port);
  client.send("GET /stream?after=0 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_until("retry: 2000\n\n").find("text/event-stream") != std::string::npos);
  CHECK(client.read_until(":\n\n") == ":\n\n");
  std::vector<PublicEvent> events;
  for (PublicSeq seq = 1; seq <= 500; ++seq)
    events.push_back(
        {.seq = seq, .subject = "x", .data = std::string(100, 'd'), .audience = {}, .mark = 0});
  server.streams->publish({500, 0}, [&] { return events; });
  CHECK(client.read_until("id: 500-00000000\n").find("id: 499-00000000\n") != std::string::npos);
  server.front->stop();
  CHECK(client.read_until("retry: ").ends_with("retry: "));
}

}  // namespace
}  // namespace usher::http
