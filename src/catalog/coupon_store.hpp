// The coupons that a batch of events touches.
#pragma once

#include "core/objects.hpp"
#include "pg/store.hpp"

namespace billing::catalog {

struct CouponRow : pg::StoredRow {
    core::CouponFacts facts;
    bool known = false; // facts say more than the id
    std::string name;
    std::optional<core::Instant> deleted_at;

    void assign(const core::CouponRow &row);
    // Takes applies_to where it was not said yet: it comes only expanded, and terms never change.
    void fill(const core::CouponFacts &other);
    void assign_embedded(const core::CouponFacts &copy);
};

class CouponStore : public pg::Store<CouponRow> {
  public:
    void load(const pg::Uuid &organization);
    void flush(const pg::Uuid &organization);
};

// A coupon that came as an id alone tells nothing.
inline bool tells_terms(const core::CouponFacts &coupon) {
    return coupon.percent_off.has_value() || coupon.amount_off.has_value();
}

} // namespace billing::catalog
