package main

import (
	"encoding/binary"
	"sort"

	"go.etcd.io/etcd/raft"
	pb "go.etcd.io/etcd/raft/raftpb"
	"go.etcd.io/etcd/raft/tracker"
)

type progress = tracker.Progress

const entrySize = 12   // what raft counts for one entry, about
const emptyEntry = 254 // kind
const membersMax = 255 // of a group: their number is one byte

var le = binary.LittleEndian

// Stands for a payload in the core. Without it is only what raft itself appends: the empty entry of a new leader.
var payload = []byte{0}

// The log without its payloads: terms as runs, and the membership changes. Of any length, in little memory.
type run struct{ first, term uint64 }
type ledger struct {
	hard           pb.HardState
	base, baseTerm uint64 // the log begins behind it
	baseConf       pb.ConfState
	last           uint64
	runs           []run
	changes        []pb.Entry
	quiet          bool // has no entries to show
}

func (l *ledger) InitialState() (pb.HardState, pb.ConfState, error) {
	return l.hard, l.confAt(l.hard.Commit), nil
}
func (l *ledger) FirstIndex() (uint64, error) { return l.base + 1, nil }
func (l *ledger) LastIndex() (uint64, error)  { return l.last, nil }
func (l *ledger) Term(i uint64) (uint64, error) {
	if i == l.base {
		return l.baseTerm, nil
	} else if i < l.base {
		return 0, raft.ErrCompacted
	} else if i > l.last {
		return 0, raft.ErrUnavailable
	}
	return l.runs[sort.Search(len(l.runs), func(k int) bool { return l.runs[k].first > i })-1].term, nil
}
func (l *ledger) Entries(lo, hi, max uint64) (es []pb.Entry, err error) {
	if l.quiet {
		return nil, nil
	} else if lo <= l.base {
		return nil, raft.ErrCompacted
	} else if k := max/entrySize + 1; hi-lo > k {
		hi = lo + k
	}
	c := sort.Search(len(l.changes), func(k int) bool { return l.changes[k].Index >= lo })
	r := sort.Search(len(l.runs), func(k int) bool { return l.runs[k].first > lo }) - 1
	for es = make([]pb.Entry, 0, hi-lo); lo < hi; lo++ {
		if r+1 < len(l.runs) && l.runs[r+1].first == lo {
			r++
		}
		if c < len(l.changes) && l.changes[c].Index == lo {
			es = append(es, l.changes[c])
			c++
		} else {
			es = append(es, pb.Entry{Index: lo, Term: l.runs[r].term, Data: payload})
		}
	}
	return es, nil
}

// Of what is committed now. (Of the log's base would do no good: raft ignores, without a word, a
// snapshot whose membership does not have the receiver, who may have been added since.)
func (l *ledger) Snapshot() (s pb.Snapshot, err error) {
	i := l.hard.Commit
	term, err := l.Term(i)
	return pb.Snapshot{Metadata: pb.SnapshotMetadata{Index: i, Term: term, ConfState: l.confAt(i)}}, err
}

// Without those at the beginning that are there: raft gives entries again if others behind them, which were given with
// them, were replaced while a sync ran.
func (l *ledger) news(es []pb.Entry) []pb.Entry {
	for len(es) > 0 {
		if term, err := l.Term(es[0].Index); err != nil || term != es[0].Term {
			break
		}
		es = es[1:]
	}
	return es
}
func (l *ledger) append(es []pb.Entry) {
	if len(es) > 0 {
		l.cut(es[0].Index)
	}
	for _, e := range es {
		if n := len(l.runs); n == 0 || l.runs[n-1].term != e.Term {
			l.runs = append(l.runs, run{e.Index, e.Term})
		}
		if e.Type == pb.EntryConfChange {
			l.changes = append(l.changes, e)
		}
		l.last = e.Index
	}
}

// A log as it is stored: its span, without an entry for each of what may be millions.
func (l *ledger) load(r *reader) {
	index, runs, changes := r.u64(), r.u32(), r.u32()
	if runs > 0 && index != l.base+1 {
		panic("a log that does not begin behind its base")
	}
	for l.last = l.base; runs > 0; runs-- {
		n, term := r.u32(), r.u64()
		if k := len(l.runs); k == 0 || l.runs[k-1].term != term {
			l.runs = append(l.runs, run{l.last + 1, term})
		}
		l.last += uint64(n)
	}
	for ; changes > 0; changes-- {
		if index, kind, id := r.u64(), r.u8(), r.u64(); kind != emptyEntry {
			term, _ := l.Term(index)
			l.changes = append(l.changes, change(index, term, kind, id))
		}
	}
}
func (l *ledger) cut(from uint64) { // a new leader's entries replace those from there on
	for n := len(l.runs); n > 0 && l.runs[n-1].first >= from; n-- {
		l.runs = l.runs[:n-1]
	}
	for n := len(l.changes); n > 0 && l.changes[n-1].Index >= from; n-- {
		l.changes = l.changes[:n-1]
	}
}
func (l *ledger) compact(to uint64) {
	if term, err := l.Term(to); err == nil && to > l.base && to <= l.hard.Commit {
		l.baseConf, l.base, l.baseTerm = l.confAt(to), to, term
		for len(l.runs) > 1 && l.runs[1].first <= to+1 {
			l.runs = l.runs[1:]
		}
		for len(l.changes) > 0 && l.changes[0].Index <= to {
			l.changes = l.changes[1:]
		}
	}
}
func (l *ledger) restore(s pb.Snapshot) {
	l.base, l.baseTerm, l.baseConf = s.Metadata.Index, s.Metadata.Term, s.Metadata.ConfState
	l.last, l.runs, l.changes = l.base, nil, nil
}
func (l *ledger) confAt(i uint64) pb.ConfState {
	cs := pb.ConfState{Voters: append([]uint64(nil), l.baseConf.Voters...), Learners: append([]uint64(nil), l.baseConf.Learners...)}
	for _, e := range l.changes {
		if e.Index <= i {
			cs = changed(cs, decoded(e))
		}
	}
	return cs
}
func decoded(e pb.Entry) (cc pb.ConfChange) { _ = cc.Unmarshal(e.Data); return }
func contains(ids []uint64, id uint64) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}
func without(ids []uint64, id uint64) (r []uint64) {
	for _, x := range ids {
		if x != id {
			r = append(r, x)
		}
	}
	return
}
func changed(cs pb.ConfState, cc pb.ConfChange) pb.ConfState {
	cs.Voters, cs.Learners = without(cs.Voters, cc.NodeID), without(cs.Learners, cc.NodeID)
	if cc.Type == pb.ConfChangeAddNode {
		cs.Voters = append(cs.Voters, cc.NodeID)
	} else if cc.Type == pb.ConfChangeAddLearnerNode {
		cs.Learners = append(cs.Learners, cc.NodeID)
	}
	return cs
}

// Raft would panic, on every replica, at a change that leaves no voter; and a leader must not remove itself.
func (g *group) mayChange(cc pb.ConfChange) bool {
	isVoter := contains(g.conf.Voters, cc.NodeID)
	isMember := isVoter || contains(g.conf.Learners, cc.NodeID)
	if cc.NodeID == 0 || cc.Type != pb.ConfChangeRemoveNode && !isMember && len(g.conf.Voters)+len(g.conf.Learners) >= membersMax {
		return false
	} else if cc.Type == pb.ConfChangeAddNode {
		return true
	}
	return !(isVoter && (len(g.conf.Voters) == 1 || cc.NodeID == g.id || cc.Type == pb.ConfChangeAddLearnerNode))
}

type reader struct{ b []byte }

func (r *reader) take(n int) (b []byte) { b, r.b = r.b[:n], r.b[n:]; return }
func (r *reader) u8() byte              { return r.take(1)[0] }
func (r *reader) u16() uint16           { return le.Uint16(r.take(2)) }
func (r *reader) u32() uint32           { return le.Uint32(r.take(4)) }
func (r *reader) u64() uint64           { return le.Uint64(r.take(8)) }
func (r *reader) ids() (ids []uint64) {
	for n := r.u8(); n > 0; n-- {
		ids = append(ids, r.u64())
	}
	return
}
func (r *reader) conf() pb.ConfState { return pb.ConfState{Voters: r.ids(), Learners: r.ids()} }
func (r *reader) span() (es []pb.Entry) {
	index, runs, changes := r.u64(), r.u32(), r.u32()
	first := index
	for ; runs > 0; runs-- {
		for n, term := r.u32(), r.u64(); n > 0; n-- {
			es = append(es, pb.Entry{Index: index, Term: term, Data: payload})
			index++
		}
	}
	for ; changes > 0; changes-- {
		e := &es[r.u64()-first]
		if kind, id := r.u8(), r.u64(); kind == emptyEntry {
			e.Data = nil
		} else {
			*e = change(e.Index, e.Term, kind, id)
		}
	}
	return
}
func change(index, term uint64, kind byte, id uint64) pb.Entry {
	cc := pb.ConfChange{Type: pb.ConfChangeType(kind), NodeID: id}
	data, _ := cc.Marshal()
	return pb.Entry{Index: index, Term: term, Type: pb.EntryConfChange, Data: data}
}
func (r *reader) message() pb.Message {
	m := pb.Message{Type: pb.MessageType(r.u8()), Reject: r.u8() == 1, From: r.u64(), To: r.u64(), Term: r.u64(), LogTerm: r.u64(),
		Index: r.u64(), Commit: r.u64(), RejectHint: r.u64()}
	if n := int(r.u8()); n > 0 {
		m.Context = append([]byte(nil), r.take(n)...)
	}
	if m.Type == pb.MsgApp {
		m.Entries = r.span()
	} else if m.Type == pb.MsgSnap {
		m.Snapshot.Metadata = pb.SnapshotMetadata{Index: r.u64(), Term: r.u64(), ConfState: r.conf()}
	}
	return m
}

type writer struct{ b []byte }

func (w *writer) u8(v byte) *writer { w.b = append(w.b, v); return w }
func (w *writer) flag(v bool) *writer {
	if v {
		return w.u8(1)
	}
	return w.u8(0)
}
func (w *writer) u16(v uint16) *writer { return w.u8(byte(v)).u8(byte(v >> 8)) }
func (w *writer) u32(v uint32) *writer { return w.u16(uint16(v)).u16(uint16(v >> 16)) }
func (w *writer) u64(v uint64) *writer { return w.u32(uint32(v)).u32(uint32(v >> 32)) }
func (w *writer) ids(ids []uint64) *writer {
	w.u8(byte(len(ids)))
	for _, id := range ids {
		w.u64(id)
	}
	return w
}
func (w *writer) snapshot(s pb.Snapshot) {
	w.u64(s.Metadata.Index).u64(s.Metadata.Term).ids(s.Metadata.ConfState.Voters).ids(s.Metadata.ConfState.Learners)
}
func (w *writer) span(es []pb.Entry) {
	at, runs, changes := len(w.b)+8, uint32(0), uint32(0)
	w.u64(0).u64(0)
	for i := 0; i < len(es); runs++ {
		k := i
		for k < len(es) && es[k].Term == es[i].Term {
			k++
		}
		w.u32(uint32(k - i)).u64(es[i].Term)
		i = k
	}
	for i := range es {
		if es[i].Type == pb.EntryConfChange {
			cc := decoded(es[i])
			w.u64(es[i].Index).u8(byte(cc.Type)).u64(cc.NodeID)
			changes++
		} else if es[i].Data == nil {
			w.u64(es[i].Index).u8(emptyEntry).u64(0)
			changes++
		}
	}
	if len(es) > 0 {
		le.PutUint64(w.b[at-8:], es[0].Index)
	}
	le.PutUint32(w.b[at:], runs)
	le.PutUint32(w.b[at+4:], changes)
}
func (w *writer) message(m *pb.Message) {
	w.u8(byte(m.Type)).flag(m.Reject).u64(m.From).u64(m.To).u64(m.Term).u64(m.LogTerm).u64(m.Index).u64(m.Commit).u64(m.RejectHint)
	w.u8(byte(len(m.Context)))
	w.b = append(w.b, m.Context...)
	if m.Type == pb.MsgApp {
		w.span(m.Entries)
	} else if m.Type == pb.MsgSnap {
		w.snapshot(m.Snapshot)
	}
}
func (w *writer) mail(m *pb.Message) {
	w.u64(m.To)
	at := len(w.b)
	w.u32(0).message(m)
	le.PutUint32(w.b[at:], uint32(len(w.b)-at-4))
}
func (w *writer) reads(rs []raft.ReadState) {
	w.u32(uint32(len(rs)))
	for _, r := range rs {
		w.u64(le.Uint64(r.RequestCtx)).u64(r.Index)
	}
}
