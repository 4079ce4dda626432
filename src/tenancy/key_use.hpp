// When a key was last used: right to about a minute, at no cost for most requests.
//
// A request that may write notes it in the row itself, unless that was done within a minute or
// another request holds the row. One that may not write (GET) tells the worker by NOTIFY, at most
// once a minute for each key and backend; the worker writes for many at a time.
#pragma once

#include "pg/values.hpp"

namespace billing::tenancy {

void note_key_use(const pg::Uuid &organization, const pg::Uuid &key,
                  std::optional<core::Instant> last_used_at);

} // namespace billing::tenancy
