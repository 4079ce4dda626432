#include "core/standing.hpp"

#include <algorithm>

namespace billing::core {
namespace {

bool pause_suspends(PauseBehavior pause, PausePolicy policy) {
    switch (policy) {
    case PausePolicy::include:
        return false;
    case PausePolicy::exclude:
        return pause != PauseBehavior::none;
    case PausePolicy::by_behavior:
        break;
    }
    return pause == PauseBehavior::void_ || pause == PauseBehavior::mark_uncollectible;
}

const SubscriptionSnapshot &snapshot_of(const Moment &moment) {
    return moment.stretch->version->snapshot;
}

// Unsigned: only equality is asked for, and sums of absurd quantities may wrap.
uint64_t quantity_of(const SubscriptionSnapshot &snapshot, const std::string &price) {
    uint64_t sum = 0;
    for (const ItemSnapshot &item : snapshot.items) {
        sum += item.price.id == price ? static_cast<uint64_t>(item.quantity.value_or(1)) : 0;
    }
    return sum;
}

bool has_price(const SubscriptionSnapshot &snapshot, const std::string &price) {
    return std::any_of(snapshot.items.begin(), snapshot.items.end(),
                       [&](const ItemSnapshot &item) { return item.price.id == price; });
}

bool has_all_prices_of(const SubscriptionSnapshot &snapshot, const SubscriptionSnapshot &other) {
    return std::all_of(other.items.begin(), other.items.end(), [&](const ItemSnapshot &item) {
        return has_price(snapshot, item.price.id);
    });
}

bool same_quantities(const SubscriptionSnapshot &a, const SubscriptionSnapshot &b) {
    return std::all_of(b.items.begin(), b.items.end(), [&](const ItemSnapshot &item) {
        return quantity_of(a, item.price.id) == quantity_of(b, item.price.id);
    });
}

bool same_ids(const std::vector<DiscountFacts> &a, const std::vector<DiscountFacts> &b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto &x, const auto &y) { return x.id == y.id; });
}

bool same_discounts(const Moment &a, const Moment &b) {
    const auto &before = snapshot_of(a).items;
    const auto &after = snapshot_of(b).items;
    return same_ids(*a.discounts, *b.discounts) &&
           std::equal(
               before.begin(), before.end(), after.begin(), after.end(),
               [](const auto &x, const auto &y) { return same_ids(x.discounts, y.discounts); });
}

// Empty where the status says nothing about why amounts changed.
std::string_view reason_by_status(const Moment &before, const Moment &after) {
    const std::string_view was = before.stretch->status;
    const std::string_view is = after.stretch->status;
    if (was != is && (is == "unpaid" || is == "paused")) {
        return is;
    }
    if (was != is && is == "trialing") {
        return "trial_started";
    }
    if (!before.standing.in_service && after.standing.in_service) {
        return was == "trialing" ? "trial_converted"
               : was == "unpaid" ? "recovered"
               : was == "paused" ? "resumed"
                                 : "started";
    }
    const bool grace_was_over = was == "past_due" && !before.standing.mrr;
    if (grace_was_over && is == "active" && after.standing.mrr) {
        return "recovered";
    }
    return {};
}

Instant later_by(Instant at, std::optional<int64_t> period) {
    Instant later = kNever;
    const bool known = period && !__builtin_add_overflow(at, *period, &later);
    return known ? later : kNever;
}

} // namespace

Grace grace_of(const std::vector<Stretch> &stretches, size_t index, const Settings &settings) {
    constexpr std::string_view kPastDue = "past_due";
    if (stretches[index].status != kPastDue ||
        (!settings.past_due_grace && !settings.access_grace)) {
        return {};
    }
    while (index > 0 && stretches[index - 1].status == kPastDue) {
        --index;
    }
    // A first version in service is dated back to its start_date, but it was not past_due all
    // along: only its own creation vouches for that.
    const Stretch &entry = stretches[index];
    const Instant since = std::max(entry.from, entry.version->created);
    return {later_by(since, settings.past_due_grace), later_by(since, settings.access_grace)};
}

Standing standing_at(const Stretch &stretch, Instant at, const Grace &grace,
                     const Settings &settings) {
    const SubscriptionSnapshot &snapshot = stretch.version->snapshot;
    Standing standing;
    standing.in_service = in_service(stretch.status);
    standing.trial = stretch.status == "trialing";
    standing.entitled = standing.trial || (standing.in_service && at < grace.access_until);
    // A listed object that has ended tells of its life before; when its end was asked for is not
    // part of that.
    const bool told_afterwards = snapshot.status == "canceled";
    const bool ending = snapshot.ends_at.has_value() && !told_afterwards;
    standing.mrr = standing.in_service && at < grace.mrr_until &&
                   !pause_suspends(snapshot.pause, settings.pause) &&
                   !(ending && settings.churn_at == ChurnAt::request);
    standing.committed = standing.mrr && !ending;
    return standing;
}

std::string_view reason_of(const Moment &before, const Moment &after, const Settings &settings) {
    if (before.stretch == nullptr) {
        return after.stretch->backfilled ? "backfill"
               : after.standing.trial    ? "trial_started"
                                         : "started";
    }
    if (const std::string_view reason = reason_by_status(before, after); !reason.empty()) {
        return reason;
    }
    const SubscriptionSnapshot &was = snapshot_of(before);
    const SubscriptionSnapshot &is = snapshot_of(after);
    if (was.pause != is.pause && before.standing.mrr != after.standing.mrr) {
        return after.standing.mrr ? "resumed" : "paused";
    }
    const bool end_differs = was.ends_at.has_value() != is.ends_at.has_value();
    const std::string_view end_reason = is.ends_at ? "cancel_requested" : "cancel_withdrawn";
    if (end_differs && settings.churn_at == ChurnAt::request) {
        return end_reason;
    }
    if (!has_all_prices_of(was, is) || !has_all_prices_of(is, was)) {
        return "price_changed";
    }
    if (!same_quantities(was, is)) {
        return "quantity_changed";
    }
    if (!same_discounts(before, after)) {
        return "discount_changed";
    }
    return end_differs ? end_reason : "updated";
}

} // namespace billing::core
