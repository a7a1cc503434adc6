package main

// Defects that the tests of this core switch on, one at a time, to show that they would find them
// (tests/consensus). They exist only in a library that is built for that, by the tag `mutants`.
type mutant int

const (
	earlyTerm                mutant = 1 + iota // heartbeats and their answers leave under a term that is not synced
	earlyCommit                                // a heartbeat tells as committed what its leader's disk does not have
	earlyAppend                                // appends leave while a ready is out, which the caller may not have yet
	entriesAgain                               // entries that are stored come a second time
	candidateWithoutSnapshot                   // campaigns before a snapshot is installed
	longestLog                                 // who is being promoted or removed is sent what is behind that change
	readAnywhere                               // a read or a hand-over is passed on where this replica does not lead
)
