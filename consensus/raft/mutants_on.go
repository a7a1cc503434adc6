//go:build mutants

package main

// #include <stdint.h>
import "C"

var active mutant

func mutated(m mutant) bool { return m == active }

//export core_mutate
func core_mutate(m C.int32_t) {
	guard.Lock()
	defer guard.Unlock()
	active = mutant(m)
}
