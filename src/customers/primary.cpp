#include "customers/primary.hpp"

#include "customers/claims.hpp"
#include "customers/creation.hpp"
#include "customers/taking.hpp"

namespace billing::customers {

namespace {

struct Change {
    pg::Uuid customer;
    pg::Uuid leads; // the row of the Stripe customer that is to be shown
    std::string shown;
    std::string to_show;
};

std::vector<Change> find_changes(const pg::Uuid &organization,
                                 const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{
        "SELECT o.id, b.id, o.stripe_customer_id, b.stripe_customer_id "
        "FROM billing_internal.customers AS o JOIN LATERAL ("
        "SELECT s.* FROM (SELECT k.id, k.stripe_customer_id, k.deleted_at, k.stripe_merged_here, "
        "k.stripe_created_at FROM billing_internal.customers AS k "
        "WHERE k.organization_id = $1 AND k.id = o.id AND k.stripe_customer_id IS NOT NULL "
        "UNION ALL SELECT m.id, m.stripe_customer_id, m.deleted_at, m.stripe_merged_here, "
        "m.stripe_created_at FROM billing_internal.customers AS m "
        "WHERE m.organization_id = $1 AND m.merged_into = o.id "
        "AND m.stripe_customer_id IS NOT NULL OFFSET 0) AS s "
        "ORDER BY s.deleted_at IS NOT NULL, s.stripe_merged_here, s.stripe_created_at NULLS LAST, "
        "s.stripe_customer_id COLLATE \"C\" LIMIT 1) AS b ON b.id <> o.id "
        "WHERE o.organization_id = $1 AND o.id = ANY ($2) AND o.merged_into IS NULL "
        "AND o.stripe_customer_id IS NOT NULL ORDER BY o.id",
        {UUIDOID, UUIDARRAYOID}};
    const pg::Result rows = pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    std::vector<Change> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back({rows[i].uuid(0), rows[i].uuid(1), rows[i].text(2), rows[i].text(3)});
    }
    return out;
}

// A Stripe id is one row's alone: both leave their rows before they come to the others.
void exchange(const pg::Uuid &organization, const Change &change) {
    static pg::Plan leave{"UPDATE billing_internal.customers SET stripe_customer_id = NULL "
                          "WHERE organization_id = $1 AND id IN ($2, $3)",
                          {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan facts{
        "UPDATE billing_internal.customers AS t SET "
        "email = CASE WHEN t.id = $2 AND t.changed_here_at IS NULL THEN s.email ELSE t.email END, "
        "name = CASE WHEN t.id = $2 AND t.changed_here_at IS NULL THEN s.name ELSE t.name END, "
        "metadata = CASE WHEN t.id = $2 AND t.changed_here_at IS NULL THEN s.metadata "
        "ELSE t.metadata END, stripe_created_at = s.stripe_created_at, "
        "stripe_merged_here = s.stripe_merged_here, "
        "claimed_external_id = s.claimed_external_id, currency = s.currency, country = s.country, "
        "test_clock = s.test_clock, deleted_at = s.deleted_at, "
        "deleted_event_id = s.deleted_event_id, seen_created = s.seen_created, "
        "seen_rank = s.seen_rank, seen_event_id = s.seen_event_id, seen_ties = s.seen_ties "
        "FROM billing_internal.customers AS s WHERE t.organization_id = $1 "
        "AND s.organization_id = $1 AND (t.id = $2 AND s.id = $3 OR t.id = $3 AND s.id = $2)",
        {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan come{"UPDATE billing_internal.customers SET stripe_customer_id = "
                         "CASE WHEN id = $2 THEN $4 ELSE $5 END "
                         "WHERE organization_id = $1 AND id IN ($2, $3)",
                         {UUIDOID, UUIDOID, UUIDOID, TEXTOID, TEXTOID}};
    take(organization, {change.customer, change.leads}, Hold::keys);
    const pg::Params both(organization, change.customer, change.leads);
    pg::run(leave, both, pg::Access::write);
    pg::run(facts, both, pg::Access::write);
    pg::run(come,
            pg::Params(organization, change.customer, change.leads, change.to_show, change.shown),
            pg::Access::write);
}

// Known since the first of those that it has by links.
void date(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS c SET created_at = f.first_at "
        "FROM (SELECT o.id, LEAST(CASE WHEN NOT o.stripe_merged_here THEN o.stripe_created_at END, "
        "(SELECT min(m.stripe_created_at) FROM billing_internal.customers AS m "
        "WHERE m.organization_id = $1 AND m.merged_into = o.id AND NOT m.stripe_merged_here)) "
        "AS first_at FROM billing_internal.customers AS o "
        "WHERE o.organization_id = $1 AND o.id = ANY ($2) AND o.merged_into IS NULL "
        "OFFSET 0) AS f "
        "WHERE c.organization_id = $1 AND c.id = f.id AND f.first_at < c.created_at",
        {UUIDOID, UUIDARRAYOID}};
    pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    follow_creation(organization, customers);
}

std::vector<std::string> claims_of(const pg::Uuid &organization, const Change &change) {
    static pg::Plan plan{"SELECT claimed_external_id FROM billing_internal.customers "
                         "WHERE organization_id = $1 AND id IN ($2, $3) "
                         "AND claimed_external_id IS NOT NULL",
                         {UUIDOID, UUIDOID, UUIDOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, change.customer, change.leads), pg::Access::write);
    std::vector<std::string> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(rows[i].text(0));
    }
    return out;
}

} // namespace

void settle_primaries(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    if (customers.empty()) {
        return;
    }
    for (const Change &change : find_changes(organization, customers)) {
        exchange(organization, change);
        const std::vector<std::string> claims = claims_of(organization, change);
        take_claimants(organization, claims);
        settle_claims(organization, claims);
    }
    date(organization, customers);
}

} // namespace billing::customers
