#include "customers/taking.hpp"

#include <algorithm>

namespace billing::customers {

namespace {

bool waits = true;

std::vector<pg::Uuid> ids_of(pg::Plan &plan, const pg::Uuid &organization,
                             const std::vector<pg::Uuid> &customers) {
    std::vector<pg::Uuid> ids;
    const pg::Result rows = pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        ids.push_back(rows[i].uuid(0));
    }
    return ids;
}

void wait_for_all(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers, Hold hold) {
    static pg::Plan rows{"SELECT id FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE",
                         {UUIDOID, UUIDARRAYOID}};
    static pg::Plan keys{"SELECT id FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = ANY ($2) ORDER BY id FOR UPDATE",
                         {UUIDOID, UUIDARRAYOID}};
    pg::run(hold == Hold::row ? rows : keys, pg::keyed(organization, customers), pg::Access::write);
}

std::vector<pg::Uuid> take_free_keys(const pg::Uuid &organization,
                                     const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{"SELECT id FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = ANY ($2) FOR UPDATE SKIP LOCKED",
                         {UUIDOID, UUIDARRAYOID}};
    return ids_of(plan, organization, customers);
}

} // namespace

NoWaiting::NoWaiting() : before_(waits) {
    waits = false;
}

NoWaiting::~NoWaiting() {
    waits = before_;
}

std::vector<pg::Uuid> take_free(const pg::Uuid &organization,
                                const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{"SELECT id FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = ANY ($2) FOR NO KEY UPDATE SKIP LOCKED",
                         {UUIDOID, UUIDARRAYOID}};
    return ids_of(plan, organization, customers);
}

void take(const pg::Uuid &organization, std::vector<pg::Uuid> customers, Hold hold) {
    static pg::Plan existing{"SELECT id FROM billing_internal.customers WHERE organization_id = $1 "
                             "AND id = ANY ($2) ORDER BY id",
                             {UUIDOID, UUIDARRAYOID}};
    if (customers.empty()) {
        return;
    }
    std::sort(customers.begin(), customers.end());
    customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
    if (waits) {
        wait_for_all(organization, customers, hold);
        return;
    }
    std::vector<pg::Uuid> taken = hold == Hold::row ? take_free(organization, customers)
                                                    : take_free_keys(organization, customers);
    if (taken.size() == customers.size()) {
        return;
    }
    std::sort(taken.begin(), taken.end());
    for (const pg::Uuid &id : ids_of(existing, organization, customers)) {
        if (!std::binary_search(taken.begin(), taken.end(), id)) {
            throw Busy(id);
        }
    }
}

void wait_for(const pg::Uuid &organization, const pg::Uuid &customer) {
    pg::Savepoint savepoint;
    wait_for_all(organization, {customer}, Hold::keys);
    savepoint.rollback();
}

} // namespace billing::customers
