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
  std::string bytes = "id: " + text_of({event.seq, event.mark}) + "\nevent: ";
  bytes.append(event.subject).append("\n");
  append_data(bytes, event.data);
  bytes.append("\n");
  return std::make_shared<const SentEvent>(
      SentEvent{event.seq, event.audience, std::move(bytes), event.mark});
}

// EventStream

EventStream::EventStream(const EventStreamOptions& options, OpenStream opened)
    : options_(&options), filter_(std::move(opened.filter)), is_lost_(opened.is_lost) {
  if (!opened.after) return;
  cursor_ = opened.after->seq;
  mark_ = opened.after->mark;
  is_unproved_ = *cursor_ > 0 && mark_.has_value();  // every history begins at 0
}

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
  push(std::make_shared<const SentEvent>(SentEvent{0, std::nullopt, std::move(bytes), 0}));
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

StreamLane::StreamLane(EventStreamOptions options, FeedCursor through, ReadAfter read_after,
                       asio::any_io_executor executor)
    : options_(options),
      read_after_(std::move(read_after)),
      executor_(std::move(executor)),
      floor_(through.seq),
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
  if (!stream.cursor_) stream.cursor_ = through_.seq;
  // It may still be right: another lane, or a reader of the journal, can be ahead of this one.
  if (*stream.cursor_ > through_.seq) stream.is_unproved_ = true;
  if (stream.is_lost_) begin_anew(stream);
}

// Nothing that its client has seen counts any more: it is told so, with the place it goes on from.
void StreamLane::begin_anew(EventStream& stream) {
  stream.is_lost_ = false;
  stream.is_unproved_ = false;
  stream.cursor_ = through_.seq;
  stream.push_line("id: " + text_of(through_) + "\nevent: reset\ndata: {}\n\n");
}

// What was published meanwhile is not in the ring, so the lane begins behind it.
void StreamLane::start_listening() {
  const std::lock_guard lock(mutex_);
  listening_ = true;
  ring_.clear();
  through_ = published_;
  floor_ = through_.seq;
}

void StreamLane::stop_listening() {
  const std::lock_guard lock(mutex_);
  listening_ = false;
}

bool StreamLane::must_deliver(FeedCursor through) {
  const std::lock_guard lock(mutex_);
  published_ = through;
  return listening_;
}

void StreamLane::advance(const std::shared_ptr<EventStream>& stream) {
  using State = EventStream::State;
  while (stream->state_ == State::replaying && !stream->reading_ && stream->waiting() == 0) {
    if (FeedCursor{*stream->cursor_, stream->mark_} == through_) stream->is_unproved_ = false;
    if (!stream->is_unproved_ && *stream->cursor_ >= through_.seq) {
      // From here on deliver() gives it what comes: everything up to through_ is behind it.
      stream->state_ = State::live;
    } else if (is_in_ring(*stream)) {
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

// What comes behind its cursor is there, and if the cursor is still to be proved, so is its event.
bool StreamLane::is_in_ring(const EventStream& stream) const {
  if (*stream.cursor_ < floor_) return false;
  if (!stream.is_unproved_) return true;
  const auto before = [](const SentEventPtr& event, PublicSeq seq) { return event->seq < seq; };
  const auto at = std::lower_bound(ring_.begin(), ring_.end(), *stream.cursor_, before);
  return at != ring_.end() && (*at)->seq == *stream.cursor_ && (*at)->mark == stream.mark_;
}

void StreamLane::replay_from_ring(EventStream& stream) {
  stream.is_unproved_ = false;
  const auto behind_cursor = [&](PublicSeq cursor, const SentEventPtr& event) {
    return cursor < event->seq;
  };
  auto next = std::upper_bound(ring_.begin(), ring_.end(), *stream.cursor_, behind_cursor);
  std::size_t looked_at = 0;
  for (; next != ring_.end() && looked_at < options_.replay_page_events; ++next, ++looked_at) {
    stream.cursor_ = (*next)->seq;
    if (stream.may_see(**next)) stream.push(*next);
  }
  if (next == ring_.end()) stream.cursor_ = through_.seq;
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
  const FeedCursor after{*stream->cursor_, stream->is_unproved_ ? stream->mark_ : std::nullopt};
  read_after_(after, options_.replay_page_events, std::move(on_read));
}

void StreamLane::on_page(const std::shared_ptr<EventStream>& stream,
                         std::optional<ReplayPage> page) {
  stream->reading_ = false;
  if (page && page->other_history) {
    begin_anew(*stream);
    return stream->on_ready();
  }
  // A page that does not go on would be asked for for ever; one that proves the cursor does go on.
  const bool has_proved = std::exchange(stream->is_unproved_, false);
  if (!page || (page->through.seq <= *stream->cursor_ && !has_proved)) {
    stream->state_ = EventStream::State::replay_failed;
    return stream->on_ready();
  }
  for (const PublicEvent& event : page->events) {
    if (event.seq <= *stream->cursor_ || event.seq > page->through.seq) continue;
    if (http::may_see(stream->filter_, event)) stream->push(as_sent(event));
  }
  stream->cursor_ = std::max(*stream->cursor_, page->through.seq);
  advance(stream);
  if (stream->waiting() > 0) stream->on_ready();
}

void StreamLane::keep_in_ring(const SentEventPtr& event) {
  ring_.push_back(event);
  if (ring_.size() <= options_.ring_events) return;
  floor_ = ring_.front()->seq;
  ring_.pop_front();
}

void StreamLane::deliver(std::span<const SentEventPtr> events, FeedCursor through) {
  // It was posted to streams that have gone since, and the lane has begun anew behind it.
  if (through.seq <= through_.seq) return;
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

EventStreams::EventStreams(EventStreamOptions options, FeedCursor through, ReadAfter read_after)
    : options_(options), read_after_(std::move(read_after)), through_(through) {}

void EventStreams::publish(FeedCursor through, const MakeEvents& make_events) {
  const std::lock_guard lock(mutex_);
  through_ = through;
  std::vector<std::shared_ptr<StreamLane>> listening;
  for (const auto& lane : lanes_)
    if (lane->must_deliver(through)) listening.push_back(lane);
  if (listening.empty()) return;
  const auto batch = as_batch(make_events());
  for (const auto& lane : listening)
    asio::post(lane->executor_, [lane, batch, through] { lane->deliver(*batch, through); });
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
