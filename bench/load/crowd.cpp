#include "bench/load/crowd.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>

#include "bench/load/report.hpp"

namespace usher::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view probe_marker = "usher-load probe ";

struct Member {
  int fd = -1;
  bool is_stream = false;
  bool is_ready = false;
  std::string in;
};

struct Probe {
  Clock::time_point sent;
  std::size_t reached = 0;
};

std::uint64_t nanoseconds(Clock::duration d) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(d).count());
}

class Holder {
 public:
  Holder(World& world, const Crowd& crowd)
      : world_(world), crowd_(crowd), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Holder() {
    for (const Member& member : members_)
      if (member.fd >= 0) ::close(member.fd);
    ::close(epoll_);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  nlohmann::json run() {
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(crowd_.seconds_max));
    if (!gather(end)) return result();
    connected_seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
    std::puts("ready");
    std::fflush(stdout);
    const auto pause = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(crowd_.probe_seconds));
    auto next_probe = Clock::now() + pause;
    while (Clock::now() < end && !stdin_has_ended()) {
      if (crowd_.streams > 0 && Clock::now() >= next_probe) {
        next_probe += pause;
        send_probe();
      }
      receive();
    }
    return result();
  }

 private:
  bool gather(Clock::time_point end) {
    // In lots, so that neither the server's listen queue nor this loop runs full.
    constexpr std::size_t lot = 200;
    const std::size_t total = crowd_.idle + crowd_.streams;
    std::string idle_request, stream_request;
    write_request(idle_request, "GET", ticket_path(world_.tickets.front().id), {});
    write_request(stream_request, "GET", "/api/events", "Accept: text/event-stream\r\n");
    while (ready_ < total) {
      while (members_.size() < total && members_.size() < ready_ + lot) {
        Member& member = members_.emplace_back();
        member.is_stream = members_.size() > crowd_.idle;
        const std::size_t source = members_.size() % crowd_.sources;
        member.fd = connect_to(world_.target, "127.0.0." + std::to_string(1 + source));
        if (member.fd < 0)
          return fail("a connection was refused after " + std::to_string(members_.size() - 1));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &member;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.fd, &event);
        const std::string& request = member.is_stream ? stream_request : idle_request;
        if (::send(member.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()))
          return fail("a request could not be sent");
      }
      receive();
      if (!failures_.empty()) return false;
      if (Clock::now() > end) return fail("not all connections were answered in time");
    }
    return true;
  }

  bool fail(std::string why) {
    constexpr std::size_t kept = 5;
    if (failures_.size() < kept) failures_.push_back(std::move(why));
    return false;
  }

  void receive() {
    constexpr int wait_ms = 20;
    std::array<epoll_event, 512> events;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms);
    for (int i = 0; i < ready; ++i)
      read(*static_cast<Member*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void read(Member& member) {
    std::array<char, 16'384> buffer;
    const ssize_t n = ::recv(member.fd, buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      ::close(member.fd);
      member.fd = -1;
      ++closed_by_server_;
      fail(std::string(member.is_stream ? "an event stream" : "an idle connection") +
           " was closed by the server");
      return;
    }
    member.in.append(buffer.data(), static_cast<std::size_t>(n));
    if (!member.is_ready) return read_head(member);
    if (member.is_stream) read_events(member);
  }

  void read_head(Member& member) {
    if (!member.is_stream) {
      Response response;
      if (cut_response(member.in, response) == Cut::incomplete) return;
      if (response.status != 200) fail("status " + std::to_string(response.status));
      member.in = {};
    } else {
      const std::size_t head_end = member.in.find("\r\n\r\n");
      if (head_end == std::string::npos) return;
      if (!member.in.starts_with("HTTP/1.1 200")) fail("no stream: " + member.in.substr(0, 200));
      member.in.erase(0, head_end + 4);
      read_events(member);
    }
    member.is_ready = true;
    ++ready_;
  }

  // Whole lines only; a chunk of the transfer coding may end anywhere, but an event is one write.
  void read_events(Member& member) {
    const std::size_t end = member.in.rfind('\n');
    if (end == std::string::npos) return;
    const std::string_view lines(member.in.data(), end);
    for (std::size_t at = lines.find(probe_marker); at != lines.npos;
         at = lines.find(probe_marker, at + probe_marker.size())) {
      const auto number = static_cast<std::size_t>(
          std::strtoull(lines.data() + at + probe_marker.size(), nullptr, 10));
      if (number >= probes_.size()) continue;
      Probe& probe = probes_[number];
      delivery_.record(nanoseconds(Clock::now() - probe.sent));
      if (++probe.reached == crowd_.streams)
        last_delivery_.record(nanoseconds(Clock::now() - probe.sent));
    }
    member.in.erase(0, end + 1);
    if (member.in.empty()) member.in.shrink_to_fit();
  }

  // A blocking call, but short: the streams' events wait in their sockets meanwhile.
  void send_probe() {
    const OfferedTicket& ticket = world_.tickets.front();
    const std::string body = R"({"title":")" + std::string(probe_marker) +
                             std::to_string(probes_.size()) + R"( .","price":12.5})";
    std::string request;
    write_request(request, "PUT", ticket_path(ticket.id), world_.sellers[ticket.seller].header,
                  body);
    probes_.push_back({Clock::now(), 0});
    const auto answer = fetch(world_.target, request);
    if (!answer || answer->status != 200) fail("the probe's edit was refused");
  }

  static bool stdin_has_ended() {
    pollfd entry{STDIN_FILENO, POLLIN, 0};
    if (::poll(&entry, 1, 0) != 1) return false;
    char byte = 0;
    return ::read(STDIN_FILENO, &byte, 1) <= 0;
  }

  nlohmann::json result() {
    std::size_t complete = 0, old_enough = 0;
    for (const Probe& probe : probes_) {
      if (Clock::now() - probe.sent < std::chrono::seconds(2)) continue;
      ++old_enough;
      complete += probe.reached == crowd_.streams;
    }
    if (complete < old_enough)
      fail(std::to_string(old_enough - complete) +
           " events had not reached every stream after 2 s");
    return {{"idle", crowd_.idle},
            {"streams", crowd_.streams},
            {"ready", ready_},
            {"connected_seconds", connected_seconds_},
            {"closed_by_server", closed_by_server_},
            {"events_sent", probes_.size()},
            {"delivery_ms", latency_json(delivery_)},
            {"last_delivery_ms", latency_json(last_delivery_)},
            {"failures", failures_}};
  }

  World& world_;
  const Crowd& crowd_;
  const int epoll_;
  std::deque<Member> members_;  // their addresses must not move
  std::vector<Probe> probes_;
  Histogram delivery_;       // from the edit's sending to each stream
  Histogram last_delivery_;  // to the last stream
  std::size_t ready_ = 0;
  std::size_t closed_by_server_ = 0;
  double connected_seconds_ = 0;
  std::vector<std::string> failures_;
};

}  // namespace

nlohmann::json hold(World& world, const Crowd& crowd) { return Holder(world, crowd).run(); }

}  // namespace usher::bench
