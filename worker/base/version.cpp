#include "base/version.hpp"

namespace billing::worker {

std::string_view version() {
    return PG_BILLING_VERSION;
}

} // namespace billing::worker
