// The functions of the Go library behind CoreKind::cluster, and every byte that goes through them;
// consensus/raft_core.cpp alone calls them. Raft groups without payloads: bytes in, bytes out; nothing
// calls back; one thread at a time enters a core, of which a process may have several. Integers are
// little-endian and unaligned.
//
//   ids    u8 count, count x u64
//   span   u64 first index, u32 runs, u32 changes, runs x (u32 count, u64 term),
//          changes x (u64 index, u8 kind, u64 replica)   kind: 0 add voter, 1 remove, 3 add learner;
//          254: no change, an empty entry of raft itself
//   base   u64 index, u64 term, ids voters, ids learners        the log begins behind its index
//   msg    u8 type, u8 reject, u64 from, u64 to, u64 term, u64 log term, u64 index, u64 commit,
//          u64 hint, u8 n, n bytes; then of type 3 (append) a span, of type 7 (snapshot) a base.
//          Whoever sends an append adds the payloads of its span; whoever receives one keeps them
//          until a ready (kind 1) names their (index, term), or the group's next ready does not.
//
// Members, senders, receivers, leaders and votes are replica ids: not 0, one for each replica of each
// group, and never used again (docs/consensus.md). The core knows no nodes. Inputs are trusted but
// for the link: consensus/message.hpp checks a message before it comes here.
#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// config: u64 seed, u32 election ticks, u32 heartbeat ticks, u32 entries per message,
// u32 messages in flight. No group is open yet.
// 0: not possible, and `text` says why.
int64_t core_new(const void* config, size_t n, char* text, size_t room);
void core_free(int64_t core);

// One turn of the caller's loop: operations in, results out (valid until the next turn).
// Not 0: raft has panicked, out is its message, and the core can only be freed. Abort.
//
// in, each: u8 operation, u16 group (0 to fffe), ...
//   1 tick (group ffff: all)         2 msg that arrived: msg (not for the replica here: ignored)
//   3 propose: u32 how many (>0)     4 change the membership: u8 kind, u64 replica
//   5 synced: what the last ready asked to sync is on disk
//   6 hand the lead to: u64 replica  7 read: u64 ticket (answered by a ready, or never: the lead is lost)
//   8 campaign                       9 u64 replica is unreachable
//  10 snapshot to u64 replica, u8 arrived    11 forget the log up to: u64 index
//  12 tell progress
//  13 open the group: u64 id of the replica here, and what the disk has of it: u64 term, u64 vote,
//     u64 commit, base, span of the whole log. A new replica has nothing (all 0, no ids, an empty
//     span), or a copy of the state at a base: then term and commit are the base's, and no vote. All of
//     it counts as synced, and may be acknowledged at once.
//  14 drop the group: nothing comes of it any more, not in this turn either, except answers
//  15 the sync of the ready that is out takes too long: no message leaves before its 5, so who leads
//     is followed no longer. Nothing, where no ready is out.
// Only 2 may name a group that is not open; it is ignored. Anything else there, or 13 where it is
// open, is the caller's mistake, and a panic.
//
// out, each: u8 kind, u16 group, ...
//   1 ready: u8 leads, u8 sync, u64 leader (0: unknown), u64 term, u64 vote, u64 commit (all 0: as
//     before), u8 n, n (0 or 1) x base to install, span to append (it replaces what is there from its
//     first index on), u32 n, n x (u8 only when synced, u64 to, u32 length, msg),
//     u64 committed (0: nothing new; with sync: valid when synced), u32 n, n x (u64 ticket, u64 index)
//   2 answer to 3 or 4: u8 taken, u64 leader, u64 first index, u64 term
//   3 answer to 12: u8 n, n x (u64 replica, u64 match, u8 learner, u8 state, u8 active)
//   4 while a ready with sync is out: u8 leads (1 only if the last ready or 4 said so), u64 leader (0:
//     unknown), u32 n, n x (u64 to, u32 length, msg: of type 8, 9 or 14), u32 n, n x (u64 ticket,
//     u64 index). All of it at once; it changes nothing of what is stored, held or committed. At most
//     one of a group in a turn.
int core_turn(int64_t core, const void* in, size_t n, void** out, size_t* out_n);

#ifdef __cplusplus
}
#endif
