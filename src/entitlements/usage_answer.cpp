#include "entitlements/usage_answer.hpp"

#include <limits>

namespace billing::entitlements {

bool is_quantity(int64_t quantity) {
    return quantity != 0 && quantity != std::numeric_limits<int64_t>::min();
}

bool is_idempotency_key(std::string_view key) {
    constexpr size_t kMaxKey = 255;
    return !key.empty() && key.size() <= kMaxKey;
}

std::optional<std::string> idempotency_key_at(const pg::Args &args, int i) {
    auto key = args.text_or_null(i);
    if (key && !is_idempotency_key(*key)) {
        throw pg::invalid("idempotency_key", kNoIdempotencyKey);
    }
    return key;
}

Datum answer_row(FunctionCallInfo fcinfo, const UsageAnswer &answer) {
    return pg::return_row(fcinfo, pg::TupleBuilder(answer.allowed, answer.reason, answer.granted,
                                                   answer.used, answer.remaining, answer.overage,
                                                   pg::bound(answer.period.end)));
}

} // namespace billing::entitlements
