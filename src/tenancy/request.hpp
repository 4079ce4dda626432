// The request of this transaction, and the line that the server's log gets when it ends.
//
// One JSON object: who (organization, key prefix or user), what (method, path), how long, how it
// ended. Written where billing.log_requests is on, or the request took billing.slow_request_ms.
// Nothing of headers, bodies and queries.
#pragma once

#include "settings.hpp"

namespace billing::tenancy {

// Once per transaction, before who it is was looked at; throws forbidden the second time, also
// after a rollback to a savepoint: what a request may do is decided once.
void begin_request();

// Who it is; key_prefix is empty unless a key of the right form was shown.
void describe_request(const Trusted &who, std::string_view key_prefix);

// Called once, by _PG_init: how a request ended is told by the error that ended it.
void install_error_hook();

} // namespace billing::tenancy
