#include "entitlements/holds.hpp"
#include "entitlements/usage_answer.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

constexpr int64_t kLongest = 366 * core::kMicrosPerDay;

// The end of a reservation that begins now.
core::Instant expiry_of(const pg::Args &args, int i) {
    if (args.is_null(i)) {
        throw pg::invalid("ttl", "must not be NULL");
    }
    const core::Instant now = pg::transaction_start();
    const auto end = pg::end_of_interval(now, args.datum(i));
    if (!end || *end <= now || *end - now > kLongest) {
        throw pg::invalid("ttl", "must be longer than 0 and at most a year");
    }
    return *end;
}

} // namespace

PG_BILLING_FUNCTION(billing_reserve_usage, usage) {
    const pg::Args args(fcinfo);
    UsageRequest request;
    request.organization = current_organization();
    request.customer = args.uuid(0, "customer_id");
    request.feature_key = args.text(1, "feature_key");
    request.quantity = args.i64(2, "quantity");
    if (request.quantity < 1) {
        throw pg::invalid("quantity", "must be at least 1");
    }
    const core::Instant expires_at = expiry_of(args, 3);
    request.idempotency_key = idempotency_key_at(args, 4);
    std::optional<pg::Uuid> id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        id = reserve(request, expires_at);
    }
    return id ? pg::to_datum(*id) : pg::return_null(fcinfo);
}

PG_BILLING_FUNCTION(billing_settle_usage, usage) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "reservation");
    const int64_t actual = args.i64(1, "actual");
    if (actual < 0) {
        throw pg::invalid("actual", "must be at least 0");
    }
    UsageAnswer answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        answer = settle_reservation(current_organization(), id, actual);
    }
    return answer_row(fcinfo, answer);
}

} // namespace billing::entitlements
