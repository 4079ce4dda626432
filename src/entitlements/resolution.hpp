// From what a customer holds to the answer for each feature. No database here.
//
// Booleans OR, limits add up, unlimited wins; a plan's quota counts per seat where it says so.
// Where several grants give one feature, the one with the earliest anchor leads: its resets and its
// event stand for all. The defaults are for a customer without any open grant.
#pragma once

#include "catalog/feature.hpp"
#include "core/quota.hpp"
#include "pg/values.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace billing::entitlements {

// A grant that is open at the instant asked for.
struct Grant {
    pg::Uuid subscription;
    pg::Uuid product;
    int64_t quantity = 1;
    core::Instant from = 0;
    std::string from_event;
    core::Instant to = core::kNever;
    core::Instant anchor = 0;
    std::optional<core::QuotaPeriod> billing; // the subscription's current period, where known
};

struct Holder {
    std::vector<Grant> grants;
    core::Instant created_at = 0;
    bool archived = false; // or deleted at Stripe
    // When archived; else when time alone will change what is held.
    core::Instant archived_at = core::kNever;
    std::string deleted_by; // the event of Stripe's deletion
    core::Instant next_edge = core::kNever;
};

using catalog::Kind;

// A feature as a product gives it.
struct PlanFeature {
    std::string key;
    Kind kind = Kind::boolean;
    std::optional<int64_t> quota; // empty: unlimited
    core::ResetInterval reset = core::ResetInterval::month;
    core::Overage overage = core::Overage::reject;
    std::optional<std::string> value; // JSON
    bool per_seat = false;
};
// By product; the defaults are those of the nil product.
using Plans = std::unordered_map<pg::Uuid, std::vector<PlanFeature>, pg::UuidHash>;

// Who gets a feature and how, on [from, until).
struct Resolution {
    Kind kind = Kind::boolean;
    std::string source; // plan or default
    core::Instant from = 0;
    core::Instant until = core::kNever;
    std::optional<int64_t> quota;
    core::Overage overage = core::Overage::reject;
    core::ResetInterval reset = core::ResetInterval::never;
    core::Instant anchor = 0;
    std::optional<core::QuotaPeriod> billing; // only where reset is billing_period
    std::optional<std::string> value;
    std::string event_id;

    bool operator==(const Resolution &) const = default;
    bool holds_at(core::Instant at) const { return from <= at && at < until; }
};

using Resolutions = std::map<std::string, Resolution>; // by feature key
Resolutions resolve(const Holder &holder, const Plans &plans);

// How much of a feature is used, and the period it is counted in.
struct Counter {
    int64_t used = 0;
    core::QuotaPeriod period;
};

// The counter at `now` under this resolution. Another plan or quantity keeps it; it starts again
// when its period is over. A billing period is over when Stripe says that the next one began, not
// before.
Counter settle(const Resolution &stored, const Counter &counter, const Resolution &now_holds,
               core::Instant now);

} // namespace billing::entitlements
