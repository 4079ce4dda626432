#include "entitlements/plan.hpp"

#include "customers/taking.hpp"
#include "entitlements/product_links.hpp"
#include "entitlements/resolver.hpp"
#include "pg/writing.hpp"

namespace billing::entitlements {

namespace {

// Small: the plans of writes may compare each row of a batch with each other.
constexpr int64_t kCustomersAtOnce = 500;

void require_product(const pg::Uuid &organization, const std::optional<pg::Uuid> &product) {
    static pg::Plan plan{
        "SELECT id FROM billing_internal.products WHERE organization_id = $1 AND id = $2",
        {UUIDOID, UUIDOID}};
    if (product && pg::run(plan, pg::Params(organization, *product), pg::Access::write).empty()) {
        throw pg::Error(pg::Code::not_found, "product does not exist")
            .field("product_id", "is unknown")
            .hint("Create it with billing.create_product(), or see billing.list_products().");
    }
}

// The feature, held against those who make the first row of its default.
catalog::Feature hold_feature(const pg::Uuid &organization, const std::string &key) {
    static pg::Plan plan{"SELECT id FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2 FOR NO KEY UPDATE",
                         {UUIDOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, key), pg::Access::write);
    return catalog::get_feature(organization, key, pg::Access::write);
}

void check(const Attachment &attachment, catalog::Kind kind) {
    if (attachment.quota && kind != catalog::Kind::metered) {
        throw pg::invalid("quota", "must be NULL: the feature is not metered");
    }
    if (attachment.quota && *attachment.quota < 0) {
        throw pg::invalid("quota", "must be at least 0");
    }
    if (attachment.product) {
        return;
    }
    if (attachment.per_seat) {
        throw pg::invalid("per_seat", "must be false: a default has no seats");
    }
    if (attachment.reset == core::ResetInterval::billing_period) {
        throw pg::invalid("reset_interval",
                          "must not be billing_period: a default has no subscription");
    }
}

// Keeps the row as it stood until now, before it changes or goes.
void keep_past(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
               const pg::Uuid &feature, core::Instant now) {
    static pg::Plan plan{
        "WITH stood AS (SELECT p.* FROM billing_internal.product_features AS p "
        "WHERE p.organization_id = $1 AND p.product_id IS NOT DISTINCT FROM $2 "
        "AND p.feature_id = $3 AND p.updated_at < $5), "
        "kept AS (INSERT INTO billing_internal.product_features_past (organization_id, id, "
        "product_id, feature_id, quota, reset_interval, overage, value, per_seat, valid_from, "
        "valid_to) SELECT s.organization_id, $4, s.product_id, s.feature_id, s.quota, "
        "s.reset_interval, s.overage, s.value, s.per_seat, s.updated_at, $5 FROM stood AS s "
        "RETURNING 1) SELECT (SELECT count(*) FROM stood) = (SELECT count(*) FROM kept)",
        {UUIDOID, UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    pg::write(plan, pg::Params(organization, product, feature, pg::new_uuid(), pg::Timestamp{now}),
              "product_features_past");
}

bool is_attached(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
                 const pg::Uuid &feature) {
    static pg::Plan plan{"SELECT FROM billing_internal.product_features WHERE organization_id = $1 "
                         "AND product_id IS NOT DISTINCT FROM $2 AND feature_id = $3",
                         {UUIDOID, UUIDOID, UUIDOID}};
    return !pg::run(plan, pg::Params(organization, product, feature), pg::Access::write).empty();
}

void update(const pg::Uuid &organization, const Attachment &attachment, const pg::Uuid &feature,
            core::Instant now) {
    static pg::Plan plan{
        "UPDATE billing_internal.product_features SET quota = $4, reset_interval = $5, "
        "overage = $6, value = $7, per_seat = $8, updated_at = $9, from_stripe = false "
        "WHERE organization_id = $1 AND product_id IS NOT DISTINCT FROM $2 AND feature_id = $3 "
        "RETURNING (quota, reset_interval, overage, value, per_seat, updated_at) "
        "IS NOT DISTINCT FROM ($4, $5, $6, $7, $8, $9)",
        {UUIDOID, UUIDOID, UUIDOID, INT8OID, TEXTOID, TEXTOID, JSONBOID, BOOLOID, TIMESTAMPTZOID}};
    const auto value =
        attachment.value ? std::optional(pg::JsonbText{*attachment.value}) : std::nullopt;
    pg::write(plan,
              pg::Params(organization, attachment.product, feature, attachment.quota,
                         core::name_of(attachment.reset), core::name_of(attachment.overage), value,
                         attachment.per_seat, pg::Timestamp{now}),
              "product_features");
}

void insert(const pg::Uuid &organization, const Attachment &attachment, const pg::Uuid &feature,
            core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.product_features (organization_id, id, product_id, "
        "feature_id, quota, reset_interval, overage, value, per_seat, created_at, updated_at, "
        "from_stripe) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) "
        "RETURNING (organization_id, id, product_id, feature_id, quota, reset_interval, overage, "
        "value, per_seat, created_at, updated_at, from_stripe) IS NOT DISTINCT FROM "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        {UUIDOID, UUIDOID, UUIDOID, UUIDOID, INT8OID, TEXTOID, TEXTOID, JSONBOID, BOOLOID,
         TIMESTAMPTZOID, BOOLOID}};
    const auto value =
        attachment.value ? std::optional(pg::JsonbText{*attachment.value}) : std::nullopt;
    pg::write(plan,
              pg::Params(organization, pg::new_uuid(), attachment.product, feature,
                         attachment.quota, core::name_of(attachment.reset),
                         core::name_of(attachment.overage), value, attachment.per_seat,
                         pg::Timestamp{now}, attachment.from_stripe),
              "product_features");
}

bool is_from_stripe(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
                    const pg::Uuid &feature) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.product_features "
                         "WHERE organization_id = $1 AND product_id = $2 AND feature_id = $3 "
                         "AND from_stripe",
                         {UUIDOID, UUIDOID, UUIDOID}};
    return product &&
           !pg::run(plan, pg::Params(organization, *product, feature), pg::Access::write).empty();
}

void remove(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
            const pg::Uuid &feature, core::Instant now) {
    static pg::Plan plan{"DELETE FROM billing_internal.product_features WHERE organization_id = $1 "
                         "AND product_id IS NOT DISTINCT FROM $2 AND feature_id = $3",
                         {UUIDOID, UUIDOID, UUIDOID}};
    keep_past(organization, product, feature, now);
    const size_t there = is_attached(organization, product, feature) ? 1 : 0;
    pg::write(plan, pg::Params(organization, product, feature), "product_features", there);
}

std::vector<pg::Uuid> read_ids(const pg::Result &rows) {
    std::vector<pg::Uuid> ids;
    for (size_t i = 0; i < rows.size(); ++i) {
        ids.push_back(rows[i].uuid(0));
    }
    return ids;
}

// The next of those who hold the product now, by id.
std::vector<pg::Uuid> holders_after(const pg::Uuid &organization, const pg::Uuid &product,
                                    const pg::Uuid &after, core::Instant now) {
    static pg::Plan plan{"SELECT DISTINCT customer_id FROM billing_internal.feature_grants "
                         "WHERE organization_id = $1 AND product_id = $2 AND customer_id > $3 "
                         "AND (ends_at IS NULL OR ends_at > $4) ORDER BY customer_id LIMIT $5",
                         {UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID, INT8OID}};
    return read_ids(pg::run(
        plan, pg::Params(organization, product, after, pg::Timestamp{now}, kCustomersAtOnce),
        pg::Access::write));
}

// The next of those whose access to the feature was ever resolved: who has the default is among
// them, or has no row and is asked for when needed.
std::vector<pg::Uuid> resolved_after(const pg::Uuid &organization, const std::string &feature_key,
                                     const pg::Uuid &after) {
    static pg::Plan plan{
        "SELECT customer_id FROM billing_internal.access WHERE organization_id = $1 "
        "AND feature_key = $2 AND customer_id > $3 ORDER BY customer_id LIMIT $4",
        {UUIDOID, TEXTOID, UUIDOID, INT8OID}};
    return read_ids(pg::run(plan, pg::Params(organization, feature_key, after, kCustomersAtOnce),
                            pg::Access::write));
}

// The next of those who have any resolved answer.
std::vector<pg::Uuid> resolved_after(const pg::Uuid &organization, const pg::Uuid &after) {
    static pg::Plan plan{
        "SELECT DISTINCT customer_id FROM billing_internal.access WHERE organization_id = $1 "
        "AND customer_id > $2 ORDER BY customer_id LIMIT $3",
        {UUIDOID, UUIDOID, INT8OID}};
    return read_ids(
        pg::run(plan, pg::Params(organization, after, kCustomersAtOnce), pg::Access::write));
}

template <class Next>
void resolve_all(const pg::Uuid &organization, const Keys &keys, core::Instant now, Next next) {
    pg::Uuid last;
    for (auto customers = next(last); !customers.empty(); customers = next(last)) {
        customers::take(organization, customers);
        resolve_features(organization, customers, keys, now);
        last = customers.back();
    }
}

void resolve_concerned(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
                       const std::string &feature_key, core::Instant now) {
    if (!product) {
        resolve_resolved(organization, feature_key, feature_key);
        return;
    }
    resolve_all(organization, {feature_key}, now, [&](const pg::Uuid &last) {
        return holders_after(organization, *product, last, now);
    });
}

} // namespace

void resolve_everybody(const pg::Uuid &organization, core::Instant now) {
    resolve_all(organization, {}, now,
                [&](const pg::Uuid &last) { return resolved_after(organization, last); });
}

void resolve_resolved(const pg::Uuid &organization, const std::string &resolved_key,
                      const std::string &feature_key) {
    resolve_all(organization, {feature_key}, pg::transaction_start(), [&](const pg::Uuid &last) {
        return resolved_after(organization, resolved_key, last);
    });
}

void attach(const pg::Uuid &organization, const Attachment &attachment) {
    tenancy::lock_lane(organization);
    require_product(organization, attachment.product);
    const catalog::Feature feature = hold_feature(organization, attachment.feature_key);
    check(attachment, feature.kind);
    const core::Instant now = pg::transaction_start();
    keep_past(organization, attachment.product, feature.id, now);
    if (is_attached(organization, attachment.product, feature.id)) {
        update(organization, attachment, feature.id, now);
    } else {
        insert(organization, attachment, feature.id, now);
    }
    resolve_concerned(organization, attachment.product, attachment.feature_key, now);
}

void detach(const pg::Uuid &organization, const std::optional<pg::Uuid> &product,
            const std::string &feature_key) {
    tenancy::lock_lane(organization);
    require_product(organization, product);
    const catalog::Feature feature = hold_feature(organization, feature_key);
    if (is_from_stripe(organization, product, feature.id)) {
        throw pg::Error(pg::Code::conflict, "this feature is attached to the product at Stripe")
            .field("feature_key", "is attached at Stripe")
            .hint("Detach it there, or take it from single customers with "
                  "billing.block_feature().");
    }
    const core::Instant now = pg::transaction_start();
    remove(organization, product, feature.id, now);
    resolve_concerned(organization, product, feature_key, now);
    if (product) {
        (void)follow_lists(organization, *product, now); // Stripe's own may stand behind it
    }
}

void attach_from_stripe(const pg::Uuid &organization, const pg::Uuid &product,
                        const std::string &feature_key, core::Instant now) {
    const catalog::Feature feature = hold_feature(organization, feature_key);
    Attachment attachment;
    attachment.product = product;
    attachment.from_stripe = true;
    insert(organization, attachment, feature.id, now);
    resolve_concerned(organization, product, feature_key, now);
}

void detach_from_stripe(const pg::Uuid &organization, const pg::Uuid &product,
                        const std::string &feature_key, core::Instant now) {
    const catalog::Feature feature = hold_feature(organization, feature_key);
    remove(organization, product, feature.id, now);
    resolve_concerned(organization, product, feature_key, now);
}

} // namespace billing::entitlements
