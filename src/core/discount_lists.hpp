// The subscription-level discounts in force: what the version in force lists, what an event of its
// own attached since, and the customer's where the subscription has none.
#pragma once

#include "core/pricer.hpp"
#include "core/timeline.hpp"

#include <string>
#include <vector>

namespace billing::core {

// The terms are resolved, start and end are cut to the time on which it is listed.
struct EnteredDiscount {
    DiscountFacts facts;
    Instant start = kBeginning;
    Instant end = kNever;
    const std::string *own_event = nullptr; // the event that brought it, if not a snapshot
    bool of_customer = false;
};

class DiscountLists {
  public:
    // The discounts must outlive this; `sorted` decides which version an attached one belongs to:
    // the last one not created after it. A later version's own list decides from then on.
    DiscountLists(const std::vector<Version> &sorted, const std::vector<AttachedDiscount> &attached,
                  const std::vector<AttachedDiscount> &of_customer, const Catalogue &catalogue);

    // Whether the version's own list is all there is.
    bool is_plain(const Version &version) const;
    // All that may count while the version is in force, in the order of application.
    std::vector<EnteredDiscount> entries(const Version &version) const;
    // The list at one instant.
    static std::vector<DiscountFacts> at(const std::vector<EnteredDiscount> &entries, Instant at);

  private:
    struct Joined {
        EnteredDiscount entry;
        const Version *host = nullptr; // empty for a customer's
        const AttachedDiscount *attached = nullptr;
    };

    Joined join(const AttachedDiscount &attached) const;

    const Catalogue &catalogue_;
    std::vector<Joined> attached_;
    std::vector<Joined> of_customer_;
};

} // namespace billing::core
