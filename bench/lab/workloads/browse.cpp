// Mostly readers, who look at a ticket for a microsecond: what reader-writer locks are for.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

const WorkloadRegistration registration{{"browse",
                                         "95 % reads that take a microsecond each",
                                         {.reads = 0.95, .edits = 0.5, .read_hold_ns = 1'000}}};

}  // namespace
}  // namespace usher::lab
