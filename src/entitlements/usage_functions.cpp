#include "entitlements/references.hpp"
#include "entitlements/usage.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

constexpr size_t kMaxKey = 255;

// Everything but the customer.
UsageRequest read_request(const pg::Args &args) {
    UsageRequest request;
    request.organization = current_organization();
    request.feature_key = args.text(1, "feature_key");
    request.quantity = args.i64(2, "quantity");
    request.idempotency_key = args.text_or_null(3);
    if (request.quantity < 1) {
        throw pg::invalid("quantity", "must be at least 1");
    }
    if (request.idempotency_key &&
        (request.idempotency_key->empty() || request.idempotency_key->size() > kMaxKey)) {
        throw pg::invalid("idempotency_key", "must have 1 to 255 bytes");
    }
    return request;
}

Datum answer_row(FunctionCallInfo fcinfo, const UsageAnswer &answer) {
    const auto resets_at = answer.period.end == core::kNever
                               ? std::nullopt
                               : std::optional(pg::Timestamp{answer.period.end});
    return pg::return_row(fcinfo, pg::TupleBuilder(answer.allowed, answer.reason, answer.granted,
                                                   answer.used, answer.remaining, answer.overage,
                                                   resets_at));
}

} // namespace

PG_BILLING_FUNCTION(billing_track_usage, usage) {
    const pg::Args args(fcinfo);
    UsageRequest request = read_request(args);
    request.customer = args.uuid(0, "customer_id");
    UsageAnswer answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        answer = track(request);
    }
    return answer_row(fcinfo, answer);
}

PG_BILLING_FUNCTION(billing_track_usage_text, usage) {
    const pg::Args args(fcinfo);
    UsageRequest request = read_request(args);
    const std::string reference = args.text(0, "customer");
    UsageAnswer answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        const auto customer = find_customer(request.organization, reference, pg::Access::write);
        answer.reason = "unknown_customer";
        if (customer) {
            request.customer = *customer;
            answer = track(request);
        }
    }
    return answer_row(fcinfo, answer);
}

} // namespace billing::entitlements
