#include "entitlements/references.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

Datum id_or_null(FunctionCallInfo fcinfo, const std::optional<pg::Uuid> &id) {
    return id ? pg::to_datum(*id) : pg::return_null(fcinfo);
}

} // namespace

PG_BILLING_FUNCTION(billing_find_customer, read) {
    const pg::Args args(fcinfo);
    std::optional<pg::Uuid> id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        id = find_customer(current_organization(), args.text_or_null(0).value_or(""),
                           pg::Access::read);
    }
    return id_or_null(fcinfo, id);
}

PG_BILLING_FUNCTION(billing_find_subscription, read) {
    const pg::Args args(fcinfo);
    std::optional<pg::Uuid> id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        static pg::Plan plan{"SELECT id FROM billing_internal.subscriptions "
                             "WHERE organization_id = $1 AND stripe_subscription_id = $2",
                             {UUIDOID, TEXTOID}};
        const pg::Result rows =
            pg::run(plan, pg::Params(current_organization(), args.text_or_null(0).value_or("")),
                    pg::Access::read);
        if (!rows.empty()) {
            id = rows[0].uuid(0);
        }
    }
    return id_or_null(fcinfo, id);
}

} // namespace billing::entitlements
