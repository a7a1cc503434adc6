// Consensus core: etcd/raft behind three C functions. Bytes in, bytes out, nothing calls back.
// It knows terms, indexes and membership, never a payload. core.h describes the bytes, docs/consensus.md
// says what this adds to the library.
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"
import (
	"fmt"
	"io/ioutil"
	"log"
	"math/rand"
	"runtime"
	"sync"
	"unsafe"

	"go.etcd.io/etcd/raft"
	pb "go.etcd.io/etcd/raft/raftpb"
)

// Raft draws its election time-outs from one generator of the process; each core gives it its own.
//
//go:linkname globalRand go.etcd.io/etcd/raft.globalRand
var globalRand *lockedRand

type lockedRand struct {
	mu   sync.Mutex
	rand *rand.Rand
}

type group struct {
	nr       uint16
	id       uint64 // this replica's; another one of the group, here or elsewhere, before or after, has another
	rn       *raft.RawNode
	log      ledger
	rd       raft.Ready
	synced   bool         // false: rd waits for its sync
	late     bool         // the caller waits no longer for it: no message leaves before it ends
	term     uint64       // that is on the disk
	installs uint64       // the last snapshot that arrived is of this index
	kept     []pb.Message // what came while rd is out, and goes with the next ready
	reads    []raft.ReadState
	dirty    bool
	leads    bool
	lead     uint64
	conf     pb.ConfState
	applied  uint64 // conf is of the log up to here
}
type core struct {
	rand   *rand.Rand
	config raft.Config // what all groups have in common
	groups []*group    // by number; nil: not open
	dirty  []*group
	out    writer
	result unsafe.Pointer // C memory
	room   int
	dead   bool
}

const everyGroup = 0xffff

// The handles and raft's generator are the process's: whoever enters holds the guard, so cores may have threads of their own.
var guard sync.Mutex
var cores = map[C.int64_t]*core{}
var lastCore C.int64_t
var noCore = C.CString("no such core")

func init() {
	runtime.GOMAXPROCS(1)                                                       // one thread enters, so the collector needs no more than its gaps
	raft.SetLogger(&raft.DefaultLogger{Logger: log.New(ioutil.Discard, "", 0)}) // what it says before a panic is in the panic
}

//export core_new
func core_new(config unsafe.Pointer, n C.size_t, text *C.char, room C.size_t) (handle C.int64_t) {
	guard.Lock()
	defer guard.Unlock()
	defer func() {
		if e := recover(); e != nil {
			b := unsafe.Slice((*byte)(unsafe.Pointer(text)), int(room))
			b[copy(b[:len(b)-1], fmt.Sprint(e))] = 0
			handle = 0
		}
	}()
	in := reader{unsafe.Slice((*byte)(config), int(n))}
	c := &core{rand: rand.New(rand.NewSource(int64(in.u64())))}
	c.config = raft.Config{ElectionTick: int(in.u32()), HeartbeatTick: int(in.u32()),
		MaxSizePerMsg: uint64(in.u32()) * entrySize, MaxCommittedSizePerReady: 1 << 20, MaxInflightMsgs: int(in.u32()),
		CheckQuorum: true, PreVote: true, ReadOnlyOption: raft.ReadOnlySafe, DisableProposalForwarding: true}
	if len(in.b) > 0 || c.config.HeartbeatTick <= 0 || c.config.ElectionTick <= c.config.HeartbeatTick || c.config.MaxInflightMsgs <= 0 {
		panic("not a configuration of this core")
	}
	lastCore++
	cores[lastCore] = c
	return lastCore
}

//export core_free
func core_free(handle C.int64_t) {
	guard.Lock()
	defer guard.Unlock()
	if c := cores[handle]; c != nil {
		C.free(c.result)
		delete(cores, handle)
	}
}

//export core_turn
func core_turn(handle C.int64_t, p unsafe.Pointer, n C.size_t, out unsafe.Pointer, outN *C.size_t) (rc C.int) {
	guard.Lock()
	defer guard.Unlock()
	c := cores[handle]
	if c == nil {
		*(*uintptr)(out), *outN = uintptr(unsafe.Pointer(noCore)), C.size_t(len(C.GoString(noCore)))
		return 1
	}
	c.out.b = c.out.b[:0]
	defer func() {
		if e := recover(); e != nil {
			rc, c.dead, c.out.b = 1, true, append(c.out.b[:0], fmt.Sprint(e)...)
		}
		if k := len(c.out.b); k > c.room { // the caller must not see Go's memory
			C.free(c.result)
			c.room = 2 * k
			c.result = C.malloc(C.size_t(c.room))
		}
		if len(c.out.b) > 0 {
			copy(unsafe.Slice((*byte)(c.result), c.room), c.out.b)
		}
		// Not as a pointer: the collector would look at what was in *out before, which is any stack's garbage.
		*(*uintptr)(out), *outN = uintptr(c.result), C.size_t(len(c.out.b))
	}()
	if c.dead {
		panic("this core has failed before")
	}
	globalRand.rand = c.rand
	for in := (reader{unsafe.Slice((*byte)(p), int(n))}); len(in.b) > 0; {
		switch op, nr := in.u8(), in.u16(); {
		case op == 1 && nr == everyGroup:
			for _, g := range c.groups {
				if g != nil {
					g.tick()
					c.touch(g)
				}
			}
		case op == 2: // who sends, and to whom, is not the caller's to know: late ones are no mistake
			m := in.message()
			if g := c.group(nr); g != nil && g.id == m.To {
				_ = g.rn.Step(m) // unknown senders and stale messages are no errors of ours
				if at := m.Snapshot.Metadata.Index; at > 0 && g.rn.BasicStatus().Commit == at {
					g.installs = at // not if raft has ignored it
				}
				c.touch(g)
			}
		case op == 13:
			c.open(nr, &in)
		default:
			g := c.group(nr)
			if g == nil {
				panic(fmt.Sprintf("operation %d on group %d, which is not open", op, nr))
			}
			c.do(op, g, &in)
			c.touch(g)
		}
	}
	for i, g := range c.dirty {
		g.dirty, c.dirty[i] = false, nil
		if c.group(g.nr) == g && !g.synced {
			c.meanwhile(g)
		}
		for c.group(g.nr) == g && g.synced && g.hasReady() {
			c.ready(g)
		}
	}
	c.dirty = c.dirty[:0]
	return 0
}

func (c *core) touch(g *group) {
	if !g.dirty {
		g.dirty = true
		c.dirty = append(c.dirty, g)
	}
}

func (c *core) group(nr uint16) *group {
	if int(nr) < len(c.groups) {
		return c.groups[nr]
	}
	return nil
}

func (c *core) open(nr uint16, in *reader) {
	g := &group{nr: nr, id: in.u64(), synced: true}
	g.log.hard = pb.HardState{Term: in.u64(), Vote: in.u64(), Commit: in.u64()}
	g.log.base, g.log.baseTerm, g.log.baseConf = in.u64(), in.u64(), in.conf()
	g.log.load(in)
	if c.group(nr) != nil || nr == everyGroup {
		panic(fmt.Sprintf("group %d is open, or stands for all", nr))
	} else if g.log.hard.Commit < g.log.base {
		panic(fmt.Sprintf("group %d: stored commit is below the log's base", nr))
	}
	g.conf, g.applied, g.term = g.log.confAt(g.log.hard.Commit), g.log.hard.Commit, g.log.hard.Term
	config := c.config
	config.ID, config.Storage, config.Applied = g.id, &g.log, g.log.hard.Commit
	rn, err := raft.NewRawNode(&config)
	if err != nil {
		panic(err)
	}
	g.rn = rn
	for int(nr) >= len(c.groups) {
		c.groups = append(c.groups, nil)
	}
	c.groups[nr] = g
}

func (c *core) do(op byte, g *group, in *reader) {
	switch op {
	case 1:
		g.tick()
	case 3:
		es := make([]pb.Entry, in.u32())
		for i := range es {
			es[i].Data = payload
		}
		c.propose(g, es)
	case 4:
		cc := pb.ConfChange{Type: pb.ConfChangeType(in.u8()), NodeID: in.u64()}
		var es []pb.Entry
		if g.mayChange(cc) {
			data, _ := cc.Marshal()
			es = []pb.Entry{{Type: pb.EntryConfChange, Data: data}}
		}
		c.propose(g, es)
	case 5:
		if g.synced {
			panic(fmt.Sprintf("group %d: synced, but no ready is out", g.nr)) // perhaps an earlier replica's
		}
		g.finish()
	case 6:
		if to := in.u64(); g.isLeader() {
			g.rn.TransferLeader(to)
		}
	case 7:
		if ticket := append([]byte(nil), in.take(8)...); g.isLeader() {
			g.rn.ReadIndex(ticket)
		}
	case 8:
		if g.mayCampaign() {
			_ = g.rn.Campaign()
		}
	case 9:
		g.rn.ReportUnreachable(in.u64())
	case 10:
		to := in.u64()
		g.rn.ReportSnapshot(to, raft.SnapshotStatus(2-in.u8()))
	case 11:
		g.log.compact(in.u64())
	case 12:
		c.out.u8(3).u16(g.nr)
		at := len(c.out.b)
		c.out.u8(0)
		g.rn.WithProgress(func(id uint64, t raft.ProgressType, p progress) {
			c.out.b[at]++
			c.out.u64(id).u64(p.Match).u8(byte(t)).u8(byte(p.State)).flag(p.RecentActive || id == g.id)
		})
	case 14:
		c.groups[g.nr] = nil
	case 15:
		g.late = !g.synced
	default:
		panic(fmt.Sprint("unknown operation ", op))
	}
}

// Raft panics if it campaigns before a snapshot is installed: a sync may last as long. (Later versions do not do it.)
func (g *group) mayCampaign() bool {
	return mutated(candidateWithoutSnapshot) || g.installs == 0 || g.rn.BasicStatus().Applied >= g.installs
}
func (g *group) tick() {
	if g.mayCampaign() {
		g.rn.Tick()
	} else {
		g.rn.TickQuiesced() // or it would refuse its vote because of a leader that is gone
	}
}

// Raft itself, not the last ready. A follower would pass both on to the leader: a read without its
// ticket, at which that one panics, and a transfer as one to the follower.
func (g *group) isLeader() bool {
	return mutated(readAnywhere) || g.rn.BasicStatus().RaftState == raft.StateLeader
}

// Raft sets index and term in the entries that it takes, and turns a change it refuses into a normal entry.
func (c *core) propose(g *group, es []pb.Entry) {
	isConf := len(es) > 0 && es[0].Type == pb.EntryConfChange
	taken := g.leads && len(es) > 0 && g.rn.Step(pb.Message{Type: pb.MsgProp, From: g.id, Entries: es}) == nil
	c.out.u8(2).u16(g.nr).flag(taken && (!isConf || es[0].Type == pb.EntryConfChange)).u64(g.lead)
	if taken {
		c.out.u64(es[0].Index).u64(es[0].Term)
	} else {
		c.out.u64(0).u64(0)
	}
}

// Raft has told some of it already, to meanwhile.
func (g *group) hasReady() bool {
	s := g.rn.BasicStatus()
	return len(g.kept) > 0 || len(g.reads) > 0 || s.Lead != g.lead || g.leads != (s.RaftState == raft.StateLeader) || g.rn.HasReady()
}

func (c *core) ready(g *group) {
	rd, s := g.rn.Ready(), g.rn.BasicStatus()
	g.lead, g.leads = s.Lead, s.RaftState == raft.StateLeader
	if len(g.kept)+len(g.reads) > 0 {
		rd.Messages, rd.ReadStates = append(g.kept, rd.Messages...), append(g.reads, rd.ReadStates...)
		g.kept, g.reads = nil, nil
	}
	hard := rd.HardState
	sync := rd.MustSync || !raft.IsEmptySnap(rd.Snapshot)
	if !raft.IsEmptyHardState(hard) {
		g.log.hard = hard
	}
	o := c.out.u8(1).u16(g.nr).flag(g.leads).flag(sync).u64(g.lead)
	o.u64(hard.Term).u64(hard.Vote).u64(hard.Commit)
	if s := rd.Snapshot; raft.IsEmptySnap(s) {
		o.u8(0)
	} else {
		o.u8(1).snapshot(s)
		g.log.restore(s)
		g.conf, g.applied = s.Metadata.ConfState, s.Metadata.Index
	}
	news := rd.Entries
	if !mutated(entriesAgain) {
		news = g.log.news(news)
	}
	o.span(news)
	g.log.append(news)
	o.u32(uint32(len(rd.Messages)))
	for i := range rd.Messages {
		m := &rd.Messages[i]
		g.cut(m)
		o.flag(sync && !g.early(m, news)).mail(m)
	}
	committed := uint64(0)
	if k := len(rd.CommittedEntries); k > 0 {
		committed = rd.CommittedEntries[k-1].Index
	}
	o.u64(committed).reads(rd.ReadStates)
	g.rd, g.synced = rd, false
	if !sync {
		g.finish()
	}
}

// While a ready is out: what depends on nothing that is still to be synced. Otherwise a replica would seem to be gone for as
// long as its sync lasts. Asked for a ready that it is not told to have advanced over, raft gives entries, hard state and what is
// committed again the next time, but messages, reads and the soft state only once.
func (c *core) meanwhile(g *group) {
	g.log.quiet = true // or it would make all that is committed and not applied, each time
	rd := g.rn.Ready()
	g.log.quiet = false
	var now []*pb.Message
	for i := range rd.Messages {
		// An append may be of what the caller does not have yet, or may follow one that is.
		if m := &rd.Messages[i]; (m.Type != pb.MsgApp || mutated(earlyAppend)) && !g.late && g.early(m, g.rd.Entries) {
			now = append(now, m)
		} else {
			g.keep(*m)
		}
	}
	g.reads = append(g.reads, rd.ReadStates...)
	s, reads := g.rn.BasicStatus(), []raft.ReadState(nil)
	lead, leads := s.Lead, g.leads && s.RaftState == raft.StateLeader && s.Term == g.term
	if leads {
		reads, g.reads = g.reads, nil
	} else if lead == g.id {
		lead = 0 // that comes with a ready
	}
	if len(now) > 0 || len(reads) > 0 || lead != g.lead || leads != g.leads {
		g.lead, g.leads = lead, leads
		o := c.out.u8(4).u16(g.nr).flag(leads).u64(lead).u32(uint32(len(now)))
		for _, m := range now {
			o.mail(m)
		}
		o.reads(reads)
	}
}

// What may leave before a sync that has these entries: not what is said under a term that is not on the disk (a crash would give
// it out again), nor what tells of an entry that is not there that it is committed. (A leader counts itself among those that have
// it; if it loses it, and the others are no majority, it is not.) A heartbeat need not say all that is.
func (g *group) early(m *pb.Message, unsynced []pb.Entry) bool {
	if m.Term != g.term && !mutated(earlyTerm) {
		return false
	}
	untold := len(unsynced) > 0 && m.Commit >= unsynced[0].Index
	if m.Type == pb.MsgHeartbeat && untold {
		if untold = false; !mutated(earlyCommit) {
			m.Commit = unsynced[0].Index - 1
		}
	}
	return (m.Type == pb.MsgApp || m.Type == pb.MsgHeartbeat || m.Type == pb.MsgHeartbeatResp || m.Type == pb.MsgTimeoutNow) && !untold
}

// In order; but of what has no entries, and comes again with each heartbeat, only the last for each replica.
func (g *group) keep(m pb.Message) {
	repeated := func(k *pb.Message) bool {
		return (k.Type == pb.MsgApp || k.Type == pb.MsgHeartbeat || k.Type == pb.MsgHeartbeatResp) && len(k.Entries) == 0
	}
	if repeated(&m) {
		kept := g.kept[:0]
		for i := range g.kept {
			if k := &g.kept[i]; k.Type != m.Type || k.To != m.To || !repeated(k) {
				kept = append(kept, *k)
			}
		}
		g.kept = kept
	}
	g.kept = append(g.kept, m)
}

// To a replica that is being promoted or removed goes nothing behind what is to commit this change (itself, or the first
// entry of a later leader) until it is applied here, and so told to be committed; to one that is removed, nothing more.
// It could have the longest log otherwise, and not be a candidate, because it does not know of the first, or does of the
// second: then it would refuse its vote to all others, and if one of them is lost, nobody is ever elected.
func (g *group) cut(m *pb.Message) {
	if mutated(longestLog) {
		return
	}
	if len(m.Entries) > 0 && !contains(g.conf.Voters, m.To) && !contains(g.conf.Learners, m.To) {
		m.Entries = nil // it was made before the removal was applied
	}
	for k := len(g.log.changes) - 1; k >= 0 && g.log.changes[k].Index > g.applied; k-- {
		last := g.log.changes[k].Index
		if decoded(g.log.changes[k]).NodeID != m.To {
			continue
		} else if own := g.log.runs[len(g.log.runs)-1].first; own > last {
			last = own
		}
		for n := len(m.Entries); n > 0 && m.Entries[n-1].Index > last; n-- {
			m.Entries = m.Entries[:n-1]
		}
	}
}

// Changes of the membership count before Advance, which lets the next one be proposed.
func (g *group) finish() {
	for _, e := range g.rd.CommittedEntries {
		if e.Type == pb.EntryConfChange {
			g.conf = *g.rn.ApplyConfChange(decoded(e))
		}
		g.applied = e.Index
	}
	g.rn.Advance(g.rd)
	g.rd, g.synced, g.late, g.term = raft.Ready{}, true, false, g.log.hard.Term
}

func main() {}
