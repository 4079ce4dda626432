// What a customer held, what products gave, what paid, and which billing period ran, at an earlier
// instant: as it was decided then, and not as it is now.
//
// These need an open Spi and run in a definer function, under EnginePlanning.
#pragma once

#include "entitlements/standing.hpp"

namespace billing::entitlements {

// As load_plans and load_credits, of the rows that stood at `at`.
Plans load_past_plans(const pg::Uuid &organization, const std::vector<pg::Uuid> &products,
                      const Keys &keys, core::Instant at, pg::Access access);
Credits load_past_credits(const pg::Uuid &organization, const Keys &keys, core::Instant at,
                          pg::Access access);

// The customer of that time, with all that was open; each grant with the anchor and the billing
// period that the newest version of its subscription said by then. Empty: there was none yet.
std::optional<Holder> load_past_holder(const Question &question, const Keys &keys);

bool feature_existed(const Question &question, const std::string &feature_key);

// The billing periods of a subscription, each from the version on that told of it.
class BillingPeriods {
  public:
    void add(core::Instant from, const core::QuotaPeriod &period);
    std::optional<core::QuotaPeriod> at(core::Instant at) const;
    using Place = std::vector<std::pair<core::Instant, core::QuotaPeriod>>::const_iterator;
    Place after(core::Instant at) const;
    Place end() const { return periods_.end(); }

  private:
    std::vector<std::pair<core::Instant, core::QuotaPeriod>> periods_;
};
// Up to the instant of the question; none, where the grant does not follow them.
BillingPeriods load_billing_periods(const Question &question, const Override &one);

} // namespace billing::entitlements
