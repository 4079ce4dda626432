#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/api_keys.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"
#include "tenancy/scopes.hpp"

namespace billing::tenancy {

namespace {

constexpr int64_t kMostOverlapDays = 90;

KeyTerms checked_terms(const pg::Args &args) {
    KeyTerms terms{checked_name(args.text(0, "name")), {}, args.instant_or_null(2, "expires_at")};
    if (args.is_null(1)) {
        throw pg::invalid("scopes", "must not be NULL");
    }
    terms.scopes = checked_scopes(args.datum(1));
    if (terms.expires_at && *terms.expires_at <= pg::transaction_start()) {
        throw pg::invalid("expires_at", "must be in the future");
    }
    return terms;
}

core::Instant checked_end(const pg::Args &args) {
    if (args.is_null(1)) {
        throw pg::invalid("overlap", "must not be NULL");
    }
    const core::Instant now = pg::transaction_start();
    const auto end = pg::end_of_interval(now, args.datum(1));
    if (!end || *end < now || *end > now + kMostOverlapDays * core::kMicrosPerDay) {
        throw pg::invalid("overlap", "must be 0 to 90 days");
    }
    return *end;
}

Datum answer(FunctionCallInfo fcinfo, const NewKey &made) {
    return pg::return_row(fcinfo, pg::TupleBuilder(made.id, made.key, made.prefix));
}

} // namespace

PG_BILLING_FUNCTION(billing_create_api_key, admin) {
    const KeyTerms terms = checked_terms(pg::Args(fcinfo));
    NewKey made;
    {
        const pg::Spi spi;
        require_schema();
        made = store_new_key(get_organization(current_organization()).id, terms);
    }
    return answer(fcinfo, made);
}

PG_BILLING_FUNCTION(billing_rotate_api_key, admin) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "id");
    const core::Instant end = checked_end(args);
    NewKey made;
    {
        const pg::Spi spi;
        require_schema();
        made = rotate_key(current_organization(), id, end);
    }
    return answer(fcinfo, made);
}

PG_BILLING_FUNCTION(billing_revoke_api_key, admin) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "id");
    {
        const pg::Spi spi;
        require_schema();
        revoke_key(current_organization(), id);
    }
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_list_api_keys, admin) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    require_schema();
    static pg::Plan plan{"SELECT id, name, prefix, scopes, created_at, expires_at, revoked_at, "
                         "replaced_by, last_used_at FROM billing_internal.api_keys "
                         "WHERE organization_id = $1 ORDER BY created_at DESC, id DESC",
                         {UUIDOID}};
    const pg::Result found = pg::run(plan, pg::Params(current_organization()), pg::Access::read);
    for (size_t i = 0; i < found.size(); ++i) {
        const pg::Row row = found[i];
        rows.row(row.uuid(0), row.text(1), row.text(2), pg::Raw{row.datum(3)},
                 pg::Timestamp{row.instant(4)}, pg::timestamp(row.instant_or_null(5)),
                 pg::timestamp(row.instant_or_null(6)), row.uuid_or_null(7),
                 pg::timestamp(row.instant_or_null(8)));
    }
    return rows.done();
}

} // namespace billing::tenancy
