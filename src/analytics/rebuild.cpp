#include "analytics/rebuild.hpp"

#include "analytics/ledger.hpp"
#include "analytics/revenue_entries.hpp"
#include "analytics/rollup.hpp"
#include "analytics/standings.hpp"

namespace billing::analytics {

namespace {

// Customers are taken in portions: all subscriptions of a customer belong together, and memory
// stays bounded.
constexpr int64_t kPortion = 500;

struct Portion {
    std::vector<pg::Uuid> subscriptions;
    std::optional<pg::Uuid> last_customer;
};

Portion next_portion(const pg::Uuid &organization, const pg::Uuid &after) {
    static pg::Plan plan{
        "SELECT s.id, c.id FROM (SELECT DISTINCT k.customer_id AS id "
        "FROM billing_internal.subscriptions AS k "
        "WHERE k.organization_id = $1 AND k.customer_id > $2 ORDER BY k.customer_id LIMIT $3) AS c "
        "JOIN LATERAL (SELECT t.id FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.customer_id = c.id OFFSET 0) AS s ON true "
        "ORDER BY c.id, s.id",
        {UUIDOID, UUIDOID, INT8OID}};
    Portion portion;
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, after, kPortion), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        portion.subscriptions.push_back(rows[i].uuid(0));
        portion.last_customer = rows[i].uuid(1);
    }
    return portion;
}

core::Flows rebuild_ledger(const tenancy::Organization &organization, core::Instant now,
                           const EachDerived &also) {
    core::Flows all;
    each_portion(organization, [&](subscriptions::Objects &objects,
                                   const std::vector<subscriptions::Derived> &derived) {
        objects.subscriptions.flush(organization.id);
        Ledger ledger(organization, now);
        ledger.collect_flows_into(&all);
        ledger.replace(objects, derived);
        std::vector<pg::Uuid> customers;
        for (const subscriptions::Derived &one : derived) {
            customers.push_back(*one.row->customer_id);
        }
        update_standings(organization.id, customers);
        if (also) {
            also(objects, derived);
        }
    });
    all.drop_zeros();
    return all;
}

} // namespace

void each_revenue_portion(
    const tenancy::Organization &organization,
    const std::function<void(RevenueObjects &, const std::vector<std::string> &,
                             const std::vector<std::string> &)> &each) {
    static pg::Plan invoices{"SELECT stripe_invoice_id FROM billing_internal.invoices "
                             "WHERE organization_id = $1 AND stripe_invoice_id > $2 "
                             "ORDER BY stripe_invoice_id LIMIT $3",
                             {UUIDOID, TEXTOID, INT8OID}};
    static pg::Plan reversals{"SELECT stripe_id FROM billing_internal.reversals "
                              "WHERE organization_id = $1 AND stripe_id > $2 "
                              "ORDER BY stripe_id LIMIT $3",
                              {UUIDOID, TEXTOID, INT8OID}};
    const auto portions = [&](pg::Plan &plan, auto take) {
        std::string after;
        for (;;) {
            std::vector<std::string> ids;
            {
                const pg::Result rows =
                    pg::run(plan, pg::Params(organization.id, after, kPortion), pg::Access::write);
                for (size_t i = 0; i < rows.size(); ++i) {
                    ids.push_back(rows[i].text(0));
                }
            }
            if (ids.empty()) {
                return;
            }
            after = ids.back();
            take(ids);
        }
    };
    portions(invoices, [&](const std::vector<std::string> &ids) {
        RevenueObjects objects;
        for (const std::string &id : ids) {
            objects.invoices.want(id);
        }
        objects.invoices.load(organization.id);
        each(objects, ids, {});
    });
    portions(reversals, [&](const std::vector<std::string> &ids) {
        RevenueObjects objects;
        for (const std::string &id : ids) {
            objects.reversals.want(id);
        }
        objects.reversals.load(organization.id);
        each(objects, {}, ids);
    });
}

void each_portion(const tenancy::Organization &organization, const EachDerived &each) {
    pg::Uuid after;
    for (;;) {
        const Portion portion = next_portion(organization.id, after);
        if (!portion.last_customer) {
            return;
        }
        after = *portion.last_customer;
        subscriptions::Objects objects;
        const std::vector<std::string> ids =
            objects.subscriptions.load_by_id(organization.id, portion.subscriptions);
        each(objects, subscriptions::derive(organization, objects, ids, {}));
    }
}

void rebuild(const tenancy::Organization &organization, const EachDerived &also) {
    const pg::EnginePlanning planning;
    const core::Instant now = pg::instant_of(TimestampTzGetDatum(GetCurrentTimestamp()));
    replace_rollups(organization.id, rebuild_ledger(organization, now, also));
    each_revenue_portion(organization,
                         [&](RevenueObjects &objects, const std::vector<std::string> &invoices,
                             const std::vector<std::string> &reversals) {
                             replace_revenue(organization, objects, invoices, reversals);
                         });
    replace_revenue_rollups(organization.id, sum_of_entries(organization));
}

} // namespace billing::analytics
