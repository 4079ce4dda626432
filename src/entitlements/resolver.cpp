#include "entitlements/resolver.hpp"

#include "entitlements/access_rows.hpp"
#include "entitlements/holdings.hpp"

#include <algorithm>
#include <set>

namespace billing::entitlements {

namespace {

// The changes that a batch of customers needs, found without locking what stays.
struct Changes {
    AccessRows inserts;
    AccessRows updates;             // with the counter as it was read
    std::vector<AccessKey> endings; // of answers that hold and shall not
};

class Resolver {
  public:
    Resolver(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
             core::Instant now)
        : organization_(organization), customers_(customers), now_(now) {
        std::sort(customers_.begin(), customers_.end());
        customers_.erase(std::unique(customers_.begin(), customers_.end()), customers_.end());
        holders_ = load_holders(organization_, customers_, now_, pg::Access::write);
    }

    void all_features() {
        plans_ = load_plans(organization_, products_of(holders_), pg::Access::write);
        stored_ = load_rows(organization_, customers_, pg::Access::write);
        ends_with_grants_ = true;
        write(compare());
    }

    void one_feature(const std::string &key) {
        plans_ = load_plans_of(organization_, products_of(holders_), key, pg::Access::write);
        stored_ = load_rows_of(organization_, customers_, key);
        write(compare());
    }

  private:
    Changes compare() {
        read_default_keys();
        Changes changes;
        auto row = stored_.cbegin(); // ordered by customer, as customers_ are
        for (const pg::Uuid &customer : customers_) {
            const auto holder = holders_.find(customer);
            Resolutions wanted =
                holder == holders_.end() ? Resolutions{} : resolve(holder->second, plans_);
            std::set<std::string_view> seen;
            for (; row != stored_.cend() && row->first.customer == customer; ++row) {
                seen.insert(row->first.feature_key);
                compare_row(*row, wanted, changes);
            }
            for (auto &[key, answer] : wanted) {
                if (seen.count(key) == 0) {
                    insert(changes, {customer, key}, std::move(answer));
                }
            }
            for (const PlanFeature *given : default_features_) {
                if (seen.count(given->key) == 0 && wanted.count(given->key) == 0) {
                    insert(changes, {customer, given->key}, denial(*given));
                }
            }
        }
        return changes;
    }

    void read_default_keys() {
        if (const auto defaults = plans_.find(pg::Uuid{}); defaults != plans_.end()) {
            for (const PlanFeature &feature : defaults->second) {
                default_features_.push_back(&feature);
            }
        }
    }

    void compare_row(const AccessRows::value_type &row, const Resolutions &wanted,
                     Changes &changes) const {
        const auto answer = wanted.find(row.first.feature_key);
        if (answer != wanted.end()) {
            if (!(answer->second == row.second.resolution)) {
                changes.updates[row.first] = {answer->second, row.second.counter};
            }
        } else if (now_ < row.second.resolution.until) {
            changes.endings.push_back(row.first);
        }
    }

    void insert(Changes &changes, AccessKey key, Resolution answer) const {
        const core::QuotaPeriod period =
            core::quota_period(answer.reset, answer.anchor, now_, answer.billing);
        changes.inserts[std::move(key)] = {std::move(answer), {0, period}};
    }

    static Resolution denial(const PlanFeature &given) {
        Resolution out;
        out.kind = given.kind;
        out.source = "default";
        out.until = out.from;
        return out;
    }

    void write(const Changes &changes) {
        if (!changes.inserts.empty()) {
            insert_rows(organization_, changes.inserts);
        }
        if (!changes.updates.empty()) {
            update(changes.updates);
        }
        if (!changes.endings.empty()) {
            end(changes.endings);
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
            const Resolution &answer = wanted.at(key).resolution;
            row.counter = settle(row.resolution, row.counter, answer, now_);
            row.resolution = answer;
        }
        update_rows(organization_, rows);
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
        if (rows.empty()) {
            return;
        }
        const LastEnds ends = ends_with_grants_ ? last_ends(rows) : LastEnds{};
        for (auto &[key, row] : rows) {
            row.counter = settle(row.resolution, row.counter, row.resolution, now_);
            const auto last = ends.find(key.customer);
            end_answer(row.resolution, key.customer, last == ends.end() ? nullptr : &last->second);
        }
        update_rows(organization_, rows);
    }

    LastEnds last_ends(const AccessRows &rows) const {
        std::vector<pg::Uuid> customers;
        for (const auto &[key, row] : rows) {
            if (customers.empty() || customers.back() != key.customer) {
                customers.push_back(key.customer);
            }
        }
        return load_last_ends(organization_, customers, now_, pg::Access::write);
    }

    // The end is that of the customer, of the last grant, or, when the plan changed, now.
    void end_answer(Resolution &answer, const pg::Uuid &customer, const LastEnd *last) const {
        answer.until = now_;
        const auto holder = holders_.find(customer);
        if (holder != holders_.end() && holder->second.archived) {
            answer.until = holder->second.archived_at;
        } else if (last != nullptr && answer.source == "plan" && last->at >= answer.from) {
            answer.until = last->at;
            answer.event_id = last->event_id;
        }
    }

    bool is_default(const std::string &key) const {
        return std::any_of(default_features_.begin(), default_features_.end(),
                           [&key](const PlanFeature *given) { return given->key == key; });
    }

    pg::Uuid organization_;
    std::vector<pg::Uuid> customers_;
    core::Instant now_;
    Holders holders_;
    Plans plans_;
    AccessRows stored_;
    std::vector<const PlanFeature *> default_features_;
    bool ends_with_grants_ = false;
};

} // namespace

void resolve_access(const tenancy::Organization &organization,
                    const std::vector<pg::Uuid> &customers, core::Instant now) {
    if (!customers.empty()) {
        Resolver(organization.id, customers, now).all_features();
    }
}

void resolve_feature(const pg::Uuid &organization, const std::vector<pg::Uuid> &customers,
                     const std::string &feature_key, core::Instant now) {
    if (!customers.empty()) {
        Resolver(organization, customers, now).one_feature(feature_key);
    }
}

} // namespace billing::entitlements
