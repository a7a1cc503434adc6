#include "consensus/results.hpp"

#include <cstdio>
#include <cstdlib>
#include <limits>

#include "consensus/bytes.hpp"

namespace usher::consensus {
namespace {

bool get_flag(ByteReader& in) { return in.get<std::uint8_t>() != 0; }

void get_mail(ByteReader& in, bool with_waits, std::vector<Mail>& mail) {
  mail.clear();
  for (auto n = in.get<std::uint32_t>(); n > 0 && in.ok(); --n) {
    Mail& one = mail.emplace_back();
    if (with_waits) one.waits = get_flag(in);
    one.to = in.get<ReplicaId>();
    one.bytes = in.take(in.get<std::uint32_t>());
  }
}

void get_reads(ByteReader& in, std::vector<ReadIndex>& reads) {
  reads.clear();
  for (auto n = in.get<std::uint32_t>(); n > 0 && in.ok(); --n) {
    ReadIndex& one = reads.emplace_back();
    one.ticket = in.get<Ticket>();
    one.index = in.get<Index>();
  }
}

void get_ready(ByteReader& in, Ready& ready) {
  ready.leads = get_flag(in);
  ready.needs_sync = get_flag(in);
  ready.leader = in.get<ReplicaId>();
  ready.hard.term = in.get<Term>();
  ready.hard.vote = in.get<ReplicaId>();
  ready.hard.commit = in.get<Index>();
  ready.install.reset();
  if (get_flag(in)) in.get_base(ready.install.emplace());
  in.get_span(ready.append, std::numeric_limits<std::uint64_t>::max());
  get_mail(in, true, ready.mail);
  ready.committed = in.get<Index>();
  get_reads(in, ready.reads);
}

void get_answer(ByteReader& in, Answer& answer) {
  answer.taken = get_flag(in);
  answer.leader = in.get<ReplicaId>();
  answer.first = in.get<Index>();
  answer.term = in.get<Term>();
}

void get_progress(ByteReader& in, Progress& progress) {
  progress.peers.clear();
  for (int n = in.get<std::uint8_t>(); n > 0 && in.ok(); --n) {
    Progress::Peer& peer = progress.peers.emplace_back();
    peer.replica = in.get<ReplicaId>();
    peer.match = in.get<Index>();
    peer.is_learner = get_flag(in);
    peer.state = in.get<std::uint8_t>();
    peer.is_active = get_flag(in);
  }
}

void get_meanwhile(ByteReader& in, Meanwhile& meanwhile) {
  meanwhile.leads = get_flag(in);
  meanwhile.leader = in.get<ReplicaId>();
  get_mail(in, false, meanwhile.mail);
  get_reads(in, meanwhile.reads);
}

}  // namespace

bool ResultReader::next() {
  if (rest_.empty()) return false;
  ByteReader in{rest_};
  kind_ = in.get<ResultKind>();
  const auto group = in.get<GroupNr>();
  switch (kind_) {
    case ResultKind::ready:
      ready_.group = group;
      get_ready(in, ready_);
      break;
    case ResultKind::answer:
      answer_.group = group;
      get_answer(in, answer_);
      break;
    case ResultKind::progress:
      progress_.group = group;
      get_progress(in, progress_);
      break;
    case ResultKind::meanwhile:
      meanwhile_.group = group;
      get_meanwhile(in, meanwhile_);
      break;
    default:
      in.fail();
  }
  if (!in.ok()) {
    std::fprintf(stderr, "usher: the consensus core's results can't be read\n");
    std::abort();
  }
  rest_ = in.rest();
  return true;
}

}  // namespace usher::consensus
