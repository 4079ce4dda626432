#include "stripe/settle.hpp"
#include "stripe/shapes/facts_json.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

namespace {

void apply_embedded_coupon(Work &work, const Event &event, const core::CouponFacts &coupon) {
    if (coupon.id.empty() || !catalog::tells_terms(coupon)) {
        return;
    }
    catalog::CouponRow &row = work.objects.coupons.at(coupon.id);
    const std::string before = row.known ? coupon_json(row.facts) : "";
    const core::Sight sight{event.created, core::kEmbeddedRank, event.event_id};
    if (core::compare(row.seen, sight) == core::Standing::newer) {
        core::take(row.seen, sight);
        row.assign_embedded(coupon);
    } else {
        row.fill(coupon);
    }
    if (coupon_json(row.facts) != before) {
        row.dirty = true;
        work.touch_references_to(coupon.id);
    }
}

// Before 2020-08 a discount had no id: it is the one of its holder.
std::string id_of(const core::DiscountFacts &facts) {
    if (!facts.id.empty()) {
        return facts.id;
    }
    return "discount_of_" + (facts.subscription.empty() ? facts.customer : facts.subscription);
}

void touch_holder(Work &work, const core::DiscountFacts &facts) {
    if (!facts.subscription.empty()) {
        work.touch_subscription(facts.subscription);
    } else if (!facts.customer.empty()) {
        work.touch_subscriptions_of(facts.customer);
    }
}

} // namespace

void want_embedded(Work &work, const core::DiscountFacts &discount) {
    work.objects.discounts.want(discount.id);
    if (discount.coupon) {
        work.objects.coupons.want(discount.coupon->id);
    }
}

void apply_embedded(Work &work, const Event &event, const core::DiscountFacts &discount) {
    if (!discount.coupon) {
        return; // an id alone
    }
    apply_embedded_coupon(work, event, *discount.coupon);
    if (discount.id.empty()) {
        return;
    }
    customers::DiscountRow &row = work.objects.discounts.at(discount.id);
    const core::Sight sight{event.created, core::kEmbeddedRank, event.event_id};
    if (core::compare(row.seen, sight) == core::Standing::newer) {
        row.dirty = true;
        core::take(row.seen, sight);
        row.assign(discount);
        work.touch_references_to(discount.id);
    }
}

void want(Work &work, const Event &, const core::DiscountFacts &facts) {
    core::DiscountFacts named = facts;
    named.id = id_of(facts);
    want_embedded(work, named);
    work.objects.subscriptions.want(facts.subscription);
}

void apply(Work &work, const Event &event, const core::DiscountFacts &facts) {
    const std::string id = id_of(facts);
    if (facts.coupon) {
        apply_embedded_coupon(work, event, *facts.coupon);
    }
    customers::DiscountRow &row = work.objects.discounts.touch(id);
    settle(work, row, event, facts, read_discount);
    row.facts.id = id;
    row.attached = true;
    if (event.deleted) {
        row.mark_removed(event.created);
    }
    touch_holder(work, row.facts);
    work.touch_references_to(id);
}

void want(Work &work, const Event &, const core::CouponRow &facts) {
    work.objects.coupons.want(facts.id);
}

void apply(Work &work, const Event &event, const core::CouponRow &facts) {
    catalog::CouponRow &row = work.objects.coupons.at(facts.id);
    const std::string before = row.known ? coupon_json(row.facts) : "";
    if (!settle(work, row, event, facts, read_coupon) && catalog::tells_terms(facts)) {
        row.fill(facts);
    }
    if (event.deleted || facts.deleted) {
        row.dirty = true;
        row.deleted_at = std::min(row.deleted_at.value_or(event.created), event.created);
    }
    row.facts.id = facts.id;
    if (coupon_json(row.facts) != before) {
        row.dirty = true;
        work.touch_references_to(facts.id);
    }
}

} // namespace billing::stripe
