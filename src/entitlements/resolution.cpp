#include "entitlements/resolution.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace billing::entitlements {

namespace {

constexpr std::array<std::string_view, 3> kWhats = {"grant", "top_up", "block"};

struct Contribution {
    const Grant *grant;
    const PlanFeature *feature;
};

// All that bears on one feature.
struct Given {
    std::vector<Contribution> plans; // ordered by anchor
    std::vector<const Override *> overrides;
    const PlanFeature *fallback = nullptr; // the default
    const Holder::Named *by_stripe = nullptr;
    core::LimitPolicy limits = core::LimitPolicy::sum;
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

void take_feature(Resolution &out, const PlanFeature &feature) {
    out.kind = feature.kind;
    out.value = feature.value;
    if (feature.kind == Kind::metered) {
        out.pooled = true;
        out.quota = feature.quota;
        out.reset = feature.reset;
    }
}

// The pool's periods are those of the earliest plan, hidden or not: a grant made by hand moves no
// reset.
void take_periods(Resolution &out, const Contribution &first) {
    out.anchor = first.grant->anchor;
    if (out.kind == Kind::metered) {
        out.reset = first.feature->reset;
    }
    if (out.reset == core::ResetInterval::billing_period) {
        out.billing = first.grant->billing;
        out.billing_of = first.grant->subscription;
    }
}

// What these give together; unlimited wins.
std::optional<int64_t> limit_of(const std::vector<Contribution> &given, core::LimitPolicy limits) {
    std::map<pg::Uuid, int64_t> sums; // by subscription
    for (const Contribution &one : given) {
        const auto quota = quota_of(one);
        if (!quota) {
            return std::nullopt;
        }
        int64_t &sum = sums[one.grant->subscription];
        sum = saturated_sum(sum, *quota);
    }
    int64_t out = 0;
    for (const auto &[subscription, sum] : sums) {
        out = limits == core::LimitPolicy::max ? std::max(out, sum) : saturated_sum(out, sum);
    }
    return out;
}

// `given` is ordered, and not empty.
void take_plans(Resolution &out, const std::vector<Contribution> &given, core::LimitPolicy limits) {
    const Contribution &lead = given.front();
    take_feature(out, *lead.feature);
    out.source = "plan";
    out.from = lead.grant->from;
    out.event_id = lead.grant->from_event;
    if (out.kind != Kind::metered) {
        return;
    }
    out.quota = limit_of(given, limits);
}

// The most generous that the customer's plans say, hidden or not: a grant made by hand says how
// much there is, and not what happens beyond it.
core::Overage overage_of(const Given &given, bool without_plan) {
    core::Overage out = core::Overage::reject;
    for (const Contribution &one : given.plans) {
        out = std::max(out, one.feature->overage);
    }
    return without_plan && given.fallback != nullptr ? given.fallback->overage : out;
}

bool is_entitled(const Holder &holder, const pg::Uuid &subscription) {
    return std::any_of(holder.grants.begin(), holder.grants.end(),
                       [&](const Grant &grant) { return grant.subscription == subscription; });
}

// What was made by hand, split by where it applies.
struct ByHand {
    const Override *block = nullptr;
    std::vector<const Override *> customer;
    std::vector<const Override *> subscription;
    std::vector<const Override *> top_ups;
};

ByHand by_hand(const Holder &holder, const Given &given) {
    ByHand out;
    for (const Override *one : given.overrides) {
        if (one->what == What::block) {
            out.block = out.block == nullptr ? one : out.block;
        } else if (one->what == What::top_up) {
            out.top_ups.push_back(one);
        } else if (!one->subscription) {
            out.customer.push_back(one);
        } else if (is_entitled(holder, *one->subscription)) {
            out.subscription.push_back(one);
        }
    }
    return out;
}

Resolution blocked(const Override &block) {
    Resolution out;
    out.kind = block.kind;
    out.allowed = false;
    out.source = "blocked";
    out.quota = 0;
    out.from = block.balance.created;
    out.event_id = block.id.to_string();
    return out;
}

// The plan rows of subscriptions without a grant of their own, else the default.
void take_pool(Resolution &out, const Holder &holder, const Given &given,
               const std::vector<const Override *> &of_subscriptions) {
    std::vector<Contribution> left;
    std::copy_if(given.plans.begin(), given.plans.end(), std::back_inserter(left),
                 [&](const Contribution &plan) {
                     return std::none_of(of_subscriptions.begin(), of_subscriptions.end(),
                                         [&](const Override *one) {
                                             return *one->subscription == plan.grant->subscription;
                                         });
                 });
    if (!left.empty()) {
        take_plans(out, left, given.limits);
        take_periods(out, given.plans.front());
    } else if (given.by_stripe != nullptr) {
        out.source = "plan";
        out.from = given.by_stripe->from;
        out.event_id = given.by_stripe->event;
    } else if (holder.grants.empty() && given.fallback != nullptr) {
        take_feature(out, *given.fallback);
        out.source = "default";
        out.anchor = holder.created_at;
    }
}

bool leads(const Override *a, const Override *b) {
    return core::burns_before(a->balance, b->balance);
}

// Grants made by hand, in their burning order: the first one speaks for all.
void add_by_hand(Resolution &out, std::vector<const Override *> chosen, std::string_view source) {
    if (chosen.empty()) {
        return;
    }
    std::sort(chosen.begin(), chosen.end(), leads);
    const Override &lead = *chosen.front();
    out.kind = lead.kind;
    if (out.source.empty() || source == "override") {
        out.source = source;
        out.event_id = lead.id.to_string();
        const auto valued = std::find_if(chosen.begin(), chosen.end(),
                                         [](const Override *one) { return one->value; });
        out.value = valued != chosen.end() ? (*valued)->value : out.value;
    }
    for (const Override *one : chosen) {
        out.from = std::max(out.from, one->balance.created);
        out.follows_billing |= one->reset == core::ResetInterval::billing_period;
        out.overrides.push_back(one->id);
    }
}

core::Instant edge_of(const Holder &holder, const Given &given, const Resolution &found,
                      core::Instant at) {
    core::Instant edge = holder.next_edge;
    for (const Override *one : given.overrides) {
        edge = std::min(edge, one->ends);
        const bool counts = std::find(found.overrides.begin(), found.overrides.end(), one->id) !=
                            found.overrides.end();
        // A billing period ends when Stripe says so.
        if (counts && one->kind == Kind::metered &&
            one->reset != core::ResetInterval::billing_period) {
            edge = std::min(edge, one->period_at(at).end);
        }
    }
    return edge;
}

std::optional<Resolution> resolve_one(const Holder &holder, const Given &given, core::Instant at) {
    const ByHand hand = by_hand(holder, given);
    Resolution out;
    if (hand.block != nullptr) {
        out = blocked(*hand.block);
    } else {
        out.quota = 0;
        if (hand.customer.empty()) {
            take_pool(out, holder, given, hand.subscription);
        }
        add_by_hand(out, hand.customer.empty() ? hand.subscription : hand.customer, "override");
        add_by_hand(out, hand.top_ups, "top_up");
        if (out.source.empty()) {
            return std::nullopt;
        }
        std::sort(out.overrides.begin(), out.overrides.end());
        if (out.kind == Kind::metered) {
            out.overage = overage_of(given, holder.grants.empty());
        }
    }
    out.until = edge_of(holder, given, out, at);
    return out;
}

std::map<std::string, Given> gather(const Holder &holder, const Plans &plans,
                                    core::LimitPolicy limits) {
    std::map<std::string, Given> out;
    std::vector<const Grant *> grants;
    for (const Grant &grant : holder.grants) {
        grants.push_back(&grant);
    }
    std::sort(grants.begin(), grants.end(), [](const Grant *a, const Grant *b) {
        return std::tie(a->anchor, a->subscription, a->product, a->from) <
               std::tie(b->anchor, b->subscription, b->product, b->from);
    });
    for (const Grant *grant : grants) {
        if (const auto plan = plans.find(grant->product); plan != plans.end()) {
            for (const PlanFeature &feature : plan->second) {
                Given &given = out[feature.key];
                given.plans.push_back({grant, &feature});
                given.limits = limits;
            }
        }
    }
    if (const auto defaults = plans.find(pg::Uuid{}); defaults != plans.end()) {
        for (const PlanFeature &feature : defaults->second) {
            out[feature.key].fallback = &feature;
        }
    }
    for (const Override &one : holder.overrides) {
        out[one.feature_key].overrides.push_back(&one);
    }
    for (const auto &[key, named] : holder.stripe_keys) {
        out[key].by_stripe = &named;
    }
    return out;
}

// Whoever holds the credits may use what they pay for.
void add_credits(Resolutions &out, const Credits &credits) {
    for (const auto &[key, credit] : credits) {
        const auto pays = out.find(credit.key);
        if (pays == out.end() || !pays->second.allowed || pays->second.kind != Kind::metered) {
            continue;
        }
        const auto [paid, alone] = out.try_emplace(key);
        Resolution &feature = paid->second;
        if (alone) {
            feature.kind = Kind::metered;
            feature.source = "credits";
            feature.quota = 0;
            feature.from = pays->second.from;
            feature.event_id = pays->second.event_id;
            feature.until = pays->second.until;
        }
        if (feature.allowed) {
            feature.credit = credit;
        }
    }
}

} // namespace

std::optional<What> what_from(std::string_view name) {
    const auto found = std::find(kWhats.begin(), kWhats.end(), name);
    return found == kWhats.end() ? std::nullopt
                                 : std::optional(static_cast<What>(found - kWhats.begin()));
}

std::string_view name_of(What what) {
    return kWhats[static_cast<size_t>(what)];
}

void Override::roll_to(core::Instant at) {
    const core::QuotaPeriod period = period_at(at);
    if (period.start <= period_start) {
        return;
    }
    if (balance.quota && period_start != core::kBeginning) {
        balance.carried =
            core::carry_over(*balance.quota, balance.carried, balance.used, rollover_max,
                             core::periods_between(reset, period_start, period.start));
    }
    balance.used = 0;
    period_start = period.start;
    epoch = std::max(epoch + 1, at);
}

Resolutions resolve(const Holder &holder, const Plans &plans, const Credits &credits,
                    core::LimitPolicy limits, core::Instant at) {
    Resolutions out;
    if (holder.archived) {
        return out;
    }
    for (const auto &[key, given] : gather(holder, plans, limits)) {
        if (auto found = resolve_one(holder, given, at)) {
            out.emplace(key, std::move(*found));
        }
    }
    add_credits(out, credits);
    return out;
}

void keep_pool(Resolution &answer, const Resolution &stored) {
    if (!answer.pooled) {
        answer.reset = stored.reset;
        answer.anchor = stored.anchor;
        answer.billing = stored.billing;
        answer.billing_of = stored.billing_of;
    }
}

Counter fresh_counter(const Resolution &answer, core::Instant at) {
    return {0, core::quota_period(answer.reset, answer.anchor, at, answer.billing), at};
}

Counter settle(const Resolution &stored, const Counter &counter, const Resolution &now_holds,
               core::Instant now) {
    Counter out{counter.used,
                core::quota_period(now_holds.reset, now_holds.anchor, now, now_holds.billing),
                counter.epoch};
    const auto by_billing = core::ResetInterval::billing_period;
    bool over = false;
    if (!now_holds.allowed && stored.reset == by_billing && now >= counter.period.end) {
        over = true; // no later period will come
        out.period = {counter.period.end, core::kNever};
    } else if (stored.reset == by_billing && now_holds.reset == by_billing &&
               stored.billing_of == now_holds.billing_of) {
        over = out.period.start > counter.period.start;
    } else if (now >= counter.period.end) {
        over = true;
    } else if (stored.reset == now_holds.reset && stored.anchor == now_holds.anchor) {
        // A transaction that began later may have opened the next period already.
        out.period = counter.period;
    }
    if (over) {
        out.used = 0;
        out.epoch = std::max(counter.epoch + 1, now);
    }
    return out;
}

} // namespace billing::entitlements
