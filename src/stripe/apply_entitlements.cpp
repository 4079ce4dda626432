#include "catalog/feature.hpp"
#include "stripe/work.hpp"

namespace billing::stripe {

namespace {

// A key that no feature can have, or one that counts: whoever is entitled by it is not seen to be.
void raise_alarm(const pg::Uuid &organization, const std::string &lookup_key, const char *why,
                 core::Instant now) {
    static pg::Plan plan{"INSERT INTO billing_internal.event_alarms "
                         "(organization_id, kind, reference, detail, raised_at) "
                         "VALUES ($1, 'refused_lookup_key', $2, $3, $4) ON CONFLICT DO NOTHING",
                         {UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    const std::string detail = std::string("{\"lookup_key\": \"") + why + "\"}";
    pg::run(plan, pg::Params(organization, lookup_key, pg::JsonbText{detail}, pg::Timestamp{now}),
            pg::Access::write);
}

} // namespace

void want(Work &work, const Event &, const core::EntitlementFacts &facts) {
    work.objects.customers.want(facts.customer);
}

// Which summary counts is decided when they are read: each is kept as it came.
void apply(Work &work, const Event &event, const core::EntitlementFacts &facts) {
    work.add_summary({work.objects.customers.at(facts.customer).owner(), facts.customer,
                      event.created, event.event_id, facts.lookup_keys, facts.complete});
}

// After the customers are written, before they are resolved.
void Work::write_summaries() {
    std::vector<std::string> features;
    for (const entitlements::EntitlementSummary &summary : summaries_) {
        for (const std::string &key : summary.keys) {
            if (catalog::is_feature_key(key)) {
                features.push_back(key);
            } else {
                raise_alarm(organization_.id, key, catalog::kKeyRule, now_);
            }
        }
        entitlements::store_summary(organization_.id, summary);
    }
    catalog::ensure_features(organization_.id, features, features, now_);
}

void want(Work &work, const Event &, const core::ProductFeatureFacts &facts) {
    work.objects.products.want(facts.product);
}

// As of summaries: which lists count is decided when they are read.
void apply(Work &work, const Event &event, const core::ProductFeatureFacts &facts) {
    entitlements::FeatureList list;
    list.product = work.referred(work.objects.products, facts.product).id;
    list.created = event.created;
    list.event_id = event.event_id;
    list.complete = facts.complete;
    for (const core::ProductFeatureFacts::Link &link : facts.links) {
        list.keys.push_back(link.lookup_key);
        list.names.push_back(link.name.empty() ? link.lookup_key : link.name);
    }
    work.add_feature_list(std::move(list));
}

// After the products are written.
void Work::write_feature_lists() {
    std::set<pg::Uuid> products;
    for (const entitlements::FeatureList &list : lists_) {
        entitlements::store_list(organization_.id, list, now_);
        products.insert(list.product);
    }
    for (const pg::Uuid &product : products) {
        for (const std::string &key : entitlements::follow_lists(organization_.id, product, now_)) {
            raise_alarm(organization_.id, key,
                        catalog::is_feature_key(key) ? "must be that of a boolean feature"
                                                     : catalog::kKeyRule,
                        now_);
        }
    }
}

} // namespace billing::stripe
