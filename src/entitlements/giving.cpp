#include "entitlements/giving.hpp"

#include "entitlements/claim.hpp"
#include "entitlements/resolver.hpp"
#include "pg/writing.hpp"

namespace billing::entitlements {

namespace {

pg::Error unknown_customer() {
    return pg::Error(pg::Code::not_found, "customer does not exist")
        .field("customer_id", "is unknown")
        .hint("Find a customer's id with billing.find_customer().");
}

// Holds the customer, so that whoever else changes what it has waits.
void hold_customer(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{"SELECT archived_at IS NOT NULL "
                         "FROM billing_internal.customers WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID}};
    lock_customers(organization, {customer});
    const pg::Result rows = pg::run(plan, pg::Params(organization, customer), pg::Access::write);
    if (rows.empty()) {
        throw unknown_customer();
    }
    if (rows[0].boolean(0)) {
        throw pg::Error(pg::Code::conflict, "customer is archived")
            .field("customer_id", "is archived")
            .hint("An archived customer has no access; nothing can be granted to it.");
    }
}

// The feature first, as who edits its plans holds it and then locks the customers.
void hold_both(const pg::Uuid &organization, const pg::Uuid &customer,
               const std::string &feature_key) {
    share_feature(organization, feature_key);
    hold_customer(organization, customer);
}

// Its current billing period, where it has one.
std::optional<core::QuotaPeriod> period_of_subscription(const pg::Uuid &organization,
                                                        const Gift &gift) {
    static pg::Plan plan{
        "SELECT current_period_start, current_period_end FROM billing_internal.subscriptions "
        "WHERE organization_id = $1 AND id = $2 AND customer_id = $3",
        {UUIDOID, UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(
        plan, pg::Params(organization, *gift.subscription, gift.customer), pg::Access::write);
    if (rows.empty()) {
        throw pg::Error(pg::Code::not_found, "subscription does not exist")
            .field("subscription_id", "is no subscription of this customer")
            .hint("Find a subscription's id with billing.find_subscription().");
    }
    if (rows[0].is_null(0) || rows[0].is_null(1)) {
        return std::nullopt;
    }
    return core::QuotaPeriod{rows[0].instant(0), rows[0].instant(1)};
}

void check_metered(const Gift &gift) {
    if (gift.quota && *gift.quota < 0) {
        throw pg::invalid("quota", "must be at least 0");
    }
    if (gift.rollover_max && *gift.rollover_max < 0) {
        throw pg::invalid("rollover_max", "must be at least 0");
    }
    if (gift.rollover_max && (!gift.quota || gift.reset == core::ResetInterval::never)) {
        throw pg::invalid("rollover_max", "needs a quota and a reset_interval");
    }
    if (gift.reset == core::ResetInterval::billing_period && !gift.subscription) {
        throw pg::invalid("reset_interval", "billing_period needs a subscription_id");
    }
}

void check(const Gift &gift, Kind kind, core::Instant now) {
    if (gift.expires_at && *gift.expires_at <= now) {
        throw pg::invalid("expires_at", "must lie in the future");
    }
    if (kind == Kind::metered) {
        check_metered(gift);
        return;
    }
    if (gift.quota) {
        throw pg::invalid("quota", "must be NULL: the feature is not metered");
    }
    if (gift.rollover_max || gift.reset != core::ResetInterval::never) {
        throw pg::invalid("reset_interval", "must be NULL: the feature is not metered");
    }
    if (gift.what == What::top_up) {
        throw pg::invalid("feature_key", "must name a metered feature: there is nothing to top up");
    }
}

// The override that the key gave before.
std::optional<pg::Uuid> given_before(const pg::Uuid &organization, const Gift &gift) {
    static pg::Plan plan{
        "SELECT id, what = $5 AND quota IS NOT DISTINCT FROM $6 AND value IS NOT DISTINCT FROM $7 "
        "AND expires_at IS NOT DISTINCT FROM $8 AND priority = $9 AND rollover_max = $10 "
        "AND subscription_id IS NOT DISTINCT FROM $11 AND reset_interval = $12 "
        "FROM billing_internal.overrides WHERE organization_id = $1 AND customer_id = $2 "
        "AND feature_key = $3 AND idempotency_key = $4",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, JSONBOID, TIMESTAMPTZOID, INT8OID,
         INT8OID, UUIDOID, TEXTOID}};
    if (!gift.idempotency_key) {
        return std::nullopt;
    }
    const auto value = gift.value ? std::optional(pg::JsonbText{*gift.value}) : std::nullopt;
    const pg::Result rows =
        pg::run(plan,
                pg::Params(organization, gift.customer, gift.feature_key, *gift.idempotency_key,
                           name_of(gift.what), gift.quota, value, pg::timestamp(gift.expires_at),
                           gift.priority, gift.rollover_max.value_or(0), gift.subscription,
                           core::name_of(gift.reset)),
                pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    if (!rows[0].boolean(1)) {
        throw pg::Error(pg::Code::idempotency_conflict, "this idempotency key gave something else")
            .field("idempotency_key", "was used with other arguments")
            .hint("Take a new key for every new grant.");
    }
    return rows[0].uuid(0);
}

pg::Uuid insert(const pg::Uuid &organization, const Gift &gift, core::Instant period_start,
                core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.overrides (organization_id, id, customer_id, "
        "subscription_id, feature_key, what, quota, value, priority, rollover_max, "
        "reset_interval, created_at, expires_at, idempotency_key, period_start, epoch) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12) "
        "RETURNING (organization_id, id, customer_id, subscription_id, feature_key, what, quota, "
        "value, priority, rollover_max, reset_interval, created_at, expires_at, idempotency_key, "
        "period_start, epoch) IS NOT DISTINCT FROM "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12)",
        {UUIDOID, UUIDOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID, INT8OID, JSONBOID, INT8OID, INT8OID,
         TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID}};
    const auto value = gift.value ? std::optional(pg::JsonbText{*gift.value}) : std::nullopt;
    const pg::Uuid id = pg::new_uuid();
    pg::write(plan,
              pg::Params(organization, id, gift.customer, gift.subscription, gift.feature_key,
                         name_of(gift.what), gift.quota, value, gift.priority,
                         gift.rollover_max.value_or(0), core::name_of(gift.reset),
                         pg::Timestamp{now}, pg::timestamp(gift.expires_at), gift.idempotency_key,
                         pg::bound(period_start)),
              "overrides");
    return id;
}

} // namespace

pg::Uuid give(const pg::Uuid &organization, const Gift &gift) {
    const core::Instant now = pg::transaction_start();
    hold_both(organization, gift.customer, gift.feature_key);
    const catalog::Feature feature =
        catalog::get_feature(organization, gift.feature_key, pg::Access::write);
    if (const auto before = given_before(organization, gift)) {
        return *before;
    }
    check(gift, feature.kind, now);
    std::optional<core::QuotaPeriod> billing;
    if (gift.subscription) {
        billing = period_of_subscription(organization, gift);
    }
    const pg::Uuid id =
        insert(organization, gift, core::quota_period(gift.reset, now, now, billing).start, now);
    resolve_features(organization, {gift.customer}, {gift.feature_key}, now);
    return id;
}

pg::Uuid block(const pg::Uuid &organization, const pg::Uuid &customer,
               const std::string &feature_key) {
    static pg::Plan plan{"SELECT id FROM billing_internal.overrides WHERE organization_id = $1 "
                         "AND customer_id = $2 AND feature_key = $3 AND what = 'block' "
                         "AND revoked_at IS NULL",
                         {UUIDOID, UUIDOID, TEXTOID}};
    hold_both(organization, customer, feature_key);
    (void)catalog::get_feature(organization, feature_key, pg::Access::write);
    {
        const pg::Result rows =
            pg::run(plan, pg::Params(organization, customer, feature_key), pg::Access::write);
        if (!rows.empty()) {
            return rows[0].uuid(0);
        }
    }
    const core::Instant now = pg::transaction_start();
    Gift gift;
    gift.customer = customer;
    gift.feature_key = feature_key;
    gift.what = What::block;
    const pg::Uuid id = insert(organization, gift, core::kBeginning, now);
    resolve_features(organization, {customer}, {feature_key}, now);
    return id;
}

void revoke(const pg::Uuid &organization, const pg::Uuid &id) {
    static pg::Plan find{"SELECT customer_id, feature_key FROM billing_internal.overrides "
                         "WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID}};
    static pg::Plan plan{"UPDATE billing_internal.overrides "
                         "SET revoked_at = COALESCE(revoked_at, $3) "
                         "WHERE organization_id = $1 AND id = $2 RETURNING revoked_at IS NOT NULL",
                         {UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    pg::Uuid customer;
    std::string feature_key;
    {
        const pg::Result rows = pg::run(find, pg::Params(organization, id), pg::Access::write);
        if (rows.empty()) {
            throw pg::Error(pg::Code::not_found, "grant does not exist")
                .field("grant_id", "is unknown")
                .hint("See billing.list_grants().");
        }
        customer = rows[0].uuid(0);
        feature_key = rows[0].text(1);
    }
    const core::Instant now = pg::transaction_start();
    lock_customers(organization, {customer});
    lock_answers(organization, customer, feature_key);
    pg::write(plan, pg::Params(organization, id, pg::Timestamp{now}), "overrides");
    resolve_features(organization, {customer}, {feature_key}, now);
}

} // namespace billing::entitlements
