// What the functions that count usage have in common: a key, and the answer's columns.
#pragma once

#include "entitlements/usage_records.hpp"
#include "pg/function.hpp"

namespace billing::entitlements {

// 1 to 255 bytes, or none; throws validation_failed.
std::optional<std::string> idempotency_key_at(const pg::Args &args, int i);

Datum answer_row(FunctionCallInfo fcinfo, const UsageAnswer &answer);

} // namespace billing::entitlements
