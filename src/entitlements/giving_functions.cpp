#include "entitlements/account.hpp"
#include "entitlements/giving.hpp"
#include "entitlements/overrides.hpp"
#include "entitlements/references.hpp"
#include "entitlements/usage_answer.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

#include <algorithm>
#include <tuple>

namespace billing::entitlements {

namespace {

Gift read_gift(const pg::Args &args, What what) {
    Gift gift;
    gift.customer = args.uuid(0, "customer_id");
    gift.feature_key = args.text(1, "feature_key");
    gift.what = what;
    gift.quota = args.i64_or_null(2);
    gift.expires_at = args.instant_or_null(3, "expires_at");
    gift.priority = args.i32(4, "priority");
    return gift;
}

Datum give_now(const Gift &gift) {
    pg::Uuid id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        id = give(current_organization(), gift);
    }
    return pg::to_datum(id);
}

} // namespace

PG_BILLING_FUNCTION(billing_grant_feature, write) {
    const pg::Args args(fcinfo);
    Gift gift = read_gift(args, What::grant);
    gift.rollover_max = args.i64_or_null(5);
    gift.subscription = args.uuid_or_null(6);
    if (!args.is_null(7)) {
        gift.value = pg::jsonb_text(args.datum(7));
    }
    if (const auto word = args.text_or_null(8)) {
        const auto reset = core::reset_interval_from(*word);
        if (!reset) {
            throw pg::invalid("reset_interval",
                              "must be day, week, month, year, billing_period or never");
        }
        gift.reset = *reset;
    }
    gift.idempotency_key = idempotency_key_at(args, 9);
    return give_now(gift);
}

PG_BILLING_FUNCTION(billing_top_up, write) {
    const pg::Args args(fcinfo);
    Gift gift = read_gift(args, What::top_up);
    gift.idempotency_key = idempotency_key_at(args, 5);
    return give_now(gift);
}

PG_BILLING_FUNCTION(billing_block_feature, write) {
    const pg::Args args(fcinfo);
    const pg::Uuid customer = args.uuid(0, "customer_id");
    const std::string feature_key = args.text(1, "feature_key");
    pg::Uuid id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        id = block(current_organization(), customer, feature_key);
    }
    return pg::to_datum(id);
}

PG_BILLING_FUNCTION(billing_revoke_grant, write) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "grant_id");
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    revoke(current_organization(), id);
    return pg::return_void();
}

namespace {

std::vector<pg::Uuid> ids_of_customer(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{"SELECT id FROM billing_internal.overrides WHERE organization_id = $1 "
                         "AND customer_id = $2",
                         {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, customer), pg::Access::read);
    std::vector<pg::Uuid> ids;
    for (size_t i = 0; i < rows.size(); ++i) {
        ids.push_back(rows[i].uuid(0));
    }
    return ids;
}

bool older(const Override &a, const Override &b) {
    return std::tie(a.balance.created, a.id) < std::tie(b.balance.created, b.id);
}

void put_override(pg::RowSet &out, Override one, core::Instant now) {
    const bool open = now < one.ends;
    if (open) {
        one.roll_to(now);
    }
    const core::Balance &balance = one.balance;
    const bool metered = one.kind == Kind::metered && one.what != What::block;
    pg::TupleBuilder row(one.id, one.feature_key, name_of(one.what), one.subscription);
    row.put(metered ? balance.quota : std::nullopt);
    row.put(metered ? std::optional(balance.carried) : std::nullopt);
    row.put(metered ? std::optional(balance.used) : std::nullopt);
    row.put(metered ? balance.remaining() : std::nullopt);
    row.put(balance.priority);
    row.put(core::name_of(one.reset));
    row.put(metered && open ? pg::bound(one.period_at(now).end) : std::nullopt);
    row.put(one.value ? std::optional(pg::JsonbText{*one.value}) : std::nullopt);
    row.put(pg::Timestamp{balance.created});
    row.put(pg::bound(balance.expires));
    row.put(open || one.ends == balance.expires ? std::nullopt
                                                : std::optional(pg::Timestamp{one.ends}));
    out.add(row);
}

} // namespace

PG_BILLING_FUNCTION(billing_list_grants, read) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    const pg::Uuid organization = current_organization();
    const pg::Uuid customer = get_customer(organization, reference, pg::Access::read);
    std::vector<Override> all = load_overrides_by_id(
        organization, ids_of_customer(organization, customer), pg::Access::read);
    std::sort(all.begin(), all.end(), older);
    for (const Override &one : all) {
        put_override(out, one, pg::transaction_start());
    }
    return out.done();
}

} // namespace billing::entitlements
