// Was the run right? Every call carries the version that it saw or made, so the versions are an
// order of all calls to a ticket, and the check needs no search. It is complete: it holds exactly
// when the versions explain all that the clients were told, within real time (linearizability).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/lab/record.hpp"

namespace usher::lab {

// What is wrong, at most one fault for each ticket and at most `faults_max`; empty: nothing.
// For each ticket:
//   - no version is missing, none was given to two calls;
//   - asked again in the order of the versions, the domain answers each call with the same events
//     or the same rejection; nobody got a ticket that another one held;
//   - each read shows what the ticket was at its version;
//   - what is left at the end is what its events make (replay), and there are as many events as
//     the version says;
//   - no call saw less than what was already answered when it began.
std::vector<std::string> faults_of(const Evidence& evidence, std::size_t faults_max = 10);

}  // namespace usher::lab
