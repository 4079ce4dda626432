#include "entitlements/credits.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

// At most 6 decimals, so that every payment is exact.
bool is_cost(core::Decimal cost) {
    constexpr int64_t kFinest = core::Decimal::kOne / 1'000'000;
    const core::Decimal most = core::Decimal::from_int(1'000'000'000);
    return cost.is_positive() && cost <= most && cost.scaled() % kFinest == 0;
}

core::Decimal checked_cost(Datum numeric) {
    std::optional<core::Decimal> cost;
    try {
        cost = pg::decimal_of(numeric);
    } catch (const std::overflow_error &) {
        cost.reset(); // NaN, infinity, or far too large
    }
    if (!cost || !is_cost(*cost)) {
        throw pg::invalid("cost", "must be above 0, at most 1000000000, with at most 6 decimals");
    }
    return *cost;
}

} // namespace

PG_BILLING_FUNCTION(billing_set_credit_cost) {
    const pg::Args args(fcinfo);
    const std::string credit_key = args.text(0, "credit_key");
    const std::string feature_key = args.text(1, "feature_key");
    const auto cost = args.is_null(2) ? std::nullopt : std::optional(checked_cost(args.datum(2)));
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    set_cost(current_organization(), credit_key, feature_key, cost);
    return pg::return_void();
}

} // namespace billing::entitlements
