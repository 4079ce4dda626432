// What an SQLSTATE means for the one who sent the statement.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace billing::worker::db {

// transient: the server, its set-up or its load is the cause (also an empty code: the connection
// broke); permanent: the data is. A lost race between transactions is permanent for the group
// that lost it, because its parts may well succeed one by one.
ErrorKind classify(std::string_view sqlstate);

} // namespace billing::worker::db
