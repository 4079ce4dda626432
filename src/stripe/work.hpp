// What a batch of events works on: the rows in memory, and who has to be derived again.
//
// A batch goes through four steps: want() names the rows its events touch, load() joins customers
// that turn out to be one and reads the rows, apply() changes them in memory, event by event in the
// order of Stripe's clock, and finish() derives and writes. Whoever runs a batch rolls all of it
// back where it fails.
#pragma once

#include "analytics/revenue_entries.hpp"
#include "customers/joining.hpp"
#include "entitlements/product_links.hpp"
#include "entitlements/summaries.hpp"
#include "stripe/event.hpp"
#include "subscriptions/derivation.hpp"

#include <set>
#include <unordered_map>

namespace billing::stripe {

class Work {
  public:
    Work(const tenancy::Organization &organization, core::Instant now,
         const std::vector<Event *> &events);

    void run();
    // The same without events: everything that hangs on one customer moves to another.
    void merge(const customers::Merge &merge);

    // For the appliers of single objects (apply_*.cpp).
    subscriptions::Objects objects;
    analytics::RevenueObjects revenue;
    customers::Links links;
    void touch_subscription(const std::string &stripe_id) { touched_.insert(stripe_id); }
    void touch_subscriptions_of(const std::string &stripe_customer) {
        touched_customers_.insert(stripe_customer);
    }
    // The terms of a price, coupon or discount became known or changed.
    void touch_references_to(const std::string &stripe_id) {
        touched_references_.insert(stripe_id);
    }
    // Stripe said something of a customer itself, or of whom it is.
    void touch_customer(const std::string &stripe_customer) {
        told_customers_.insert(stripe_customer);
    }
    void add_summary(entitlements::EntitlementSummary summary) {
        summaries_.push_back(std::move(summary));
    }
    void add_feature_list(entitlements::FeatureList list) { lists_.push_back(std::move(list)); }
    void touch_invoice(const std::string &stripe_id) { invoices_.insert(stripe_id); }
    void touch_reversal(const std::string &stripe_id) { reversals_.insert(stripe_id); }
    void add_version(const std::string &stripe_id, const core::Version &version);
    void add_reference(const std::string &stripe_id, const std::string &subscription) {
        references_.emplace(stripe_id, subscription);
    }
    // The row that another object refers to; looked for now where no event of the batch named it.
    template <class StoreT>
    auto &referred(StoreT &store, const std::string &stripe_id) {
        if (!store.asked(stripe_id)) {
            store.want(stripe_id);
            store.load(organization_.id);
        }
        return store.at(stripe_id);
    }
    // The body of an event of this organization, of this batch or stored; empty once pruned.
    std::string body_of(const std::string &event_id);

  private:
    void want(const Event &event);
    void load();
    void move_belongings(const customers::Merge &merge);
    void apply(const Event &event);
    void finish();
    void find_touched();
    void touch_discounts_of_coupons();
    void write_objects();
    void write_references();
    void write_versions();
    void derive_and_write();
    void write_derived(const std::vector<subscriptions::Derived> &derived);
    std::vector<std::string> derivable();
    void write_summaries();
    void write_feature_lists();
    std::vector<pg::Uuid> others();
    void take_customers(const std::vector<std::string> &derivable);
    std::vector<pg::Uuid> told_owners();

    const tenancy::Organization &organization_;
    core::Instant now_;
    const std::vector<Event *> &events_;
    std::set<std::string> touched_;
    std::set<std::string> touched_customers_;
    std::set<std::string> told_customers_;
    std::set<std::string> touched_references_;
    std::vector<pg::Uuid> merged_away_;
    std::vector<pg::Uuid> merged_into_;
    std::vector<entitlements::EntitlementSummary> summaries_;
    std::vector<entitlements::FeatureList> lists_;
    std::set<std::string> invoices_;
    std::set<std::string> reversals_;
    std::set<std::pair<std::string, std::string>> references_;
    subscriptions::VersionMap versions_;
};

// One per Stripe object: names the rows it touches, and changes them.
void want(Work &work, const Event &event, const core::CustomerFacts &facts);
void want(Work &work, const Event &event, const core::CheckoutSessionFacts &facts);
void want(Work &work, const Event &event, const core::EntitlementFacts &facts);
void want(Work &work, const Event &event, const core::ProductFeatureFacts &facts);
void want(Work &work, const Event &event, const core::ProductFacts &facts);
void want(Work &work, const Event &event, const core::PriceRow &facts);
void want(Work &work, const Event &event, const core::CouponRow &facts);
void want(Work &work, const Event &event, const core::DiscountFacts &facts);
void want(Work &work, const Event &event, const SubscriptionEvent &facts);
void want(Work &work, const Event &event, const core::InvoiceFacts &facts);
void want(Work &work, const Event &event, const core::InvoicePaymentFacts &facts);
void want(Work &work, const Event &event, const core::ChargeFacts &facts);
void want(Work &work, const Event &event, const RefundEvent &facts);
void want(Work &work, const Event &event, const DisputeEvent &facts);
void want(Work &work, const Event &event, const core::CreditNoteFacts &facts);

void apply(Work &work, const Event &event, const core::CustomerFacts &facts);
void apply(Work &work, const Event &event, const core::CheckoutSessionFacts &facts);
void apply(Work &work, const Event &event, const core::EntitlementFacts &facts);
void apply(Work &work, const Event &event, const core::ProductFeatureFacts &facts);
void apply(Work &work, const Event &event, const core::ProductFacts &facts);
void apply(Work &work, const Event &event, const core::PriceRow &facts);
void apply(Work &work, const Event &event, const core::CouponRow &facts);
void apply(Work &work, const Event &event, const core::DiscountFacts &facts);
void apply(Work &work, const Event &event, const SubscriptionEvent &facts);
void apply(Work &work, const Event &event, const core::InvoiceFacts &facts);
void apply(Work &work, const Event &event, const core::InvoicePaymentFacts &facts);
void apply(Work &work, const Event &event, const core::ChargeFacts &facts);
void apply(Work &work, const Event &event, const RefundEvent &facts);
void apply(Work &work, const Event &event, const DisputeEvent &facts);
void apply(Work &work, const Event &event, const core::CreditNoteFacts &facts);

// Copies of discounts, coupons and prices inside other objects.
void want_embedded(Work &work, const core::DiscountFacts &discount);
void apply_embedded(Work &work, const Event &event, const core::DiscountFacts &discount);

} // namespace billing::stripe
