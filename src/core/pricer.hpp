// A snapshot made ready for pricing at several instants: bases computed, discounts resolved once.
//
// price_subscription() is this for one instant. The timeline keeps a Pricer for as long as a
// version is in force and asks it for the instants at which a discount starts or ends.
#pragma once

#include "core/pricing.hpp"

#include <vector>

namespace billing::core {

class Explanation;

// What a listed discount means for this subscription under the organization's settings.
enum class Bearing : uint8_t {
    applies,
    left_out, // by the setting `discounts`
    foreign,  // an amount in another currency than the subscription's
    unknown   // terms that nobody told
};

struct ListedDiscount {
    LiveDiscount live; // for Bearing::unknown only id, start and end
    Bearing bearing = Bearing::unknown;

    bool is_live(Instant at) const { return live.start <= at && at < live.end; }
};

class Pricer {
  public:
    // Keeps references into the snapshot and the catalogue, which must outlive it.
    Pricer(const SubscriptionSnapshot &snapshot,
           const std::vector<DiscountFacts> &subscription_discounts, const Catalogue &catalogue,
           const Settings &settings);

    PricingResult price(Instant at, std::vector<Step> *steps = nullptr) const;

    // Appends the starts and ends of its discounts that lie inside (from, to).
    void starts_and_ends(Instant from, Instant to, std::vector<Instant> &starts,
                         std::vector<Instant> &ends) const;

    const std::string &currency() const { return currency_; }

  private:
    struct Line {
        const ItemSnapshot *item = nullptr;
        const std::string *product = nullptr;
        std::optional<Decimal> base; // empty: unknown
        std::vector<ListedDiscount> discounts;
    };

    void take_discounts(Instant at, const Explanation &explain, PricingResult &result) const;

    const SubscriptionSnapshot &snapshot_;
    std::string currency_;
    std::vector<Line> lines_;
    std::vector<ListedDiscount> discounts_;
};

// The currency a subscription is priced in, lower-case: its own, else that of its first item.
std::string currency_of(const SubscriptionSnapshot &snapshot);
// The product of an item, looked up by its price where the snapshot does not say it.
const std::string &product_of(const ItemSnapshot &item, const Catalogue &catalogue);

// Currencies compare without regard to case, whatever the process's locale: Stripe writes both
// ways.
char ascii_lower(char c);
bool same_currency(std::string_view a, std::string_view b);

// Orders intervals by length; 12 months equal a year, 52 weeks or 365 days too.
int64_t interval_length(Interval interval, int32_t interval_count);
Instant add_interval(Instant at, Interval interval, int32_t interval_count);

// Resolves a list for a subscription whose discounts can reach `items`.
std::vector<ListedDiscount> resolve_list(const std::vector<DiscountFacts> &list,
                                         const std::vector<const ItemSnapshot *> &items,
                                         const std::string &currency, const Catalogue &catalogue,
                                         const Settings &settings);
bool applies_to(const CouponFacts &coupon, const std::string &product);

} // namespace billing::core
