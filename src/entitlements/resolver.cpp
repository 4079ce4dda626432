#include "entitlements/resolver.hpp"

#include "customers/taking.hpp"
#include "entitlements/account.hpp"
#include "entitlements/locking_order.hpp"
#include "entitlements/pool_changes.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace billing::entitlements {

namespace {

constexpr int64_t kCustomersAtOnce = 500;

// The changes that a batch of customers needs, found without locking the rows that stay.
struct Changes {
    AccessRows inserts;
    AccessRows updates;             // with the counters as they were read
    std::vector<AccessKey> endings; // of answers that allow and shall not
};

AccessRows lock_in_order(const pg::Uuid &organization, std::vector<AccessKey> keys,
                         const Credits &credits) {
    sort_for_locking(keys, credits);
    return lock_rows(organization, keys);
}

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
        limits_ = load_limits(organization_, holders_, pg::Access::write);
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
        note_renewals();
        if (!changes.inserts.empty()) {
            insert_rows(organization_, changes.inserts);
        }
        write(changes);
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
                                        : resolve(holder->second, plans_, credits_, limits_, now_);
    }

    void compare_row(const AccessRows::value_type &row, Resolutions &wanted,
                     Changes &changes) const {
        const AccessRow &stored = row.second;
        const auto answer = wanted.find(row.first.feature_key);
        if (answer != wanted.end()) {
            keep_pool(answer->second, stored.resolution);
            const bool anew = std::exchange(answer->second.follows_billing, false);
            if (anew || !(answer->second == stored.resolution) || now_ >= stored.holds.until) {
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

    // The counters are those of the locked rows: somebody may have consumed since the comparison.
    // Of what is new, the balances made by hand are read once the rows are there to be locked.
    void write(const Changes &changes) {
        AccessRows wanted = changes.updates;
        for (const auto &[key, row] : changes.inserts) {
            if (!row.resolution.overrides.empty()) {
                wanted.emplace(key, row);
            }
        }
        const std::set<AccessKey> endings(changes.endings.begin(), changes.endings.end());
        std::set<AccessKey> keys = endings;
        for (const auto &[key, row] : wanted) {
            keys.insert(key);
        }
        for (const auto &[key, ids] : renewed_) {
            keys.insert(key);
        }
        if (keys.empty()) {
            return;
        }
        AccessRows rows = lock_in_order(organization_, {keys.begin(), keys.end()}, credits_);
        renew_balances();
        AccessRows kept;
        for (auto &[key, row] : rows) {
            if (const auto answer = wanted.find(key); answer != wanted.end()) {
                put_answer(key, row, answer->second.resolution);
            } else if (endings.count(key) == 0) {
                continue; // it was locked for a balance alone
            } else if (is_unneeded(key, row)) {
                remove(key, row);
                continue;
            } else {
                put_answer(key, row, ended(row.resolution, key.customer));
            }
            kept.emplace(key, std::move(row));
        }
        update_rows(organization_, kept);
        append_changes(organization_, changed_pools_, now_);
    }

    // A billing period's balance is rolled over when Stripe tells of the next one, also where it
    // does not count now: who uses it later would not know how many there were.
    void note_renewals() {
        for (const auto &[customer, holder] : holders_) {
            for (const Override &one : holder.overrides) {
                if (one.reset == core::ResetInterval::billing_period &&
                    one.period_at(now_).start > one.period_start) {
                    renewed_[{customer, one.feature_key}].push_back(one.id);
                }
            }
        }
    }

    void renew_balances() const {
        for (const auto &[key, ids] : renewed_) {
            for (Override &one : load_overrides_by_id(organization_, ids, pg::Access::write)) {
                one.roll_to(now_);
                store_balance(organization_, one);
            }
        }
    }

    // Its counter may be one whose period is over.
    void remove(const AccessKey &key, const AccessRow &row) {
        delete_row(organization_, key);
        if (row.counter.used != 0) {
            AccessRow none;
            none.resolution.allowed = false;
            none.counter.epoch = std::max(row.counter.epoch + 1, now_);
            changed_pools_.emplace(key, none);
        }
    }

    void put_answer(const AccessKey &key, AccessRow &row, const Resolution &answer) {
        const Account account =
            open_account(organization_, key, answer, row, now_, pg::Access::write);
        const bool changed = changes_pool(row, answer, account.pool);
        row.counter = account.pool;
        row.extra = account.extra();
        if (row.holds.total > 0) {
            row.holds = load_holds(organization_, key, now_, pg::Access::write);
        }
        row.resolution = answer;
        if (changed) {
            changed_pools_.emplace(key, row);
        }
    }

    // Of an answer that ends: what counts nothing goes; a usage stays, and so does the denial of a
    // default.
    bool is_unneeded(const AccessKey &key, const AccessRow &row) const {
        const bool counts = row.counter.used != 0 && now_ < row.counter.period.end;
        return !is_default(key.feature_key) && !counts && row.holds.total == 0 && row.leased == 0 &&
               row.credit_units == 0 && row.prepaid.is_zero();
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
    core::LimitPolicy limits_ = core::LimitPolicy::sum;
    Plans plans_;
    AccessRows stored_;
    AccessRows changed_pools_;
    std::map<AccessKey, std::vector<pg::Uuid>> renewed_; // balances, by whose they are
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

void lock_answers(const pg::Uuid &organization, const pg::Uuid &customer,
                  const std::string &feature_key) {
    const Credits credits = load_credits(organization, {feature_key}, pg::Access::write);
    std::vector<AccessKey> keys;
    for (const std::string &key : with_credits({feature_key}, credits)) {
        keys.push_back({customer, key});
    }
    (void)lock_in_order(organization, std::move(keys), credits);
}

void take_back_all(const pg::Uuid &organization, const std::optional<std::string> &feature_key) {
    static pg::Plan plan{"SELECT DISTINCT s.customer_id, s.feature_key "
                         "FROM billing_internal.usage_slots AS s WHERE s.organization_id = $1 "
                         "AND (s.feature_key = $2 OR $2 IS NULL)",
                         {UUIDOID, TEXTOID}};
    std::vector<AccessKey> keys;
    {
        const pg::Result rows =
            pg::run(plan, pg::Params(organization, feature_key), pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            keys.push_back({rows[i].uuid(0), rows[i].text(1)});
        }
    }
    if (!keys.empty()) {
        const Credits credits = load_credits(organization, {}, pg::Access::write);
        (void)lock_in_order(organization, std::move(keys), credits);
    }
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
    // Who is being changed is resolved by that, or by the next call: this one holds others already.
    customers = customers::take_free(organization, customers);
    if (customers.empty()) {
        return false;
    }
    Resolver(organization, customers, {}, now).run();
    return true;
}

} // namespace billing::entitlements
