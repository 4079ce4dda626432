// Histories of one subscription, written and read as lines of text.
#pragma once

#include "core/timeline.hpp"

#include "core_support.hpp"

#include <string>
#include <vector>

namespace billing::core::test {

inline constexpr int16_t kCreated = 0;
inline constexpr int16_t kUpdated = 1;
inline constexpr int16_t kDeleted = 2;

inline uint64_t fingerprint(const std::string &name) {
    return std::hash<std::string>{}(name);
}

// An event that carries `snapshot`; each has a fingerprint of its own.
inline Version version(Instant created, const std::string &event_id, SubscriptionSnapshot snapshot,
                       int16_t rank = kUpdated) {
    Version made;
    made.created = created;
    made.rank = rank;
    made.event_id = event_id;
    made.own = fingerprint(event_id);
    made.snapshot = std::move(snapshot);
    return made;
}

inline SubscriptionSnapshot monthly(std::string_view unit, const std::string &status = "active",
                                    int64_t quantity = 1) {
    return subscription({item(price("a", unit), quantity)}, status);
}

inline SubscriptionSnapshot ended(SubscriptionSnapshot snapshot, Instant at,
                                  const std::string &status = "canceled") {
    snapshot.status = status;
    snapshot.ended_at = at;
    return snapshot;
}

inline SubscriptionSnapshot starting(SubscriptionSnapshot snapshot, Instant at) {
    snapshot.start_date = at;
    return snapshot;
}

inline Timeline history(std::vector<Version> versions, const Settings &settings = {}) {
    TimelineInput input;
    input.versions = std::move(versions);
    return derive(std::move(input), {}, settings);
}

inline std::string day_of(Instant at) {
    if (at == kNever) {
        return "never";
    }
    const Civil civil = civil_from_day(static_cast<Day>(at / kMicrosPerDay));
    const auto two = [](int32_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(civil.year) + "-" + two(civil.month) + "-" + two(civil.day);
}

using Lines = std::vector<std::string>;

// "date price old>new reason event", old and new of the MRR alone.
inline Lines ledger(const Timeline &timeline) {
    Lines lines;
    for (const MrrChange &row : timeline.changes) {
        lines.push_back(day_of(row.effective_at) + " " + row.price + " " +
                        row.before.mrr.to_string() + ">" + row.after.mrr.to_string() + " " +
                        row.reason + " " + row.event_id);
    }
    return lines;
}

// "date mrr/trial/committed reason".
inline Lines amounts(const Timeline &timeline) {
    Lines lines;
    for (const MrrChange &row : timeline.changes) {
        lines.push_back(day_of(row.effective_at) + " " + row.after.mrr.to_string() + "/" +
                        row.after.trial.to_string() + "/" + row.after.committed.to_string() + " " +
                        row.reason);
    }
    return lines;
}

// "date status" and what it means: s in service, e entitled, x ended.
inline Lines standings(const Timeline &timeline) {
    Lines lines;
    for (const StatusChange &row : timeline.statuses) {
        lines.push_back(day_of(row.effective_at) + " " + row.status + " " +
                        (row.in_service ? "s" : "-") + (row.entitled ? "e" : "-") +
                        (row.ended ? "x" : "-"));
    }
    return lines;
}

// "product xquantity from..to".
inline Lines access(const Timeline &timeline) {
    Lines lines;
    for (const AccessInterval &row : timeline.access) {
        lines.push_back(row.product + " x" + std::to_string(row.quantity) + " " + day_of(row.from) +
                        ".." + day_of(row.to));
    }
    return lines;
}

inline Decimal mrr_at(const Timeline &timeline, Instant at) {
    Decimal sum;
    for (const MrrChange &row : timeline.changes) {
        sum += row.effective_at <= at ? row.after.mrr - row.before.mrr : Decimal();
    }
    return sum;
}

inline const Instant kJan = utc(2024, 1, 1);
inline const Instant kFeb = utc(2024, 2, 1);
inline const Instant kMar = utc(2024, 3, 1);
inline const Instant kJun = utc(2024, 6, 1);
inline const Instant kJul = utc(2024, 7, 1);

inline SubscriptionSnapshot with_discounts(SubscriptionSnapshot snapshot,
                                           std::vector<DiscountFacts> discounts) {
    snapshot.discounts = std::move(discounts);
    return snapshot;
}

inline AttachedDiscount attached(DiscountFacts discount, Instant created,
                                 const std::string &event_id) {
    discount.start = created;
    return {.discount = std::move(discount),
            .removed_at = std::nullopt,
            .created = created,
            .event_id = event_id};
}

} // namespace billing::core::test
