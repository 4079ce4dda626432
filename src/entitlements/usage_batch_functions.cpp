#include "entitlements/usage_batch.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

PG_BILLING_FUNCTION(billing_track_usage_many, usage) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    if (args.is_null(0)) {
        throw pg::invalid("usage", "must not be NULL");
    }
    std::vector<UsageItem> items = read_items(organization, args.datum(0));
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    const std::vector<UsageAnswer> answers = track_all(organization, items);
    for (size_t i = 0; i < items.size(); ++i) {
        const UsageAnswer &one = answers[i];
        out.row(static_cast<int32_t>(i), items[i].customer, items[i].request.feature_key,
                one.allowed, one.reason, one.granted, one.used, one.remaining, one.overage,
                pg::bound(one.period.end));
    }
    return out.done();
}

} // namespace billing::entitlements
