#include "catalog/feature.hpp"
#include "stripe/work.hpp"

namespace billing::stripe {

namespace {

// A key that no feature can have: whoever is entitled by it is not seen to be.
void raise_alarm(const pg::Uuid &organization, const std::string &lookup_key, core::Instant now) {
    static pg::Plan plan{"INSERT INTO billing_internal.event_alarms "
                         "(organization_id, kind, reference, detail, raised_at) "
                         "VALUES ($1, 'refused_lookup_key', $2, $3, $4) ON CONFLICT DO NOTHING",
                         {UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    const std::string detail = std::string("{\"lookup_key\": \"") + catalog::kKeyRule + "\"}";
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
                raise_alarm(organization_.id, key, now_);
            }
        }
        entitlements::store_summary(organization_.id, summary);
    }
    catalog::ensure_features(organization_.id, features, now_);
}

} // namespace billing::stripe
