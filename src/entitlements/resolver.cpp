#include "entitlements/resolver.hpp"

#include "entitlements/account.hpp"

#include <algorithm>
#include <set>

namespace billing::entitlements {

namespace {

constexpr int64_t kCustomersAtOnce = 500;

// The changes that a batch of customers needs, found without locking the rows that stay.
struct Changes {
    AccessRows inserts;
    AccessRows updates;             // with the counters as they were read
    std::vector<AccessKey> endings; // of answers that allow and shall not
};

class Resolver {
  public:
    Resolver(const pg::Uuid &organization, std::vector<pg::Uuid> customers, Keys keys,
             core::Instant now)
        : organization_(organization), customers_(std::move(customers)), now_(now) {
        std::sort(customers_.begin(), customers_.end());
        customers_.erase(std::unique(customers_.begin(), customers_.end()), customers_.end());
        lock_customers(organization_, customers_);
        credits_ = load_credits(organization_, keys, pg::Access::write);
        keys_ = with_credits(keys, credits_);
        holders_ = load_holders(organization_, customers_, keys_, now_, pg::Access::write);
        plans_ = load_plans(organization_, products_of(holders_), keys_, pg::Access::write);
        stored_ = load_rows(organization_, customers_, keys_, pg::Access::write);
        if (const auto defaults = plans_.find(pg::Uuid{}); defaults != plans_.end()) {
            for (const PlanFeature &feature : defaults->second) {
                default_features_.push_back(&feature);
            }
        }
    }

    void run() {
        const Changes changes = compare();
        if (!changes.inserts.empty()) {
            insert(changes.inserts);
        }
        if (!changes.updates.empty()) {
            update(changes.updates);
        }
        if (!changes.endings.empty()) {
            end(changes.endings);
        }
    }

  private:
    Changes compare() {
        Changes changes;
        auto row = stored_.cbegin(); // ordered by customer, as customers_ are
        for (const pg::Uuid &customer : customers_) {
            Resolutions wanted = resolve_holder(customer);
            std::set<std::string_view> seen;
            for (; row != stored_.cend() && row->first.customer == customer; ++row) {
                seen.insert(row->first.feature_key);
                compare_row(*row, wanted, changes);
            }
            for (auto &[key, answer] : wanted) {
                if (seen.count(key) == 0) {
                    const Counter counter = fresh_counter(answer, now_);
                    changes.inserts[{customer, key}] = {std::move(answer), counter, 0, {}, 0, {}};
                }
            }
            for (const PlanFeature *given : default_features_) {
                if (seen.count(given->key) == 0 && wanted.count(given->key) == 0) {
                    changes.inserts[{customer, given->key}] = denial(*given, customer);
                }
            }
        }
        return changes;
    }

    Resolutions resolve_holder(const pg::Uuid &customer) const {
        const auto holder = holders_.find(customer);
        return holder == holders_.end() ? Resolutions{}
                                        : resolve(holder->second, plans_, credits_, now_);
    }

    void compare_row(const AccessRows::value_type &row, Resolutions &wanted,
                     Changes &changes) const {
        const AccessRow &stored = row.second;
        const auto answer = wanted.find(row.first.feature_key);
        if (answer != wanted.end()) {
            keep_pool(answer->second, stored.resolution);
            if (!(answer->second == stored.resolution) || now_ >= stored.holds.until) {
                changes.updates[row.first] = stored;
                changes.updates[row.first].resolution = answer->second;
            }
        } else if (stored.resolution.allowed || stored.resolution.source == "blocked" ||
                   now_ >= stored.resolution.until || now_ >= stored.holds.until) {
            changes.endings.push_back(row.first);
        }
    }

    AccessRow denial(const PlanFeature &given, const pg::Uuid &customer) const {
        AccessRow out;
        Resolution &answer = out.resolution;
        answer.kind = given.kind;
        answer.allowed = false;
        answer.source = "default";
        answer.quota = 0;
        answer.from = now_;
        answer.until = next_edge(customer);
        out.counter = fresh_counter(answer, now_);
        return out;
    }

    core::Instant next_edge(const pg::Uuid &customer) const {
        const auto holder = holders_.find(customer);
        return holder == holders_.end() || holder->second.archived ? core::kNever
                                                                   : holder->second.next_edge;
    }

    // The balances made by hand are read once the rows are there to be locked.
    void insert(const AccessRows &rows) {
        insert_rows(organization_, rows);
        AccessRows with_balances;
        for (const auto &[key, row] : rows) {
            if (!row.resolution.overrides.empty()) {
                with_balances.emplace(key, row);
            }
        }
        if (!with_balances.empty()) {
            update(with_balances);
        }
    }

    // The counters are those of the locked rows: somebody may have consumed since the comparison.
    void update(const AccessRows &wanted) {
        std::vector<AccessKey> keys;
        for (const auto &[key, row] : wanted) {
            keys.push_back(key);
        }
        AccessRows rows = lock_rows(organization_, keys);
        for (auto &[key, row] : rows) {
            put_answer(key, row, wanted.at(key).resolution);
        }
        update_rows(organization_, rows);
    }

    void put_answer(const AccessKey &key, AccessRow &row, const Resolution &answer) const {
        const Account account =
            open_account(organization_, key, answer, row, now_, pg::Access::write);
        row.counter = account.pool;
        row.extra = account.extra();
        if (row.holds.total > 0) {
            row.holds = load_holds(organization_, key, now_, pg::Access::write);
        }
        row.resolution = answer;
    }

    // What counts nothing goes; a usage stays, and so does the denial of a default.
    void end(const std::vector<AccessKey> &keys) {
        std::vector<AccessKey> unneeded;
        for (const AccessKey &key : keys) {
            if (!is_default(key.feature_key)) {
                unneeded.push_back(key);
            }
        }
        if (!unneeded.empty()) {
            delete_unused_rows(organization_, unneeded, now_);
        }
        AccessRows rows = lock_rows(organization_, keys);
        for (auto &[key, row] : rows) {
            put_answer(key, row, ended(row.resolution, key.customer));
        }
        if (!rows.empty()) {
            update_rows(organization_, rows);
        }
    }

    Resolution ended(const Resolution &stored, const pg::Uuid &customer) const {
        Resolution out = stored;
        out.allowed = false;
        out.from = now_;
        out.until = next_edge(customer);
        out.overrides.clear();
        out.credit.reset();
        return out;
    }

    bool is_default(const std::string &key) const {
        return std::any_of(default_features_.begin(), default_features_.end(),
                           [&key](const PlanFeature *given) { return given->key == key; });
    }

    pg::Uuid organization_;
    std::vector<pg::Uuid> customers_;
    Keys keys_;
    core::Instant now_;
    Credits credits_;
    Holders holders_;
    Plans plans_;
    AccessRows stored_;
    std::vector<const PlanFeature *> default_features_;
};

} // namespace

void lock_customers(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{
        "SELECT c.id FROM unnest($2::uuid[]) AS u (id) "
        "JOIN LATERAL (SELECT t.id FROM billing_internal.customers AS t "
        "WHERE t.organization_id = $1 AND t.id = u.id FOR NO KEY UPDATE) AS c ON true",
        {UUIDOID, UUIDARRAYOID}};
    pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
}

void resolve_access(const tenancy::Organization &organization,
                    const std::vector<pg::Uuid> &customers, core::Instant now) {
    if (!customers.empty()) {
        Resolver(organization.id, customers, {}, now).run();
    }
}

void resolve_features(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                      const Keys &keys, core::Instant now) {
    if (!customers.empty()) {
        Resolver(organization, customers, keys, now).run();
    }
}

bool resolve_due(const pg::Uuid &organization, core::Instant now) {
    static pg::Plan plan{
        "SELECT a.customer_id FROM billing_internal.access AS a WHERE a.organization_id = $1 "
        "AND a.stands_until <= $2 UNION SELECT a.customer_id FROM billing_internal.access AS a "
        "WHERE a.organization_id = $1 AND a.held_until <= $2 LIMIT $3",
        {UUIDOID, TIMESTAMPTZOID, INT8OID}};
    std::vector<pg::Uuid> customers;
    {
        const pg::Result rows =
            pg::run(plan, pg::Params(organization, pg::Timestamp{now}, kCustomersAtOnce),
                    pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            customers.push_back(rows[i].uuid(0));
        }
    }
    if (customers.empty()) {
        return false;
    }
    Resolver(organization, customers, {}, now).run();
    return true;
}

} // namespace billing::entitlements
