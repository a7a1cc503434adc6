// Every limit of the front, with its unit and its default. Past a limit on connections the socket
// is closed before a request has been read; past one on requests the answer is 503 or 429 with
// Retry-After, and the connection closes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace usher::http {

struct FrontLimits {
  std::size_t connections_max = 20'000;
  // Of one address (IPv6: one /64). Trusted proxies are exempt: they stand for many clients.
  std::size_t connections_per_client_max = 4'096;
  std::size_t requests_in_flight_max = 8'192;
  // Further requests of the client wait for their turn. Both are rounded up to a multiple of the io
  // threads. The second one holds while other clients ask too (in the last sharing_ms), so that a
  // client with a thousand busy connections leaves them their share.
  std::size_t requests_in_flight_per_client_max = 4'096;
  std::size_t requests_in_flight_per_client_shared_max = 128;
  std::int64_t sharing_ms = 1'000;
  std::int64_t turn_wait_ms_max = 10'000;  // then 429
  std::size_t streams_max = 15'000;
  std::int64_t head_time_ms_max = 10'000;    // from the first byte to the end of the head
  std::int64_t body_time_ms_max = 30'000;    // for the whole body: no byte renews it
  std::int64_t idle_time_ms_max = 75'000;    // between two requests
  std::int64_t write_stall_ms_max = 30'000;  // without one byte taken by the client
  std::int64_t handshake_time_ms_max = 10'000;
  // At the same time; rounded up to a multiple of the io threads. Further ones wait.
  std::size_t handshakes_max = 256;
  std::int64_t handshake_wait_ms_max = 15'000;  // then the connection is closed, in order
  // After the last answer the client may still be sending: what it sends is read and dropped for so
  // long, because closing at once would make its kernel throw the answer away.
  std::int64_t linger_ms_max = 2'000;
  std::size_t linger_bytes_max = 1 << 20;
  // Of the kernel, for each event stream: a slow reader's backlog is ours to bound.
  int stream_socket_buffer_bytes = 64 * 1024;
  std::int64_t accept_pause_ms = 100;  // when there is no file descriptor or memory left
  std::int64_t sweep_ms = 1'000;       // how often times are looked at: limits end late by this
};

}  // namespace usher::http
