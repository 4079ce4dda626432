// usage_history() and verify_usage().
#include "entitlements/references.hpp"
#include "entitlements/usage.hpp"
#include "entitlements/usage_history.hpp"
#include "entitlements/usage_verify.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

PG_BILLING_FUNCTION(billing_usage_history, read) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    const std::string feature_key = args.text(1, "feature_key");
    const auto first = args.day_or_null(2, "start_date");
    const auto last = args.day_or_null(3, "end_date");
    if (first && last && *last < *first) {
        throw pg::invalid("end_date", "must not be before start_date");
    }
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    Question question{current_organization(), {},   pg::transaction_start(), 0,
                      pg::Access::read,       false};
    question.customer = get_customer(question.organization, reference, question.access);
    require_metered(catalog::get_feature(question.organization, feature_key, question.access).kind);
    ask_of_present(question, feature_key);
    const auto organization = tenancy::get_organization(question.organization);
    const core::Calendar &calendar = organization.calendar();
    const core::Instant from = first ? calendar.start_of(*first) : core::kBeginning;
    const core::Instant to = last ? calendar.start_of(*last + 1) : core::kNever;
    for (const UsagePeriod &one : usage_history(question, feature_key, from, to)) {
        out.row(pg::bound(one.bounds.start), pg::bound(one.bounds.end), one.quota, one.used,
                one.overage, one.records);
    }
    return out.done();
}

PG_BILLING_FUNCTION(billing_verify_usage) {
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    for (const UsageDifference &one : usage_differences(current_organization())) {
        out.row(one.counter, one.customer, one.feature_key, one.grant, one.stored, one.logged);
    }
    return out.done();
}

} // namespace billing::entitlements
