// The price of one stretch of time, and where inside of it time alone changes something.
#pragma once

#include "core/discount_lists.hpp"
#include "core/pricer.hpp"
#include "core/standing.hpp"

#include <optional>
#include <vector>

namespace billing::core {

struct Edge {
    Instant at = 0;
    std::string_view reason;
    const std::string *own_event = nullptr; // empty: the event of the version in force
};

class StretchPricing {
  public:
    // Keeps references to all of them.
    StretchPricing(const Stretch &stretch, const DiscountLists &lists, const Catalogue &catalogue,
                   const Settings &settings);

    // Ordered by time, one per instant. `priced`: whether amounts count here at all.
    std::vector<Edge> edges(const Grace &grace, bool priced);
    // The subscription-level discounts at an instant; `storage` may hold the answer.
    const std::vector<DiscountFacts> &list_at(Instant at,
                                              std::vector<DiscountFacts> &storage) const;
    PricingResult price(Instant at, const std::vector<DiscountFacts> &list);

  private:
    const SubscriptionSnapshot &snapshot() const { return stretch_.version->snapshot; }
    const Pricer &pricer(); // over every discount that may count in the stretch
    void add_discount_edges(std::vector<Edge> &edges);

    const Stretch &stretch_;
    const Catalogue &catalogue_;
    const Settings &settings_;
    bool plain_;
    std::vector<EnteredDiscount> entries_; // empty where the list is plain
    std::optional<Pricer> pricer_;
};

} // namespace billing::core
