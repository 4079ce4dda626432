#include "entitlements/grants.hpp"

#include "pg/batch_writer.hpp"
#include "pg/writing.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace billing::entitlements {

namespace {

using GrantKey = std::tuple<pg::Uuid, pg::Uuid, core::Instant>; // subscription, product, from

struct GrantRow {
    pg::Uuid id;
    pg::Uuid customer;
    int64_t quantity = 1;
    std::string from_event;
    core::Instant to = core::kNever;
    std::string to_event;

    bool says_the_same(const GrantRow &other) const {
        return std::tie(customer, quantity, from_event, to, to_event) ==
               std::tie(other.customer, other.quantity, other.from_event, other.to, other.to_event);
    }
};
using GrantRows = std::map<GrantKey, GrantRow>;

GrantRows wanted_rows(const std::vector<SubscriptionAccess> &accesses) {
    GrantRows rows;
    for (const SubscriptionAccess &access : accesses) {
        for (const auto &stretch : access.intervals) {
            if (stretch.from < stretch.to) {
                rows[{access.subscription, stretch.product, stretch.from}] = {
                    {},         access.customer, stretch.quantity, stretch.from_event,
                    stretch.to, stretch.to_event};
            }
        }
    }
    return rows;
}

GrantRows stored_rows(const pg::Uuid &organization,
                      const std::vector<SubscriptionAccess> &accesses) {
    static pg::Plan plan{
        "SELECT g.subscription_id, g.product_id, g.starts_at, g.id, g.customer_id, g.quantity, "
        "g.opened_by, g.ends_at, g.closed_by FROM billing_internal.feature_grants AS g "
        "WHERE g.organization_id = $1 AND g.subscription_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    pg::Columns ids({UUIDOID});
    for (const SubscriptionAccess &access : accesses) {
        ids.row(access.subscription);
    }
    pg::Params params(organization);
    ids.append_to(params);
    const pg::Result result = pg::run(plan, params, pg::Access::write);
    GrantRows rows;
    for (size_t i = 0; i < result.size(); ++i) {
        const pg::Row row = result[i];
        rows[{row.uuid(0), row.uuid(1), row.instant(2)}] = {
            row.uuid(3),
            row.uuid(4),
            row.i64(5),
            row.text(6),
            row.instant_or_null(7).value_or(core::kNever),
            row.text(8)};
    }
    return rows;
}

constexpr pg::BatchWriter kWriter{"feature_grants",
                                  pg::OnConflict::replace,
                                  3,
                                  {{"subscription_id", UUIDOID},
                                   {"product_id", UUIDOID},
                                   {"starts_at", TIMESTAMPTZOID},
                                   {"id", UUIDOID},
                                   {"customer_id", UUIDOID},
                                   {"quantity", INT8OID},
                                   {"opened_by", TEXTOID},
                                   {"ends_at", TIMESTAMPTZOID},
                                   {"closed_by", TEXTOID}}};
constexpr pg::BatchWriter kRemover{
    "feature_grants",
    pg::OnConflict::fail,
    3,
    {{"subscription_id", UUIDOID}, {"product_id", UUIDOID}, {"starts_at", TIMESTAMPTZOID}}};

// Infinity stays in the core: an open grant has no end.
std::optional<pg::Timestamp> end_of(core::Instant to) {
    return to == core::kNever ? std::nullopt : std::optional(pg::Timestamp{to});
}

} // namespace

std::vector<pg::Uuid> replace_grants(const tenancy::Organization &organization,
                                     const std::vector<SubscriptionAccess> &accesses) {
    static pg::BatchWriter writer = kWriter;
    static pg::BatchWriter remover = kRemover;
    if (accesses.empty()) {
        return {};
    }
    const GrantRows wanted = wanted_rows(accesses);
    const GrantRows stored = stored_rows(organization.id, accesses);
    pg::Columns writes = writer.columns();
    pg::Columns removals = remover.columns();
    std::vector<pg::Uuid> concerned;
    for (const auto &[key, row] : wanted) {
        const auto old = stored.find(key);
        if (old != stored.end() && old->second.says_the_same(row)) {
            continue;
        }
        const auto &[subscription, product, from] = key;
        writes.row(subscription, product, pg::Timestamp{from},
                   old != stored.end() ? old->second.id : pg::new_uuid(), row.customer,
                   row.quantity, row.from_event, end_of(row.to), pg::nullable(row.to_event));
        concerned.push_back(row.customer);
        if (old != stored.end()) {
            concerned.push_back(old->second.customer);
        }
    }
    for (const auto &[key, row] : stored) {
        if (wanted.find(key) == wanted.end()) {
            const auto &[subscription, product, from] = key;
            removals.row(subscription, product, pg::Timestamp{from});
            concerned.push_back(row.customer);
        }
    }
    if (!removals.empty()) {
        pg::require_stored("feature_grants", remover.remove(organization.id, removals),
                           removals.size());
    }
    if (!writes.empty()) {
        writer.write(organization.id, writes);
    }
    std::sort(concerned.begin(), concerned.end());
    concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
    return concerned;
}

} // namespace billing::entitlements
