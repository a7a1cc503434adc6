// People, not machines: they think between two steps, and keep for a while what they have reserved.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

const WorkloadRegistration registration{
    {"patient",
     "buyers who think for 100 us and keep what they reserved for 100 us",
     {.tickets = 100, .reads = 0, .edits = 0, .think_ns = 100'000, .keep_ns = 100'000}}};

}  // namespace
}  // namespace usher::lab
