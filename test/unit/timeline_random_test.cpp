// Random lives of one subscription, judged by promises that hold for every history and by a model
// that asks for one instant at a time what holds then.
#include "core/movements.hpp"
#include "core/timeline.hpp"

#include "timeline_support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace billing::core {
namespace {

using namespace test;

using Random = std::mt19937;

constexpr std::array<const char *, 6> kStatuses = {"active",   "active",     "past_due",
                                                   "trialing", "incomplete", "unpaid"};

Instant random_instant(Random &random) {
    return kJan + static_cast<Instant>(random() % 365) * kMicrosPerDay;
}

DiscountFacts random_discount(Random &random) {
    DiscountFacts discount = percent("d" + std::to_string(random() % 3), "50");
    discount.start = random_instant(random);
    if (random() % 2 == 0) {
        discount.end = *discount.start + static_cast<Instant>(1 + random() % 90) * kMicrosPerDay;
    }
    return discount;
}

SubscriptionSnapshot random_snapshot(Random &random) {
    std::vector<ItemSnapshot> items;
    for (const char *name : {"a", "b", "c"}) {
        if (random() % 2 == 0) {
            items.push_back(item(price(name, std::to_string(100 * (1 + random() % 9))),
                                 1 + static_cast<int64_t>(random() % 3)));
        }
    }
    SubscriptionSnapshot snapshot =
        subscription(std::move(items), kStatuses[random() % kStatuses.size()]);
    snapshot.currency = "usd";
    if (random() % 3 == 0) {
        snapshot.discounts.push_back(random_discount(random));
    }
    if (random() % 5 == 0) {
        snapshot.ends_at = kJul;
    }
    if (random() % 6 == 0) {
        snapshot.pause = PauseBehavior::void_;
    }
    return snapshot;
}

// Many versions share a day, and so an instant: chains, ties and deletions are all in there.
std::vector<Version> random_versions(Random &random, unsigned most) {
    std::vector<Version> versions;
    const unsigned count = 1 + random() % most;
    for (unsigned i = 0; i < count; ++i) {
        Version made = version(random_instant(random), "e" + std::to_string(i),
                               random_snapshot(random), random() % 6 == 0 ? kCreated : kUpdated);
        if (random() % 2 == 0 && !versions.empty()) {
            made.created = versions.back().created;
            made.previous = versions[random() % versions.size()].own;
        }
        if (random() % 20 == 0) {
            made.rank = kDeleted;
            made.snapshot = ended(made.snapshot, made.created);
        }
        versions.push_back(std::move(made));
    }
    return versions;
}

TimelineInput random_input(Random &random, unsigned most = 12) {
    TimelineInput input;
    input.versions = random_versions(random, most);
    for (unsigned i = random() % 3; i > 0; --i) {
        AttachedDiscount one = attached(random_discount(random), random_instant(random),
                                        "e_discount" + std::to_string(i));
        if (random() % 3 == 0) {
            one.removed_at = one.created + 20 * kMicrosPerDay;
        }
        (random() % 3 == 0 ? input.customer_discounts : input.attached).push_back(one);
    }
    if (random() % 8 == 0) {
        input.customer_deleted = {random_instant(random), "e_customer"};
    }
    return input;
}

Settings random_settings(Random &random) {
    Settings settings;
    settings.churn_at = random() % 3 == 0 ? ChurnAt::request : ChurnAt::end;
    if (random() % 2 == 0) {
        settings.past_due_grace = 9 * kMicrosPerDay;
        settings.access_grace = 4 * kMicrosPerDay;
    }
    return settings;
}

Lines everything(const Timeline &timeline) {
    Lines lines = ledger(timeline);
    for (const Lines &more : {amounts(timeline), standings(timeline), access(timeline)}) {
        lines.insert(lines.end(), more.begin(), more.end());
    }
    for (const AccessInterval &interval : timeline.access) {
        lines.push_back(interval.from_event + " " + interval.to_event);
    }
    lines.push_back(timeline.versions[timeline.current].event_id);
    return lines;
}

TEST(RandomTimeline, IsTheSameForAnyOrderOfArrival) {
    Random random(1);
    for (int i = 0; i < 600; ++i) {
        TimelineInput input = random_input(random);
        const Settings settings = random_settings(random);
        const Lines expected = everything(derive(input, {}, settings));
        for (int shuffle = 0; shuffle < 4; ++shuffle) {
            std::shuffle(input.versions.begin(), input.versions.end(), random);
            std::shuffle(input.attached.begin(), input.attached.end(), random);
            ASSERT_EQ(everything(derive(input, {}, settings)), expected) << "history " << i;
        }
    }
}

TEST(RandomTimeline, RowsChainInOrderAndSayOnlyWhatChanges) {
    Random random(2);
    for (int i = 0; i < 600; ++i) {
        const Timeline timeline = derive(random_input(random), {}, random_settings(random));
        std::map<std::string, Amounts> levels;
        std::pair<Instant, std::string> last{kBeginning, ""};
        for (const MrrChange &row : timeline.changes) {
            const std::pair<Instant, std::string> key{row.effective_at, row.price};
            ASSERT_LT(last, key);
            last = key;
            ASSERT_EQ(row.before, levels[row.price]);
            ASSERT_NE(row.before, row.after);
            ASSERT_FALSE(row.reason.empty());
            ASSERT_FALSE(row.event_id.empty());
            levels[row.price] = row.after;
        }
        for (size_t s = 1; s < timeline.statuses.size(); ++s) {
            ASSERT_LT(timeline.statuses[s - 1].effective_at, timeline.statuses[s].effective_at);
            ASSERT_FALSE(timeline.statuses[s - 1].ended);
        }
        if (!timeline.statuses.empty() && timeline.statuses.back().ended) {
            for (const auto &[price, level] : levels) {
                ASSERT_EQ(level, Amounts{}) << price;
            }
        }
    }
}

TEST(RandomTimeline, AccessIntervalsDoNotOverlapAndFollowTheStanding) {
    Random random(3);
    for (int i = 0; i < 600; ++i) {
        const Timeline timeline = derive(random_input(random), {}, random_settings(random));
        std::map<std::string, Instant> until;
        for (const AccessInterval &interval : timeline.access) {
            ASSERT_LT(interval.from, interval.to);
            const auto before = until.find(interval.product);
            ASSERT_TRUE(before == until.end() || before->second <= interval.from);
            until[interval.product] = interval.to;
            ASSERT_EQ(interval.to == kNever, interval.to_event.empty());
        }
        for (const StatusChange &row : timeline.statuses) {
            const bool any = std::any_of(
                timeline.access.begin(), timeline.access.end(), [&](const AccessInterval &a) {
                    return a.from <= row.effective_at && row.effective_at < a.to;
                });
            ASSERT_TRUE(row.entitled || !any) << day_of(row.effective_at);
        }
    }
}

TEST(RandomTimeline, FlowsOfTheLedgerAddUpToItsLevel) {
    Random random(4);
    const Calendar calendar = utc_calendar();
    for (int i = 0; i < 300; ++i) {
        const Timeline timeline = derive(random_input(random), {}, random_settings(random));
        std::vector<LedgerPoint> points;
        for (const MrrChange &row : timeline.changes) {
            LedgerPoint point;
            point.at = row.effective_at;
            point.currency = row.currency;
            point.mrr = row.after.mrr - row.before.mrr;
            point.trial = row.after.trial - row.before.trial;
            point.committed = row.after.committed - row.before.committed;
            points.push_back(point);
        }
        const Instant until = random_instant(random);
        Flows flows;
        net_customer(points, calendar, until, flows);
        for (const Granularity granularity : kGranularities) {
            Decimal sum;
            for (const auto &[key, flow] : flows.mrr) {
                sum += std::get<0>(key) == granularity ? flow.net() : Decimal();
            }
            ASSERT_EQ(sum, mrr_at(timeline, until - 1));
        }
    }
}

// ---- the model ----

// Which version holds at an instant, by looking through all of them; empty before the first and
// after the end. Versions have distinct instants here, so that their order is plain.
const Version *held_at(const std::vector<Version> &versions, Instant at) {
    const Version *held = nullptr;
    for (size_t i = 0; i < versions.size(); ++i) {
        const Version &one = versions[i];
        if (one.snapshot.ended_at) {
            return *one.snapshot.ended_at <= at ? nullptr : held;
        }
        const bool active = one.snapshot.status == "active" || one.snapshot.status == "past_due";
        const Instant from = i == 0 && active ? one.snapshot.start_date : one.created;
        held = from <= at ? &one : held;
    }
    return held;
}

// Every item is monthly and every discount is a half: small enough to write out.
Decimal modelled_mrr(const Version *held, Instant at) {
    if (held == nullptr) {
        return {};
    }
    const SubscriptionSnapshot &snapshot = held->snapshot;
    const bool pays = (snapshot.status == "active" || snapshot.status == "past_due") &&
                      snapshot.pause == PauseBehavior::none;
    Decimal sum;
    for (const ItemSnapshot &one : snapshot.items) {
        sum += pays ? one.price.amounts.unit_amount->times(*one.quantity) : Decimal();
    }
    for (const DiscountFacts &discount : snapshot.discounts) {
        const bool live = *discount.start <= at && at < discount.end.value_or(kNever);
        sum = live ? sum.times(1, 2) : sum;
    }
    return sum;
}

TEST(RandomTimeline, AgreesWithAModelThatLooksAtOneInstant) {
    Random random(5);
    for (int i = 0; i < 500; ++i) {
        std::map<Instant, Version> by_time;
        for (unsigned v = 1 + random() % 10; v > 0; --v) {
            const Instant at = random_instant(random);
            by_time[at] = version(at, "e" + std::to_string(v), random_snapshot(random));
        }
        std::vector<Version> versions;
        for (auto &[at, one] : by_time) {
            versions.push_back(one);
        }
        if (random() % 3 == 0) {
            const Instant end = versions.back().created + kMicrosPerDay;
            versions.push_back(version(end + kSecond, "e_end", ended(monthly("1"), end), kDeleted));
        }
        TimelineInput input;
        input.versions = versions;
        std::shuffle(input.versions.begin(), input.versions.end(), random);
        const Timeline timeline = derive(std::move(input), {}, {});
        for (Instant at = kJan; at < utc(2025, 4, 1); at += 3 * kMicrosPerDay) {
            ASSERT_EQ(mrr_at(timeline, at), modelled_mrr(held_at(versions, at), at))
                << "history " << i << " on " << day_of(at);
        }
    }
}

} // namespace
} // namespace billing::core
