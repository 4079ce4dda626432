#include "entitlements/usage_batch.hpp"

#include "entitlements/claim.hpp"
#include "entitlements/locking_order.hpp"
#include "entitlements/references.hpp"
#include "entitlements/usage.hpp"
#include "pg/index_probe.hpp"

#include <algorithm>
#include <set>
#include <tuple>

extern "C" {
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

using Places = std::vector<size_t>; // of items
using FeatureKeys = std::set<std::string, std::less<>>;

bool has_row(const pg::Uuid &organization, const AccessKey &key) {
    static pg::IndexProbe rows{
        "access",
        "access_probe",
        {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ},
        {{"organization_id", UUIDOID}, {"customer_id", UUIDOID}, {"feature_key", TEXTOID}}};
    if (!rows.is_ready()) {
        rows.prepare();
    }
    const std::array<Datum, 3> values = {pg::as_datum(organization), pg::as_datum(key.customer),
                                         pg::to_datum(key.feature_key)};
    return rows.finds(values.data());
}

class Batch {
  public:
    Batch(const pg::Uuid &organization, std::vector<UsageItem> &items)
        : organization_(organization), items_(items), answers_(items.size()) {}

    std::vector<UsageAnswer> run() {
        find_customers_of_items();
        if (!by_customer_.empty()) {
            load_links();
            share_what_has_no_row();
        }
        for (const auto &[customer, places] : by_customer_) {
            if (places.size() == 1) {
                decide(places);
            } else {
                serve(customer, places);
            }
        }
        return std::move(answers_);
    }

  private:
    const std::string &feature_of(size_t place) const { return items_[place].request.feature_key; }

    void find_customers_of_items() {
        std::set<std::string> references;
        for (const UsageItem &item : items_) {
            references.insert(item.customer);
        }
        const auto found = find_customers(organization_, {references.begin(), references.end()},
                                          pg::Access::write);
        for (size_t place = 0; place < items_.size(); ++place) {
            const auto customer = found.find(items_[place].customer);
            if (customer != found.end()) {
                items_[place].request.customer = customer->second;
                by_customer_[customer->second].push_back(place);
            } else {
                answers_[place].reason = "unknown_customer";
            }
        }
    }

    void load_links() {
        FeatureKeys features;
        for (const UsageItem &item : items_) {
            features.insert(item.request.feature_key);
        }
        credits_ =
            load_credits(organization_, Keys(features.begin(), features.end()), pg::Access::write);
        for (const auto &[feature, credit] : credits_) {
            linked_.insert(feature);
            linked_.insert(credit.key);
        }
    }

    // Who edits a feature's plans holds the feature and waits for rows. So nobody who holds rows
    // waits for a feature, to make the first row of its default.
    void share_what_has_no_row() const {
        FeatureKeys missing;
        for (const auto &[customer, places] : by_customer_) {
            for (const AccessKey &key : keys_of(customer, places)) {
                if (missing.count(key.feature_key) == 0 && !has_row(organization_, key)) {
                    missing.insert(key.feature_key);
                }
            }
        }
        share_features(organization_, Keys(missing.begin(), missing.end()));
    }

    // What the items name, and what pays for it; each once.
    std::vector<AccessKey> keys_of(const pg::Uuid &customer, const Places &places) const {
        FeatureKeys features;
        for (const size_t place : places) {
            features.insert(feature_of(place));
            if (const auto credit = credits_.find(feature_of(place)); credit != credits_.end()) {
                features.insert(credit->second.key);
            }
        }
        std::vector<AccessKey> keys;
        for (const std::string &feature : features) {
            keys.push_back({customer, feature});
        }
        return keys;
    }

    void serve(const pg::Uuid &customer, const Places &places) {
        std::map<std::string_view, Places> asked;
        for (const size_t place : places) {
            asked[feature_of(place)].push_back(place);
        }
        std::vector<AccessKey> keys = keys_of(customer, places);
        sort_for_locking(keys, credits_);
        FeatureKeys locked;
        for (const AccessKey &key : keys) {
            const auto own = asked.find(key.feature_key);
            if (linked_.count(key.feature_key) == 0) {
                serve_alone(key, own->second);
            } else if (own != asked.end() || pays_for_any(key.feature_key, locked)) {
                if (lock_or_make(key)) {
                    locked.insert(key.feature_key);
                }
            }
        }
        serve_linked(places, locked);
    }

    // Of several items the row is locked before the first takes from a slot of it.
    void serve_alone(const AccessKey &key, Places &places) {
        if (places.size() > 1 && !lock_or_make(key)) {
            sort_by_keys(places);
        }
        decide(places);
    }

    void serve_linked(const Places &places, const FeatureKeys &locked) {
        Places in_order;
        Places denied;
        for (const size_t place : places) {
            if (linked_.count(feature_of(place)) > 0) {
                (locked.count(feature_of(place)) > 0 ? in_order : denied).push_back(place);
            }
        }
        decide(in_order);
        sort_by_keys(denied);
        decide(denied);
    }

    void sort_by_keys(Places &places) const {
        const auto less = [this](size_t a, size_t b) {
            const UsageRequest &one = items_[a].request;
            const UsageRequest &other = items_[b].request;
            return std::tie(one.feature_key, one.idempotency_key) <
                   std::tie(other.feature_key, other.idempotency_key);
        };
        std::stable_sort(places.begin(), places.end(), less);
    }

    bool pays_for_any(const std::string &credit_key, const FeatureKeys &features) const {
        return std::any_of(features.begin(), features.end(), [&](const std::string &feature) {
            const auto credit = credits_.find(feature);
            return credit != credits_.end() && credit->second.key == credit_key;
        });
    }

    // False: there is no row, as there is nothing to use.
    bool lock_or_make(const AccessKey &key) const {
        if (lock_row(organization_, key)) {
            return true;
        }
        const core::Instant now = present(std::optional<AccessRow>());
        (void)claim({organization_, key.customer, now, 0, pg::Access::write, false},
                    key.feature_key, std::nullopt);
        return lock_row(organization_, key).has_value();
    }

    void decide(const Places &places) {
        for (const size_t place : places) {
            try {
                answers_[place] = track(items_[place].request);
            } catch (pg::Error &error) {
                throw std::move(error).within(item_field(place));
            }
        }
    }

    pg::Uuid organization_;
    std::vector<UsageItem> &items_;
    std::vector<UsageAnswer> answers_;
    std::map<pg::Uuid, Places> by_customer_;
    Credits credits_;
    FeatureKeys linked_; // what credits pay for, and the credits
};

} // namespace

std::vector<UsageAnswer> track_all(const pg::Uuid &organization, std::vector<UsageItem> &items) {
    return Batch(organization, items).run();
}

} // namespace billing::entitlements
