#include "core/movements.hpp"

#include <algorithm>

namespace billing::core {
namespace {

// The levels of one currency.
struct Level {
    Decimal mrr;
    Decimal trial;
    Decimal committed;
    int64_t subscriptions = 0; // with MRR > 0
};
using Levels = std::vector<Level>; // by index of the currency

bool pays(const Levels &levels) {
    return std::any_of(levels.begin(), levels.end(),
                       [](const Level &level) { return level.mrr.is_positive(); });
}

enum class Movement : uint8_t { none, started, returned, churned, changed };

Movement movement_of(const Levels &opening, const Levels &closing, bool paid_before) {
    const bool paid = pays(opening);
    const bool paying = pays(closing);
    if (paid && paying) {
        return Movement::changed;
    }
    if (paid) {
        return Movement::churned;
    }
    if (paying) {
        return paid_before ? Movement::returned : Movement::started;
    }
    return Movement::none;
}

// The class comes from all currencies of the customer, the amounts from one.
MrrFlow flow_of(const Level &opening, const Level &closing, Movement movement) {
    MrrFlow flow;
    const Decimal delta = closing.mrr - opening.mrr;
    switch (movement) {
    case Movement::started:
        flow.new_mrr = delta;
        break;
    case Movement::returned:
        flow.reactivation = delta;
        break;
    case Movement::churned:
        flow.churned = -delta;
        break;
    case Movement::changed:
    case Movement::none:
        (delta.is_positive() ? flow.expansion : flow.contraction) =
            delta.is_positive() ? delta : -delta;
        break;
    }
    flow.trial = closing.trial - opening.trial;
    flow.committed = closing.committed - opening.committed;
    flow.customers = int64_t{closing.mrr.is_positive()} - int64_t{opening.mrr.is_positive()};
    flow.subscriptions = closing.subscriptions - opening.subscriptions;
    return flow;
}

// The bucket of one granularity that the sweep is in, with what was true just before it.
struct OpenBucket {
    bool open = false;
    Day day = 0;
    bool paid_before = false;
    Levels opening;
};

struct SubscriptionLevel {
    uint64_t subscription = 0;
    size_t currency = 0;
    Decimal mrr;
};

class Sweep {
  public:
    Sweep(const Calendar &calendar, Flows &out) : calendar_(calendar), out_(out) {}

    void find_currencies(const std::vector<LedgerPoint> &points) {
        for (const LedgerPoint &point : points) {
            if (currencies_.empty() || (currencies_.back() != point.currency &&
                                        index_of(point.currency) == currencies_.size())) {
                currencies_.push_back(point.currency);
            }
        }
        levels_.resize(currencies_.size());
    }

    // Called before the points of an instant are added.
    void enter(Instant at) {
        const Day day = calendar_.day_of(at);
        for (const Granularity granularity : kGranularities) {
            OpenBucket &bucket = buckets_[static_cast<size_t>(granularity)];
            const Day start = bucket_start(day, granularity, calendar_.week_start());
            if (bucket.open && bucket.day == start) {
                continue;
            }
            close(granularity);
            bucket.open = true;
            bucket.day = start;
            bucket.paid_before = ever_paid_;
            bucket.opening = levels_;
        }
    }

    void add(const LedgerPoint &point) {
        const size_t currency = index_of(point.currency);
        Level &level = levels_[currency];
        Decimal &mrr = mrr_of(point.subscription, currency);
        level.subscriptions -= mrr.is_positive() ? 1 : 0;
        mrr += point.mrr;
        level.subscriptions += mrr.is_positive() ? 1 : 0;
        level.mrr += point.mrr;
        level.trial += point.trial;
        level.committed += point.committed;
    }

    // Called after the last point of an instant: what holds now holds for some time.
    void leave() { ever_paid_ = ever_paid_ || pays(levels_); }

    void close_all() {
        for (const Granularity granularity : kGranularities) {
            close(granularity);
        }
    }

  private:
    size_t index_of(const std::string &currency) const {
        return static_cast<size_t>(std::find(currencies_.begin(), currencies_.end(), currency) -
                                   currencies_.begin());
    }

    // A customer has few subscriptions: a search beats a map.
    Decimal &mrr_of(uint64_t subscription, size_t currency) {
        for (SubscriptionLevel &level : subscriptions_) {
            if (level.subscription == subscription && level.currency == currency) {
                return level.mrr;
            }
        }
        return subscriptions_.emplace_back(SubscriptionLevel{subscription, currency, {}}).mrr;
    }

    void close(Granularity granularity) {
        const OpenBucket &bucket = buckets_[static_cast<size_t>(granularity)];
        if (!bucket.open) {
            return;
        }
        const Movement movement = movement_of(bucket.opening, levels_, bucket.paid_before);
        for (size_t i = 0; i < currencies_.size(); ++i) {
            const MrrFlow flow = flow_of(bucket.opening[i], levels_[i], movement);
            if (!flow.is_zero()) {
                out_.mrr[{granularity, currencies_[i], bucket.day}] += flow;
            }
        }
        CountFlow counts;
        counts.customers = int64_t{pays(levels_)} - int64_t{pays(bucket.opening)};
        counts.customers_churned = movement == Movement::churned ? 1 : 0;
        if (!counts.is_zero()) {
            out_.counts[{granularity, bucket.day}] += counts;
        }
    }

    const Calendar &calendar_;
    Flows &out_;
    std::vector<std::string> currencies_;
    Levels levels_;
    std::vector<SubscriptionLevel> subscriptions_;
    bool ever_paid_ = false;
    std::array<OpenBucket, kGranularities.size()> buckets_;
};

} // namespace

void net_customer(std::vector<LedgerPoint> points, const Calendar &calendar, Instant until,
                  Flows &out) {
    if (until != kNever) {
        std::erase_if(points, [until](const LedgerPoint &point) { return point.at >= until; });
    }
    const auto earlier = [](const LedgerPoint &a, const LedgerPoint &b) { return a.at < b.at; };
    if (!std::is_sorted(points.begin(), points.end(), earlier)) {
        std::sort(points.begin(), points.end(), earlier);
    }
    Sweep sweep(calendar, out);
    sweep.find_currencies(points);
    for (auto point = points.begin(); point != points.end();) {
        const Instant at = point->at;
        sweep.enter(at);
        for (; point != points.end() && point->at == at; ++point) {
            sweep.add(*point);
        }
        sweep.leave();
    }
    sweep.close_all();
}

} // namespace billing::core
