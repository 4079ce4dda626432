#include "db/sqlstate.hpp"

#include <algorithm>
#include <array>

namespace billing::worker::db {

ErrorKind classify(std::string_view sqlstate) {
    // 08 connection, 0A a plan that no longer fits its tables, 28 authorization, 3D and 3F missing
    // database or schema, 42 missing function or right, 53 resources, 55 object state, 57 shutdown
    // or cancel, 58 system.
    constexpr std::array<std::string_view, 10> kTransientClasses{"08", "0A", "28", "3D", "3F",
                                                                 "42", "53", "55", "57", "58"};
    constexpr std::string_view kReadOnly = "25006"; // a standby, while another is promoted
    constexpr std::string_view kOutdated = "PT503"; // the extension, until install() has run
    if (sqlstate.size() != 5 || sqlstate == kReadOnly || sqlstate == kOutdated) {
        return ErrorKind::transient;
    }
    const bool transient = std::find(kTransientClasses.begin(), kTransientClasses.end(),
                                     sqlstate.substr(0, 2)) != kTransientClasses.end();
    return transient ? ErrorKind::transient : ErrorKind::permanent;
}

} // namespace billing::worker::db
