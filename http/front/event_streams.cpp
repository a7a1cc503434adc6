#include "http/front/event_streams.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

namespace usher::http {

namespace {

// A data field ends with its line, so a line end inside it begins another one.
void append_data(std::string& out, std::string_view data) {
  while (true) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    const bool pair = data[end] == '\r' && end + 1 < data.size() && data[end + 1] == '\n';
    data.remove_prefix(end + (pair ? 2 : 1));
  }
}

std::shared_ptr<const SentBatch> as_batch(const std::vector<PublicEvent>& events) {
  auto batch = std::make_shared<SentBatch>();
  batch->reserve(events.size());
  for (const PublicEvent& event : events) batch->push_back(as_sent(event));
  return batch;
}

// Takes out of a list by moving the last one to its place.
void take_out(std::vector<EventStream*>& list, std::size_t place,
              std::size_t EventStream::*place_of) {
  list[place] = list.back();
  list[place]->*place_of = place;
  list.pop_back();
}

}  // namespace

SentEventPtr as_sent(const PublicEvent& event) {
  std::string bytes = "id: " + std::to_string(event.seq) + "\nevent: ";
  bytes.append(event.subject).append("\n");
  append_data(bytes, event.data);
  bytes.append("\n");
  return std::make_shared<const SentEvent>(SentEvent{event.seq, event.audience, std::move(bytes)});
}

// EventStream

EventStream::EventStream(const EventStreamOptions& options, OpenStream opened)
    : options_(&options), filter_(std::move(opened.filter)), cursor_(opened.after) {}

EventStream::~EventStream() {
  if (const auto lane = lane_.lock()) lane->remove(*this);
}

bool EventStream::may_see(const SentEvent& event) const {
  return !event.audience || filter_.all || filter_.user == event.audience;
}

void EventStream::push(const SentEventPtr& event) {
  queue_.push_back(event);
  waiting_bytes_ += event->bytes.size();
}

void EventStream::push_live(const SentEventPtr& event) {
  if (event->seq <= *cursor_) return;
  if (waiting() >= options_->stream_buffer_events_max ||
      waiting_bytes_ + event->bytes.size() > options_->stream_buffer_bytes_max) {
    state_ = State::overflowed;
    return;
  }
  push(event);
}

void EventStream::push_line(std::string bytes) {
  push(std::make_shared<const SentEvent>(SentEvent{0, std::nullopt, std::move(bytes)}));
}

void EventStream::pop() {
  waiting_bytes_ -= queue_[written_]->bytes.size();
  queue_[written_].reset();
  if (++written_ < queue_.size()) return;
  constexpr std::size_t capacity_kept = 16;  // ten thousand streams must be small while they wait
  queue_.clear();
  if (queue_.capacity() > capacity_kept) queue_.shrink_to_fit();
  written_ = 0;
}

// StreamLane

StreamLane::StreamLane(EventStreamOptions options, PublicSeq through, ReadAfter read_after,
                       asio::any_io_executor executor)
    : options_(options),
      read_after_(std::move(read_after)),
      executor_(std::move(executor)),
      floor_(through),
      through_(through),
      published_(through) {}

void StreamLane::open(EventStream& stream) {
  if (everyone_.empty()) start_listening();  // before anything below looks at through_
  stream.lane_ = weak_from_this();
  stream.place_ = everyone_.size();
  everyone_.push_back(&stream);
  if (Group* group = group_of(stream)) {
    stream.group_place_ = group->size();
    group->push_back(&stream);
  }
  if (!stream.cursor_) stream.cursor_ = through_;
}

// What was published meanwhile is not in the ring, so the lane begins behind it.
void StreamLane::start_listening() {
  const std::lock_guard lock(mutex_);
  listening_ = true;
  ring_.clear();
  floor_ = through_ = published_;
}

void StreamLane::stop_listening() {
  const std::lock_guard lock(mutex_);
  listening_ = false;
}

bool StreamLane::must_deliver(PublicSeq through) {
  const std::lock_guard lock(mutex_);
  published_ = through;
  return listening_;
}

void StreamLane::advance(const std::shared_ptr<EventStream>& stream) {
  using State = EventStream::State;
  while (stream->state_ == State::replaying && !stream->reading_ && stream->waiting() == 0) {
    if (*stream->cursor_ >= through_) {
      // From here on deliver() gives it what comes: everything up to through_ is behind it.
      stream->state_ = State::live;
    } else if (*stream->cursor_ >= floor_) {
      replay_from_ring(*stream);
    } else {
      replay_from_journal(stream);
    }
  }
}

StreamLane::Group* StreamLane::group_of(const EventStream& stream) {
  if (stream.filter_.all) return &operators_;
  return stream.filter_.user ? &users_[*stream.filter_.user] : nullptr;
}

void StreamLane::remove(EventStream& stream) {
  if (stream.lane_.lock().get() != this) return;
  stream.lane_.reset();
  take_out(everyone_, stream.place_, &EventStream::place_);
  if (everyone_.empty()) stop_listening();
  Group* group = group_of(stream);
  if (!group) return;
  take_out(*group, stream.group_place_, &EventStream::group_place_);
  if (stream.filter_.user && !stream.filter_.all && group->empty())
    users_.erase(*stream.filter_.user);
}

void StreamLane::replay_from_ring(EventStream& stream) {
  const auto behind_cursor = [&](PublicSeq cursor, const SentEventPtr& event) {
    return cursor < event->seq;
  };
  auto next = std::upper_bound(ring_.begin(), ring_.end(), *stream.cursor_, behind_cursor);
  std::size_t looked_at = 0;
  for (; next != ring_.end() && looked_at < options_.replay_page_events; ++next, ++looked_at) {
    stream.cursor_ = (*next)->seq;
    if (stream.may_see(**next)) stream.push(*next);
  }
  if (next == ring_.end()) stream.cursor_ = through_;
}

void StreamLane::replay_from_journal(const std::shared_ptr<EventStream>& stream) {
  stream->reading_ = true;
  const std::weak_ptr<EventStream> waiting = stream;
  // The page comes on another thread, and may come when the stream is gone.
  auto on_read = [lane = shared_from_this(), waiting](std::optional<ReplayPage> page) {
    asio::post(lane->executor_, [lane, waiting, page = std::move(page)]() mutable {
      if (const auto still_open = waiting.lock()) lane->on_page(still_open, std::move(page));
    });
  };
  read_after_(*stream->cursor_, options_.replay_page_events, std::move(on_read));
}

void StreamLane::on_page(const std::shared_ptr<EventStream>& stream,
                         std::optional<ReplayPage> page) {
  stream->reading_ = false;
  // A page that does not go on would be asked for for ever.
  if (!page || page->through <= *stream->cursor_) {
    stream->state_ = EventStream::State::replay_failed;
    return stream->on_ready();
  }
  for (const PublicEvent& event : page->events) {
    if (event.seq <= *stream->cursor_ || event.seq > page->through) continue;
    if (http::may_see(stream->filter_, event)) stream->push(as_sent(event));
  }
  stream->cursor_ = page->through;
  advance(stream);
  if (stream->waiting() > 0) stream->on_ready();
}

void StreamLane::keep_in_ring(const SentEventPtr& event) {
  ring_.push_back(event);
  if (ring_.size() <= options_.ring_events) return;
  floor_ = ring_.front()->seq;
  ring_.pop_front();
}

void StreamLane::deliver(std::span<const SentEventPtr> events, PublicSeq through) {
  // It was posted to streams that have gone since, and the lane has begun anew behind it.
  if (through <= through_) return;
  std::vector<EventStream*> reached;
  const auto give = [&](const Group& group, const SentEventPtr& event) {
    for (EventStream* stream : group) {
      if (stream->state_ != EventStream::State::live) continue;
      stream->push_live(event);
      if (!std::exchange(stream->reached_, true)) reached.push_back(stream);
    }
  };
  for (const SentEventPtr& event : events) {
    keep_in_ring(event);
    if (!event->audience) {
      give(everyone_, event);
      continue;
    }
    give(operators_, event);
    if (const auto user = users_.find(*event->audience); user != users_.end())
      give(user->second, event);
  }
  through_ = through;

  // on_ready() may close its own stream, never another.
  for (EventStream* stream : reached) {
    stream->reached_ = false;
    stream->on_ready();
  }
}

// EventStreams

EventStreams::EventStreams(EventStreamOptions options, PublicSeq through, ReadAfter read_after)
    : options_(options), read_after_(std::move(read_after)), through_(through) {}

void EventStreams::publish(PublicSeq through, const MakeEvents& make_events) {
  std::shared_ptr<const SentBatch> batch;
  const std::lock_guard lock(mutex_);
  through_ = through;
  for (const auto& lane : lanes_) {
    if (!lane->must_deliver(through)) continue;
    if (!batch) batch = as_batch(make_events());
    asio::post(lane->executor_, [lane, batch, through] { lane->deliver(*batch, through); });
  }
}

std::shared_ptr<StreamLane> EventStreams::add_lane(asio::any_io_executor executor) {
  const std::lock_guard lock(mutex_);
  lanes_.push_back(
      std::make_shared<StreamLane>(options_, through_, read_after_, std::move(executor)));
  return lanes_.back();
}

void EventStreams::remove_lanes() {
  const std::lock_guard lock(mutex_);
  lanes_.clear();
}

}  // namespace usher::http
