#include "subscriptions/derivation.hpp"

#include <algorithm>

namespace billing::subscriptions {

namespace {

template <class Each>
void each_discount(const core::SubscriptionSnapshot &snapshot, Each each) {
    for (const core::DiscountFacts &discount : snapshot.discounts) {
        each(discount);
    }
    for (const core::ItemSnapshot &item : snapshot.items) {
        for (const core::DiscountFacts &discount : item.discounts) {
            each(discount);
        }
    }
}

bool leans_on_price(const core::SubscriptionSnapshot &snapshot, const core::PriceFacts &price) {
    return price.tiers_missing() || price.interval == core::Interval::none ||
           (!price.amounts.unit_amount && price.amounts.tiers.empty()) ||
           (!price.amounts.currency.empty() && price.amounts.currency != snapshot.currency);
}

bool leans_on_coupon(const core::CouponFacts &coupon) {
    return !coupon.applies_to || !catalog::tells_terms(coupon);
}

void load_inputs(const tenancy::Organization &organization, Objects &objects,
                 const std::vector<Derived *> &derived) {
    std::vector<std::string> customers;
    for (const Derived *one : derived) {
        if (!one->row->stripe_customer.empty()) {
            customers.push_back(one->row->stripe_customer);
            objects.customers.want(one->row->stripe_customer);
        }
        for (const core::Version &version : one->input.versions) {
            want_objects(objects, version.snapshot);
        }
    }
    objects.discounts.load_of_customers(organization.id, customers);
    objects.discounts.load(organization.id);
    // A stored discount may name its coupon alone.
    for (const auto &[id, discount] : objects.discounts.rows()) {
        if (discount.facts.coupon) {
            objects.coupons.want(discount.facts.coupon->id);
        }
    }
    objects.products.load(organization.id);
    objects.prices.load(organization.id);
    objects.coupons.load(organization.id);
    objects.customers.load(organization.id);
}

// Discounts that came by events of their own, and the end of the customer.
void attach(Objects &objects, Derived &one,
            const std::unordered_map<std::string, std::vector<const customers::DiscountRow *>>
                &by_customer) {
    const std::string &customer_id = one.row->stripe_customer;
    const auto found = by_customer.find(customer_id);
    if (found != by_customer.end()) {
        for (const customers::DiscountRow *discount : found->second) {
            const core::DiscountFacts &facts = discount->facts;
            if (facts.subscription.empty() && facts.subscription_item.empty()) {
                one.input.customer_discounts.push_back(discount->as_attached());
            } else if (facts.subscription == one.stripe_id && facts.subscription_item.empty()) {
                one.input.attached.push_back(discount->as_attached());
            }
        }
    }
    const customers::CustomerRow *customer = objects.customers.find(customer_id);
    if (customer != nullptr && customer->deleted_at) {
        one.input.customer_deleted = {*customer->deleted_at, customer->deleted_event_id};
    }
    // Stores are hash maps: their order must not decide anything.
    const auto by_id = [](const core::AttachedDiscount &a, const core::AttachedDiscount &b) {
        return std::tie(a.created, a.discount.id) < std::tie(b.created, b.discount.id);
    };
    std::sort(one.input.attached.begin(), one.input.attached.end(), by_id);
    std::sort(one.input.customer_discounts.begin(), one.input.customer_discounts.end(), by_id);
}

// Stripe's item ids are distinct; what claims otherwise still has to fit the table.
std::string distinct_id(const std::vector<ItemRow> &items, const std::string &id) {
    std::string distinct = id.empty() ? "item" : id;
    const auto taken = [&] {
        return std::any_of(items.begin(), items.end(),
                           [&](const ItemRow &item) { return item.stripe_id == distinct; });
    };
    for (int n = 2; taken(); ++n) {
        distinct = (id.empty() ? "item" : id) + "#" + std::to_string(n);
    }
    return distinct;
}

// In live mode a subscription under a test clock is a simulation: its row is kept, its amounts and
// standings are nobody's.
void leave_out_simulated(const tenancy::Organization &organization, core::Timeline &timeline) {
    const bool live = organization.livemode.value_or(false);
    if (live && !timeline.versions.empty() &&
        !timeline.versions[timeline.current].snapshot.test_clock.empty()) {
        timeline.changes.clear();
        timeline.statuses.clear();
    }
}

void bring_up_to_date(Objects &objects, Derived &one) {
    const core::Timeline &timeline = one.timeline;
    if (timeline.versions.empty()) {
        return;
    }
    const core::Version &current = timeline.versions[timeline.current];
    SubscriptionRow &row = *one.row;
    row.assign(current.snapshot);
    row.unresolved = timeline.unresolved;
    row.updated_at = current.created;
    row.dirty = true;
    row.items.clear();
    for (const core::ItemSnapshot &item : current.snapshot.items) {
        ItemRow out;
        out.stripe_id = distinct_id(row.items, item.id);
        if (!item.price.id.empty()) {
            out.price_id = objects.prices.at(item.price.id).id;
        }
        if (!item.price.product.empty()) {
            out.product_id = objects.products.at(item.price.product).id;
        }
        out.quantity = item.quantity;
        out.period_start = item.period_start;
        out.period_end = item.period_end;
        row.items.push_back(std::move(out));
    }
}

} // namespace

std::vector<std::string> references_of(const core::SubscriptionSnapshot &snapshot) {
    std::vector<std::string> out;
    for (const core::ItemSnapshot &item : snapshot.items) {
        if (leans_on_price(snapshot, item.price)) {
            out.push_back(item.price.id);
        }
    }
    each_discount(snapshot, [&out](const core::DiscountFacts &discount) {
        if (!discount.coupon) {
            out.push_back(discount.id);
        } else if (leans_on_coupon(*discount.coupon)) {
            out.push_back(discount.coupon->id);
        }
    });
    std::erase_if(out, [](const std::string &id) { return id.empty(); });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void want_objects(Objects &objects, const core::SubscriptionSnapshot &snapshot) {
    for (const core::ItemSnapshot &item : snapshot.items) {
        objects.prices.want(item.price.id);
        objects.products.want(item.price.product);
    }
    each_discount(snapshot, [&objects](const core::DiscountFacts &discount) {
        objects.discounts.want(discount.id);
        if (discount.coupon) {
            objects.coupons.want(discount.coupon->id);
        }
    });
}

core::Catalogue catalogue_of(Objects &objects) {
    core::Catalogue catalogue;
    catalogue.price = [&objects](const std::string &id) -> const core::PriceFacts * {
        const catalog::PriceRow *row = objects.prices.find(id);
        return row != nullptr && row->known ? &row->facts : nullptr;
    };
    catalogue.coupon = [&objects](const std::string &id) -> const core::CouponFacts * {
        const catalog::CouponRow *row = objects.coupons.find(id);
        return row != nullptr && row->known ? &row->facts : nullptr;
    };
    catalogue.discount = [&objects](const std::string &id) -> const core::DiscountFacts * {
        const customers::DiscountRow *row = objects.discounts.find(id);
        return row != nullptr && row->facts.coupon ? &row->facts : nullptr;
    };
    return catalogue;
}

std::vector<Derived> derive(const tenancy::Organization &organization, Objects &objects,
                            const std::vector<std::string> &stripe_ids, const VersionMap &fresh) {
    std::vector<Derived> out(stripe_ids.size());
    std::vector<Derived *> pointers;
    std::vector<pg::Uuid> ids;
    for (size_t i = 0; i < out.size(); ++i) {
        out[i].stripe_id = stripe_ids[i];
        out[i].row = &objects.subscriptions.at(stripe_ids[i]);
        ids.push_back(out[i].row->id);
        pointers.push_back(&out[i]);
    }
    VersionMap stored = load_versions(organization.id, ids);
    for (Derived &one : out) {
        std::vector<core::Version> &versions = one.input.versions;
        versions = std::move(stored[one.row->id]);
        if (const auto found = fresh.find(one.row->id); found != fresh.end()) {
            for (const core::Version &version : found->second) {
                const bool known =
                    std::any_of(versions.begin(), versions.end(), [&](const core::Version &v) {
                        return v.event_id == version.event_id;
                    });
                if (!known) {
                    versions.push_back(version);
                }
            }
        }
    }
    load_inputs(organization, objects, pointers);
    std::unordered_map<std::string, std::vector<const customers::DiscountRow *>> by_customer;
    for (const auto &[id, discount] : objects.discounts.rows()) {
        if (discount.attached) {
            by_customer[discount.facts.customer].push_back(&discount);
        }
    }
    const core::Catalogue catalogue = catalogue_of(objects);
    for (Derived &one : out) {
        attach(objects, one, by_customer);
        std::vector<core::Version> versions = std::exchange(one.input.versions, {});
        core::TimelineInput input = one.input;
        input.versions = std::move(versions);
        one.timeline = core::derive(std::move(input), catalogue, organization.settings);
        leave_out_simulated(organization, one.timeline);
        bring_up_to_date(objects, one);
    }
    return out;
}

} // namespace billing::subscriptions
