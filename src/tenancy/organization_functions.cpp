#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::tenancy {

namespace {

pg::Uuid create(const pg::Args &args) {
    Organization made;
    set_field(made, "name", args.text(0, "name"));
    set_field(made, "time_zone", args.text(1, "time_zone"));
    set_field(made, "currency", args.text(2, "currency"));
    set_field(made, "stripe_account_id", args.text_or_null(3).value_or(""));
    const auto livemode =
        args.is_null(4) ? std::nullopt : std::optional(args.boolean(4, "livemode"));
    const pg::Uuid id = pg::new_uuid();
    const pg::Spi spi;
    require_schema();
    static pg::Plan insert{
        "INSERT INTO billing_internal.organizations "
        "(id, name, time_zone, currency, stripe_account_id, livemode, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (stripe_account_id) DO NOTHING",
        {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TIMESTAMPTZOID}};
    const pg::Result inserted = pg::run(insert,
                                        pg::Params(id, made.name, made.time_zone, made.currency,
                                                   pg::nullable(made.stripe_account), livemode,
                                                   pg::Timestamp{pg::transaction_start()}),
                                        pg::Access::write);
    if (inserted.empty()) {
        throw account_taken();
    }
    static pg::Plan lane{"INSERT INTO billing_internal.lanes (organization_id) VALUES ($1)",
                         {UUIDOID}};
    pg::run(lane, pg::Params(id), pg::Access::write);
    return id;
}

} // namespace

PG_BILLING_FUNCTION(billing_current_organization, read) {
    return pg::to_datum(current_organization());
}

PG_BILLING_FUNCTION(billing_use_organization) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "organization_id");
    const bool for_session = args.boolean(1, "for_session");
    {
        const pg::Spi spi;
        pass_gate();
        require_schema();
        (void)get_organization(id);
    }
    set_trusted_organization(id, for_session);
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_create_organization) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = create(args);
    return pg::to_datum(id);
}

PG_BILLING_FUNCTION(billing_schema_version) {
    int32_t version = 0;
    {
        const pg::Spi spi;
        require_schema();
        version = schema_version();
    }
    return Int32GetDatum(version);
}

} // namespace billing::tenancy
