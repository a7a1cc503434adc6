// A bit of everything, on some popular tickets and many others.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

const WorkloadRegistration registration{
    {"mixed",
     "half reads, a quarter edits, a quarter reserves and releases",
     {.reads = 0.5, .edits = 0.5}}};

}  // namespace
}  // namespace usher::lab
