// Buyers only. A rejection changes nothing, so the more buyers want one ticket, the less is
// written.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

const WorkloadRegistration registration{{"reserve",
                                         "reserves and releases only; who comes second is rejected",
                                         {.reads = 0, .edits = 0}}};

}  // namespace
}  // namespace usher::lab
