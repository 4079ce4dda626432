// What the functions that count usage have in common: a key, and the answer's columns.
#pragma once

#include "entitlements/usage_records.hpp"
#include "pg/function.hpp"

namespace billing::entitlements {

// At least 1, or negative; the smallest number has no positive counterpart.
bool is_quantity(int64_t quantity);
inline constexpr const char *kNoQuantity = "must be at least 1, or negative to give back";

// 1 to 255 bytes.
bool is_idempotency_key(std::string_view key);
inline constexpr const char *kNoIdempotencyKey = "must have 1 to 255 bytes";
// Such a key, or none; throws validation_failed.
std::optional<std::string> idempotency_key_at(const pg::Args &args, int i);

Datum answer_row(FunctionCallInfo fcinfo, const UsageAnswer &answer);

} // namespace billing::entitlements
