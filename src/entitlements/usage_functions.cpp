#include "entitlements/references.hpp"
#include "entitlements/usage.hpp"
#include "entitlements/usage_answer.hpp"
#include "pg/as_owner.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

// Everything but the customer.
UsageRequest read_request(const pg::Args &args) {
    UsageRequest request;
    request.organization = current_organization();
    request.feature_key = args.text(1, "feature_key");
    request.quantity = args.i64(2, "quantity");
    if (!is_quantity(request.quantity)) {
        throw pg::invalid("quantity", kNoQuantity);
    }
    request.idempotency_key = idempotency_key_at(args, 3);
    return request;
}

} // namespace

PG_BILLING_FUNCTION(billing_track_usage, usage) {
    const pg::Args args(fcinfo);
    UsageRequest request = read_request(args);
    request.customer = args.uuid(0, "customer_id");
    return answer_row(fcinfo, track_from_outside(request));
}

PG_BILLING_FUNCTION(billing_track_usage_text, usage) {
    const pg::Args args(fcinfo);
    UsageRequest request = read_request(args);
    const std::string reference = args.text(0, "customer");
    UsageAnswer answer;
    {
        const pg::AsOwner owner;
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
