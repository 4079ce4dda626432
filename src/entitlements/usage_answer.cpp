#include "entitlements/usage_answer.hpp"

namespace billing::entitlements {

namespace {

constexpr size_t kMaxKey = 255;

} // namespace

std::optional<std::string> idempotency_key_at(const pg::Args &args, int i) {
    auto key = args.text_or_null(i);
    if (key && (key->empty() || key->size() > kMaxKey)) {
        throw pg::invalid("idempotency_key", "must have 1 to 255 bytes");
    }
    return key;
}

Datum answer_row(FunctionCallInfo fcinfo, const UsageAnswer &answer) {
    return pg::return_row(fcinfo, pg::TupleBuilder(answer.allowed, answer.reason, answer.granted,
                                                   answer.used, answer.remaining, answer.overage,
                                                   pg::bound(answer.period.end)));
}

} // namespace billing::entitlements
