// Server-Sent Events to many sockets. The journal's thread publishes; each event is formatted once
// and handed once to every io thread that has a stream; there a lane gives it to the streams whose
// filter lets it through. While no stream is open nothing is even formatted. A stream that starts
// behind is brought up first: from the ring of recent events, and before that from the journal. It
// sees every event behind its cursor once, in order. A cursor of another history is told so.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/front/message.hpp"
#include "http/front/public_event.hpp"

namespace usher::http {

// Events behind a cursor: complete up to and with `through`, which may be above the last event
// (not every seq is an event) but never below the cursor.
struct ReplayPage {
  std::vector<PublicEvent> events;  // by increasing seq
  FeedCursor through;
  // The cursor that was asked for is of another history: its mark is not what stands there, or
  // nothing stands there yet. Then there is nothing else in the page.
  bool other_history = false;
};

// Reads up to about `limit` events behind `after`. `done` is called exactly once, on any thread;
// nullopt when they could not be read.
using ReadAfter = std::function<void(FeedCursor after, std::size_t limit,
                                     std::function<void(std::optional<ReplayPage>)> done)>;

struct EventStreamOptions {
  std::size_t ring_events = 16'384;  // recent events kept in memory
  // Of one stream that reads slower than events come; past it the stream is closed, and its client
  // resumes from the last id that it has seen.
  std::size_t stream_buffer_bytes_max = 256 * 1024;
  std::size_t stream_buffer_events_max = 4'096;
  std::size_t replay_page_events = 500;
  std::int64_t heartbeat_ms = 15'000;  // a comment, when nothing else was sent
  std::int64_t retry_ms = 2'000;       // when a client may connect again
};

// One event as it goes out.
struct SentEvent {
  PublicSeq seq = 0;
  std::optional<std::string> audience;
  std::string bytes;
  std::uint32_t mark = 0;
};
using SentEventPtr = std::shared_ptr<const SentEvent>;
using SentBatch = std::vector<SentEventPtr>;

// "id: 7-9f31c07a\nevent: ticket:created\ndata: {...}\n\n"
[[nodiscard]] SentEventPtr as_sent(const PublicEvent& event);

class StreamLane;

// One open stream: what waits to be written. Lives on its lane's thread.
class EventStream {
 public:
  EventStream(const EventStreamOptions& options, OpenStream opened);
  virtual ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  enum class State { replaying, live, overflowed, replay_failed };
  [[nodiscard]] State state() const { return state_; }

  // The events that wait, oldest first; written ones are taken off with pop().
  [[nodiscard]] std::size_t waiting() const { return queue_.size() - written_; }
  [[nodiscard]] const SentEventPtr& waiting_at(std::size_t i) const { return queue_[written_ + i]; }
  void pop();
  // Behind what waits, past the limits: comments and hints, which are few.
  void push_line(std::string bytes);

 protected:
  // Called on the lane's thread when there is something to write, or it has overflowed or lost its
  // replay.
  virtual void on_ready() = 0;

 private:
  friend class StreamLane;

  [[nodiscard]] bool may_see(const SentEvent& event) const;
  void push(const SentEventPtr& event);
  void push_live(const SentEventPtr& event);

  const EventStreamOptions* options_;
  const StreamFilter filter_;
  std::optional<PublicSeq> cursor_;    // seen through; nullopt: live only
  std::optional<std::uint32_t> mark_;  // of the cursor that its client came with
  bool is_unproved_ = false;           // that cursor may be of another history
  bool is_lost_ = false;               // and this one is
  State state_ = State::replaying;
  bool reading_ = false;  // a page of the journal is on its way
  bool reached_ = false;  // by the batch that the lane is delivering
  std::vector<SentEventPtr> queue_;
  std::size_t written_ = 0;  // at the front of queue_
  std::size_t waiting_bytes_ = 0;

  std::weak_ptr<StreamLane> lane_;  // while it is open there
  std::size_t place_ = 0;           // in the lane's list of all open streams
  std::size_t group_place_ = 0;     // in the list of the operators' or of one user's
};

// The streams of one io thread. All calls on that thread, except must_deliver().
class StreamLane : public std::enable_shared_from_this<StreamLane> {
 public:
  StreamLane(EventStreamOptions options, FeedCursor through, ReadAfter read_after,
             asio::any_io_executor executor);

  [[nodiscard]] const EventStreamOptions& options() const { return options_; }
  // What is published from here on reaches the stream: to be called before its client can know
  // that it is open.
  void open(EventStream& stream);
  // Starts the replay, or goes on with it: to be called again when all that waited has been
  // written. Reads ahead no further than one page.
  void advance(const std::shared_ptr<EventStream>& stream);
  void remove(EventStream& stream);  // idempotent
  void deliver(std::span<const SentEventPtr> events, FeedCursor through);
  // By publish(), for each batch: whether deliver() must follow. False while no stream is open.
  [[nodiscard]] bool must_deliver(FeedCursor through);

  [[nodiscard]] std::size_t open_streams() const { return everyone_.size(); }

 private:
  friend class EventStreams;
  using Group = std::vector<EventStream*>;

  void start_listening();
  void stop_listening();
  void begin_anew(EventStream& stream);
  [[nodiscard]] bool is_in_ring(const EventStream& stream) const;
  void replay_from_ring(EventStream& stream);
  void replay_from_journal(const std::shared_ptr<EventStream>& stream);
  void on_page(const std::shared_ptr<EventStream>& stream, std::optional<ReplayPage> page);
  Group* group_of(const EventStream& stream);
  void keep_in_ring(const SentEventPtr& event);

  const EventStreamOptions options_;
  const ReadAfter read_after_;
  const asio::any_io_executor executor_;
  std::deque<SentEventPtr> ring_;  // every event in (floor_, through_]
  PublicSeq floor_;
  FeedCursor through_;
  Group everyone_;
  Group operators_;
  std::unordered_map<std::string, Group> users_;

  // Each batch is asked for either before the lane listens: then published_, where the lane begins,
  // is behind it, and the journal has it. Or while it listens: then it is delivered, and so are all
  // that follow until the last stream is gone. None is missed, and none is in both.
  std::mutex mutex_;
  bool listening_ = false;
  FeedCursor published_;
};

// The events of a batch, by increasing seq.
using MakeEvents = std::function<std::vector<PublicEvent>()>;

class EventStreams {
 public:
  // `through`: the cursor behind all events that were published before this process.
  EventStreams(EventStreamOptions options, FeedCursor through, ReadAfter read_after);

  // The next events, complete up to and with `through`; the journal has them already. They are made
  // only when a stream is open. From one thread.
  void publish(FeedCursor through, const MakeEvents& make_events);

  // For each io thread, by the front; the executor must stay usable until remove_lanes().
  [[nodiscard]] std::shared_ptr<StreamLane> add_lane(asio::any_io_executor executor);
  void remove_lanes();

 private:
  const EventStreamOptions options_;
  const ReadAfter read_after_;
  std::mutex mutex_;  // publish() against add_lane() and remove_lanes()
  FeedCursor through_;
  std::vector<std::shared_ptr<StreamLane>> lanes_;
};

}  // namespace usher::http
