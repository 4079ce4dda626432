#include "stripe/shapes/hash.hpp"
#include "stripe/shapes/subscription.hpp"

namespace billing::stripe {
namespace {

// Empty and any instant differ; so do two fields that swap their values, by their place.
void add(Hash &hash, const std::optional<core::Instant> &at) {
    hash.add(uint64_t{at.has_value()}).add(static_cast<uint64_t>(at.value_or(0)));
}

void add(Hash &hash, core::Decimal value) {
    const auto scaled = static_cast<unsigned __int128>(value.scaled());
    hash.add(static_cast<uint64_t>(scaled)).add(static_cast<uint64_t>(scaled >> 64));
}

// By id alone: a rendering may or may not expand the rest. Without an id, by coupon and start.
void add(Hash &hash, const std::vector<core::DiscountFacts> &discounts) {
    hash.add(uint64_t{discounts.size()});
    for (const core::DiscountFacts &discount : discounts) {
        hash.add(discount.id);
        if (discount.id.empty()) {
            hash.add(discount.coupon ? std::string_view(discount.coupon->id) : "");
            add(hash, discount.start);
        }
    }
}

uint64_t fingerprint_of(const core::ItemSnapshot &item) {
    Hash hash;
    hash.add(item.id).add(item.price.id);
    hash.add(static_cast<uint64_t>(item.quantity.value_or(1)));
    add(hash, item.discounts);
    hash.add(uint64_t{item.inclusive_tax.has_value()});
    add(hash, item.inclusive_tax.value_or(core::Decimal()));
    return hash.value();
}

} // namespace

uint64_t fingerprint(const core::SubscriptionSnapshot &snapshot) {
    Hash hash;
    hash.add(snapshot.id).add(snapshot.customer).add(snapshot.status).add(snapshot.currency);
    hash.add(static_cast<uint64_t>(snapshot.start_date));
    add(hash, snapshot.trial_start);
    add(hash, snapshot.trial_end);
    add(hash, snapshot.period_start);
    add(hash, snapshot.period_end);
    add(hash, snapshot.billing_cycle_anchor);
    add(hash, snapshot.ends_at);
    add(hash, snapshot.canceled_at);
    add(hash, snapshot.ended_at);
    hash.add(static_cast<uint64_t>(snapshot.pause));
    hash.add(uint64_t{snapshot.automatic_tax});
    add(hash, snapshot.default_inclusive_tax);
    add(hash, snapshot.discounts);
    uint64_t items = 0;
    for (const core::ItemSnapshot &item : snapshot.items) {
        items += fingerprint_of(item);
    }
    return hash.add(items).add(uint64_t{snapshot.items_complete}).value();
}

} // namespace billing::stripe
