#include "stripe/work.hpp"

#include "analytics/ledger.hpp"
#include "customers/primary.hpp"
#include "entitlements/grants.hpp"
#include "pg/batch_writer.hpp"
#include "stripe/access_of.hpp"
#include "stripe/belongings.hpp"

#include <algorithm>

namespace billing::stripe {

Work::Work(const tenancy::Organization &organization, core::Instant now,
           const std::vector<Event *> &events)
    : organization_(organization), now_(now), events_(events) {}

void Work::run() {
    for (const Event *event : events_) {
        want(*event);
    }
    load();
    for (const Event *event : events_) {
        apply(*event);
    }
    finish();
}

void Work::want(const Event &event) {
    std::visit(
        [&](const auto &facts) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(facts)>, std::monostate>) {
                stripe::want(*this, event, facts);
            }
        },
        event.facts);
}

void Work::apply(const Event &event) {
    std::visit(
        [&](const auto &facts) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(facts)>, std::monostate>) {
                stripe::apply(*this, event, facts);
            }
        },
        event.facts);
}

void Work::load() {
    const pg::Uuid &id = organization_.id;
    // First: what is read below names the customers that stay.
    for (const customers::Merge &merge : links.settle(id)) {
        move_belongings(merge);
    }
    objects.products.load(id);
    objects.prices.load(id);
    objects.coupons.load(id);
    objects.customers.load(id);
    objects.discounts.load(id);
    objects.subscriptions.load(id);
    revenue.invoices.load(id);
    revenue.reversals.load(id);
}

void Work::move_belongings(const customers::Merge &merge) {
    const Belongings moved = stripe::move_belongings(organization_.id, merge, now_);
    for (const std::string &id : moved.subscriptions) {
        touch_subscription(id);
    }
    for (const std::string &id : moved.invoices) {
        revenue.invoices.want(id);
        touch_invoice(id);
    }
    merged_away_.push_back(merge.from);
    merged_into_.push_back(merge.to);
}

void Work::merge(const customers::Merge &merge) {
    move_belongings(merge);
    load();
    finish();
}

void Work::add_version(const std::string &stripe_id, const core::Version &version) {
    versions_[objects.subscriptions.at(stripe_id).id].push_back(version);
}

std::string Work::body_of(const std::string &event_id) {
    for (const Event *event : events_) {
        if (event->event_id == event_id) {
            return event->body;
        }
    }
    static pg::Plan plan{"SELECT body FROM billing_internal.events "
                         "WHERE organization_id = $1 AND event_id = $2",
                         {UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization_.id, event_id), pg::Access::write);
    return rows.empty() ? std::string() : rows[0].bytes(0);
}

// A snapshot may name a discount, and that one its coupon: whom the coupon's terms concern.
void Work::touch_discounts_of_coupons() {
    static pg::Plan plan{
        "SELECT d.stripe_discount_id, d.stripe_subscription_id, d.stripe_customer_id "
        "FROM billing_internal.discounts AS d "
        "WHERE d.organization_id = $1 AND d.stripe_coupon_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    if (touched_references_.empty()) {
        return;
    }
    const auto touch = [this](const std::string &id, const std::string &subscription,
                              const std::string &customer) {
        touch_references_to(id);
        if (!subscription.empty()) {
            touch_subscription(subscription);
        } else if (!customer.empty()) {
            touch_subscriptions_of(customer);
        }
    };
    const std::set<std::string> changed = touched_references_;
    for (const auto &[id, discount] : objects.discounts.rows()) {
        const core::DiscountFacts &facts = discount.facts;
        if (facts.coupon && changed.count(facts.coupon->id) > 0) {
            touch(id, facts.subscription, facts.customer);
        }
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization_.id, changed), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        touch(rows[i].text(0), rows[i].text(1), rows[i].text(2));
    }
}

// Everybody whom a change of something shared concerns.
void Work::find_touched() {
    static pg::Plan of_customers{
        "SELECT s.stripe_subscription_id FROM billing_internal.customers AS c "
        "JOIN LATERAL (SELECT t.stripe_subscription_id FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.customer_id = COALESCE(c.merged_into, c.id) "
        "OFFSET 0) AS s ON true "
        "WHERE c.organization_id = $1 AND c.stripe_customer_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    static pg::Plan of_references{
        "SELECT s.stripe_subscription_id FROM billing_internal.catalogue_references AS r "
        "JOIN LATERAL (SELECT t.stripe_subscription_id FROM billing_internal.subscriptions AS t "
        "WHERE t.organization_id = $1 AND t.id = r.subscription_id OFFSET 0) AS s ON true "
        "WHERE r.organization_id = $1 AND r.stripe_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    const auto collect = [this](pg::Plan &plan, const std::set<std::string> &ids) {
        if (ids.empty()) {
            return;
        }
        const pg::Result rows = pg::run(plan, pg::keyed(organization_.id, ids), pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            touched_.insert(rows[i].text(0));
        }
    };
    touch_discounts_of_coupons();
    collect(of_customers, touched_customers_);
    collect(of_references, touched_references_);
    for (const std::string &id : touched_) {
        objects.subscriptions.want(id);
    }
    objects.subscriptions.load(organization_.id);
}

void Work::write_objects() {
    const pg::Uuid &id = organization_.id;
    objects.customers.flush(id);
    objects.products.flush(id);
    objects.prices.flush(id);
    objects.coupons.flush(id);
    objects.discounts.flush(id);
    objects.subscriptions.flush(id);
    revenue.invoices.flush(id);
    revenue.reversals.flush(id);
    revenue.links.flush(id);
}

void Work::write_references() {
    static pg::BatchWriter writer{"catalogue_references",
                                  pg::OnConflict::skip,
                                  0,
                                  {{"stripe_id", TEXTOID}, {"subscription_id", UUIDOID}}};
    pg::Columns rows = writer.columns();
    for (const auto &[stripe_id, subscription] : references_) {
        rows.row(stripe_id, objects.subscriptions.at(subscription).id);
    }
    writer.write(organization_.id, rows);
}

// The touched subscriptions, those of one customer together. One that others only referred to has
// no version and nothing to derive.
std::vector<std::string> Work::derivable() {
    std::vector<std::pair<pg::Uuid, std::string>> found;
    for (const std::string &id : touched_) {
        const subscriptions::SubscriptionRow *row = objects.subscriptions.find(id);
        if (row != nullptr && row->customer_id) {
            found.emplace_back(*row->customer_id, id);
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> ids;
    ids.reserve(found.size());
    for (auto &[customer, id] : found) {
        ids.push_back(std::move(id));
    }
    return ids;
}

void Work::write_versions() {
    subscriptions::VersionWriter versions;
    for (const auto &[subscription, fresh] : versions_) {
        for (const core::Version &version : fresh) {
            versions.add(subscription, version);
        }
    }
    versions.flush(organization_.id);
}

void Work::write_derived(const std::vector<subscriptions::Derived> &derived) {
    if (derived.empty()) {
        return;
    }
    analytics::Ledger ledger(organization_, now_);
    ledger.take_over_from(merged_away_);
    ledger.replace(objects, derived);
    std::vector<entitlements::SubscriptionAccess> access;
    std::vector<pg::Uuid> customers;
    for (const subscriptions::Derived &one : derived) {
        access.push_back(access_of(objects, one));
        customers.push_back(*one.row->customer_id);
    }
    entitlements::replace_grants(organization_, access);
    customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
    // All of them, not only those whose grants changed: a quota may follow the billing period.
    entitlements::resolve_access(organization_, customers, now_);
}

// One event may concern every subscription there is, as the terms of a coupon do: they are derived
// in portions, so that memory stays bounded, and a customer's never apart, since they net together.
void Work::derive_and_write() {
    constexpr size_t kPortion = 500;
    const std::vector<std::string> ids = derivable();
    take_customers(ids);
    const auto customer_of = [&](size_t i) { return objects.subscriptions.at(ids[i]).customer_id; };
    size_t from = 0;
    do {
        size_t to = std::min(from + kPortion, ids.size());
        while (to < ids.size() && customer_of(to) == customer_of(to - 1)) {
            ++to;
        }
        const auto at = [&ids](size_t i) { return ids.begin() + static_cast<ptrdiff_t>(i); };
        const auto derived =
            subscriptions::derive(organization_, objects, {at(from), at(to)}, versions_);
        write_objects();
        if (from == 0) {
            write_versions();
            write_references();
        }
        write_derived(derived);
        from = to;
    } while (from < ids.size());
    write_summaries();
    write_feature_lists();
    if (const std::vector<pg::Uuid> rest = others(); !rest.empty()) {
        entitlements::resolve_access(organization_, rest, now_);
    }
}

// Whose access changes without a subscription of theirs: archived, or joined.
std::vector<pg::Uuid> Work::others() {
    std::vector<pg::Uuid> others = merged_away_;
    others.insert(others.end(), merged_into_.begin(), merged_into_.end());
    for (const entitlements::EntitlementSummary &summary : summaries_) {
        others.push_back(summary.customer);
    }
    for (const std::string &id : touched_customers_) {
        if (const customers::CustomerRow *row = objects.customers.find(id)) {
            others.push_back(row->owner()); // archived, perhaps
        }
    }
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    return others;
}

// All at once and before anything is written: whoever waited for one with others in hand could be
// waited for.
void Work::take_customers(const std::vector<std::string> &derivable) {
    std::vector<pg::Uuid> all = others();
    for (const std::string &id : derivable) {
        all.push_back(*objects.subscriptions.at(id).customer_id);
    }
    for (const std::vector<pg::Uuid> &more : {objects.customers.written(), told_owners()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    customers::take(organization_.id, std::move(all));
}

void Work::finish() {
    find_touched();
    derive_and_write();
    if (!invoices_.empty() || !reversals_.empty() || !revenue.links.news().empty()) {
        analytics::replace_revenue(organization_, revenue, {invoices_.begin(), invoices_.end()},
                                   {reversals_.begin(), reversals_.end()});
    }
    // Last of all: what the batch has of the rows in memory is not written again.
    customers::settle_primaries(organization_.id, told_owners());
}

// Of whom Stripe said something itself.
std::vector<pg::Uuid> Work::told_owners() {
    std::vector<pg::Uuid> owners = merged_into_;
    for (const std::string &id : told_customers_) {
        if (const customers::CustomerRow *row = objects.customers.find(id)) {
            owners.push_back(row->owner());
        }
    }
    std::sort(owners.begin(), owners.end());
    owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
    return owners;
}

} // namespace billing::stripe
