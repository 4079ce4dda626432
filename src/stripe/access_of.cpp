#include "stripe/access_of.hpp"

namespace billing::stripe {

entitlements::SubscriptionAccess access_of(subscriptions::Objects &objects,
                                           const subscriptions::Derived &derived) {
    entitlements::SubscriptionAccess out;
    out.subscription = derived.row->id;
    out.customer = *derived.row->customer_id;
    for (const core::AccessInterval &interval : derived.timeline.access) {
        if (interval.product.empty()) {
            continue; // nothing to hang features on
        }
        out.intervals.push_back({objects.products.at(interval.product).id, interval.quantity,
                                 interval.from, interval.from_event, interval.to,
                                 interval.to_event});
    }
    return out;
}

} // namespace billing::stripe
