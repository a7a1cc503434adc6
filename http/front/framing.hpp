// Where a request begins and where it ends: the security boundary of the HTTP layer. A pure state
// machine over bytes, without sockets or time. Nothing behind it splits or judges a head again:
// what it lets through is one complete request, and what it refuses closes the connection. Feeding
// the same bytes in any split gives the same result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

struct FramingLimits {
  // Lines with their ends. One header may be as long as all of them: a browser sends all cookies
  // of an origin in one.
  std::size_t request_line_bytes_max = 8'192;
  std::size_t head_bytes_max = 32'768;            // request line and headers together
  std::size_t headers_max = 100;                  // header lines; trailer lines are counted alike
  std::size_t body_bytes_max = 65'536;            // after chunked coding is removed
  std::size_t chunk_line_bytes_max = 256;         // a chunk's size with its extensions
  std::size_t chunk_overhead_bytes_max = 16'384;  // all chunk lines of one body together
  std::size_t trailer_bytes_max = 4'096;
};

struct FramedRequest {
  std::string method;  // a token: which methods there are is the router's to say
  std::string target;  // in origin-form, or "*"
  // Without Content-Length, Transfer-Encoding, Expect and trailers: framing is done.
  Headers headers;
  std::string body;
  bool http_1_0 = false;
  bool keep_alive = true;  // what the client asked for
};

struct FramingRefusal {
  int status;
  std::string_view reason;  // a literal
  bool operator==(const FramingRefusal&) const = default;
};

class Framing {
 public:
  // `limits` must outlive this.
  explicit Framing(const FramingLimits& limits) : limits_(&limits) {}

  // Returns how many bytes were used: all, unless a request became complete or was refused.
  std::size_t feed(std::string_view in);

  [[nodiscard]] bool complete() const { return state_ == State::complete; }
  [[nodiscard]] const std::optional<FramingRefusal>& refusal() const { return refusal_; }
  // No byte of the next request has arrived: the connection is idle.
  [[nodiscard]] bool untouched() const;
  [[nodiscard]] bool in_body() const { return state_ >= State::body && state_ < State::complete; }
  // The client holds its body back until it is told to go on.
  [[nodiscard]] bool wants_continue() const { return wants_continue_; }
  void continue_sent() { wants_continue_ = false; }

  // The complete request; this then waits for the next one.
  [[nodiscard]] FramedRequest take();

 private:
  enum class State : std::uint8_t {
    leading,  // before the request line; one empty line is tolerated here
    request_line,
    header,
    body,  // of a known length
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    complete,
    refused,
  };

  struct LineLimit {
    std::size_t bytes;
    FramingRefusal past;
  };

  std::size_t feed_line(std::string_view in);
  std::size_t feed_body(std::string_view in);
  [[nodiscard]] LineLimit line_limit() const;
  void on_line(std::string_view line, std::size_t bytes);
  void on_request_line(std::string_view line);
  void on_header(std::string_view line);
  void on_framing_header(std::string_view name, std::string_view value);
  void on_head_end();
  void on_chunk_size(std::string_view line);
  void on_trailer(std::string_view line);
  [[nodiscard]] bool reduce_target(std::string_view method, std::string_view& target);
  void on_content_length(std::string_view value);
  void refuse(int status, std::string_view reason);

  const FramingLimits* limits_;
  State state_ = State::leading;
  bool wants_continue_ = false;
  bool transfer_encoding_seen_ = false;
  bool transfer_encoding_chunked_ = false;
  bool content_length_seen_ = false;
  bool host_seen_ = false;
  bool expects_continue_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  std::uint32_t headers_ = 0;
  std::size_t head_bytes_ = 0;      // as they arrived
  std::size_t overhead_bytes_ = 0;  // chunk lines; then reused for the trailer
  std::uint64_t length_ = 0;        // still to come: of the body or of the chunk
  std::string line_;                // the part of a line that has arrived
  std::string authority_;           // of an absolute-form target: Host must be the same
  FramedRequest request_;
  std::optional<FramingRefusal> refusal_;
};

}  // namespace usher::http
