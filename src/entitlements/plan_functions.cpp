#include "entitlements/plan.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

Attachment read_attachment(const pg::Args &args) {
    Attachment out;
    out.product = args.uuid_or_null(0);
    out.feature_key = args.text(1, "feature_key");
    out.quota = args.i64_or_null(2);
    const auto reset = core::reset_interval_from(args.text(3, "reset_interval"));
    if (!reset) {
        throw pg::invalid("reset_interval",
                          "must be day, week, month, year, billing_period or never");
    }
    out.reset = *reset;
    const auto overage = core::overage_from(args.text(4, "overage"));
    if (!overage) {
        throw pg::invalid("overage", "must be reject, cap or allow");
    }
    out.overage = *overage;
    if (!args.is_null(5)) {
        out.value = pg::jsonb_text(args.datum(5));
    }
    out.per_seat = args.boolean(6, "per_seat");
    return out;
}

void put_feature(pg::RowSet &out, const pg::Row &row) {
    const auto value = row.is_null(6) ? std::nullopt : std::optional(pg::Raw{row.datum(6)});
    out.row(row.text(0), row.text(1), row.text(2), row.i64_or_null(3), row.text(4), row.text(5),
            value, row.boolean(7), row.boolean(8));
}

} // namespace

PG_BILLING_FUNCTION(billing_attach_feature) {
    const pg::Args args(fcinfo);
    const Attachment attachment = read_attachment(args);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    attach(tenancy::get_organization(current_organization()).id, attachment);
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_detach_feature) {
    const pg::Args args(fcinfo);
    const auto product = args.uuid_or_null(0);
    const std::string feature_key = args.text(1, "feature_key");
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    detach(tenancy::get_organization(current_organization()).id, product, feature_key);
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_product_features_of, read) {
    const pg::Args args(fcinfo);
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    static pg::Plan plan{
        "SELECT f.key, f.name, f.kind, p.quota, p.reset_interval, p.overage, p.value, p.per_seat, "
        "p.from_stripe "
        "FROM billing_internal.product_features AS p "
        "JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.id = p.feature_id "
        "WHERE p.organization_id = $1 AND p.product_id IS NOT DISTINCT FROM $2 "
        "ORDER BY f.key COLLATE \"C\"",
        {UUIDOID, UUIDOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(current_organization(), args.uuid_or_null(0)), pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        put_feature(out, rows[i]);
    }
    return out.done();
}

} // namespace billing::entitlements
