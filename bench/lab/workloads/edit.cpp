// Every call changes its ticket: the most conflicts that a number of clients can have.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

const WorkloadRegistration registration{
    {"edit", "edits only: every call changes its ticket", {.reads = 0, .edits = 1}}};

}  // namespace
}  // namespace usher::lab
