#include "entitlements/resolution.hpp"

#include <algorithm>
#include <tuple>

namespace billing::entitlements {

namespace {

struct Contribution {
    const Grant *grant;
    const PlanFeature *feature;
};

// A limit beyond the range of the counter is as good as the range.
int64_t saturated_product(int64_t a, int64_t b) {
    int64_t out = 0;
    return __builtin_mul_overflow(a, b, &out) ? core::kNever : out;
}

int64_t saturated_sum(int64_t a, int64_t b) {
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? core::kNever : out;
}

std::optional<int64_t> quota_of(const Contribution &given) {
    const auto &quota = given.feature->quota;
    if (!quota || !given.feature->per_seat) {
        return quota;
    }
    return saturated_product(*quota, std::max<int64_t>(given.grant->quantity, 0));
}

Resolution from_feature(const PlanFeature &feature) {
    Resolution out;
    out.kind = feature.kind;
    out.value = feature.value;
    if (feature.kind == Kind::metered) {
        out.quota = feature.quota;
        out.overage = feature.overage;
        out.reset = feature.reset;
    }
    return out;
}

// `given` is ordered, and not empty.
Resolution combine(const std::vector<Contribution> &given) {
    const Contribution &lead = given.front();
    Resolution out = from_feature(*lead.feature);
    out.source = "plan";
    out.from = lead.grant->from;
    out.anchor = lead.grant->anchor;
    out.event_id = lead.grant->from_event;
    if (out.reset == core::ResetInterval::billing_period) {
        out.billing = lead.grant->billing;
    }
    if (out.kind != Kind::metered) {
        return out;
    }
    out.quota = quota_of(lead);
    for (auto other = given.begin() + 1; other != given.end(); ++other) {
        const auto more = quota_of(*other);
        out.quota =
            out.quota && more ? std::optional(saturated_sum(*out.quota, *more)) : std::nullopt;
        out.overage = std::max(out.overage, other->feature->overage); // reject, cap, allow
    }
    return out;
}

Resolutions resolve_defaults(const Holder &holder, const Plans &plans) {
    Resolutions out;
    const auto defaults = plans.find(pg::Uuid{});
    if (defaults == plans.end()) {
        return out;
    }
    for (const PlanFeature &feature : defaults->second) {
        Resolution found = from_feature(feature);
        found.source = "default";
        found.anchor = holder.created_at;
        found.until = holder.next_edge;
        out.emplace(feature.key, std::move(found));
    }
    return out;
}

} // namespace

Resolutions resolve(const Holder &holder, const Plans &plans) {
    if (holder.archived) {
        return {};
    }
    if (holder.grants.empty()) {
        return resolve_defaults(holder, plans);
    }
    std::vector<const Grant *> grants;
    for (const Grant &grant : holder.grants) {
        grants.push_back(&grant);
    }
    std::sort(grants.begin(), grants.end(), [](const Grant *a, const Grant *b) {
        return std::tie(a->anchor, a->subscription, a->product, a->from) <
               std::tie(b->anchor, b->subscription, b->product, b->from);
    });
    std::map<std::string, std::vector<Contribution>> given;
    for (const Grant *grant : grants) {
        if (const auto plan = plans.find(grant->product); plan != plans.end()) {
            for (const PlanFeature &feature : plan->second) {
                given[feature.key].push_back({grant, &feature});
            }
        }
    }
    Resolutions out;
    for (const auto &[key, contributions] : given) {
        Resolution found = combine(contributions);
        found.until = holder.next_edge;
        out.emplace(key, std::move(found));
    }
    return out;
}

Counter settle(const Resolution &stored, const Counter &counter, const Resolution &now_holds,
               core::Instant now) {
    Counter out{counter.used,
                core::quota_period(now_holds.reset, now_holds.anchor, now, now_holds.billing)};
    const auto by_billing = core::ResetInterval::billing_period;
    if (stored.reset == by_billing && now_holds.reset == by_billing) {
        if (out.period.start > counter.period.start) {
            out.used = 0;
        }
    } else if (now >= counter.period.end) {
        out.used = 0;
    } else if (stored.reset == now_holds.reset && stored.anchor == now_holds.anchor) {
        // A transaction that began later may have opened the next period already.
        out.period = counter.period;
    }
    return out;
}

} // namespace billing::entitlements
