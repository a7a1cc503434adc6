//go:build !mutants

package main

func mutated(mutant) bool { return false }
