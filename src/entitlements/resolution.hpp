// From what a customer holds to the answer for each feature. No database here.
//
// A block takes the feature. Else grants made by hand for the customer, all of them, hide what a
// subscription gives; those made for a subscription hide what its plan gives; the plans of the
// other subscriptions add up to one pool; the default is for who has no subscription at all.
// Top-ups come on top of each of these. Booleans OR, limits add up, unlimited wins; a plan's quota
// counts per seat where it says so. Of several plans the one with the earliest anchor leads: its
// resets and its event stand for all. Where the setting limits is max, the largest limit that one
// subscription gives counts instead of the sum over all; the products of one still add up.
#pragma once

#include "catalog/feature.hpp"
#include "core/balances.hpp"
#include "core/settings.hpp"
#include "pg/values.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace billing::entitlements {

// A stretch on which a subscription gives a product, open at the instant asked for.
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

using catalog::Kind;

enum class What : uint8_t { grant, top_up, block };
std::optional<What> what_from(std::string_view name);
std::string_view name_of(What what);

// What was given or taken by hand, open at the instant asked for.
struct Override {
    pg::Uuid id;
    std::optional<pg::Uuid> subscription; // open only while that entitles the customer
    std::string feature_key;
    Kind kind = Kind::boolean;
    What what = What::grant;
    std::optional<std::string> value; // JSON
    core::ResetInterval reset = core::ResetInterval::never;
    int64_t rollover_max = 0;
    std::optional<core::QuotaPeriod> billing;
    core::Instant ends = core::kNever; // the earlier of expiry and revocation
    // The balance as it was stored, in the period that begins at period_start.
    core::Balance balance;
    core::Instant period_start = core::kBeginning;
    core::Instant epoch = 0;

    core::QuotaPeriod period_at(core::Instant at) const {
        return core::quota_period(reset, balance.created, at, billing);
    }
    // Starts the period that holds `at`, if a later one than that of the balance.
    void roll_to(core::Instant at);
};

struct Holder {
    std::vector<Grant> grants;
    std::vector<Override> overrides;
    // Features that Stripe Entitlements names, each with the newest summary that does.
    struct Named {
        core::Instant from = 0;
        std::string event;
    };
    std::map<std::string, Named> stripe_keys;
    core::Instant created_at = 0;
    bool archived = false; // or deleted at Stripe
    // When archived; else when time alone will change what is held, overrides apart.
    core::Instant archived_at = core::kNever;
    std::string deleted_by; // the event of Stripe's deletion
    core::Instant next_edge = core::kNever;
};

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

// What pays for a feature, by the feature's key.
struct Credit {
    std::string key;
    core::Decimal cost;
    bool operator==(const Credit &) const = default;
};
using Credits = std::map<std::string, Credit>;

// Who gets a feature and how, on [from, until).
struct Resolution {
    Kind kind = Kind::boolean;
    bool allowed = true;
    std::string source; // plan, default, override, top_up, credits; blocked
    core::Instant from = 0;
    core::Instant until = core::kNever;
    // Of the pool; without one the quota is 0.
    bool pooled = false;
    std::optional<int64_t> quota; // empty: unlimited
    core::Overage overage = core::Overage::reject;
    core::ResetInterval reset = core::ResetInterval::never;
    core::Instant anchor = 0;
    std::optional<core::QuotaPeriod> billing; // only where reset is billing_period
    std::optional<pg::Uuid> billing_of;       // and the subscription whose period that is
    std::vector<pg::Uuid> overrides;          // whose balances count, ascending
    bool follows_billing = false; // an override begins anew when Stripe says so; never stored
    std::optional<Credit> credit;
    std::optional<std::string> value;
    std::string event_id; // or the id of the override that leads

    bool operator==(const Resolution &) const = default;
    bool stands_at(core::Instant at) const { return from <= at && at < until; }
};

using Resolutions = std::map<std::string, Resolution>; // by feature key
Resolutions resolve(const Holder &holder, const Plans &plans, const Credits &credits,
                    core::LimitPolicy limits, core::Instant at);

// A pool that does not count now goes on in its periods.
void keep_pool(Resolution &answer, const Resolution &stored);

// How much of the pool is used, and the period it is counted in. The epoch names the stretch since
// the counter last began at 0.
struct Counter {
    int64_t used = 0;
    core::QuotaPeriod period;
    core::Instant epoch = 0;
};

Counter fresh_counter(const Resolution &answer, core::Instant at);

// The counter at `now` under this resolution. Another plan or quantity keeps it; it starts again
// when its period is over. A billing period is over when Stripe says that the next one began, not
// before; where another subscription leads from now on, when it ends.
Counter settle(const Resolution &stored, const Counter &counter, const Resolution &now_holds,
               core::Instant now);

} // namespace billing::entitlements
