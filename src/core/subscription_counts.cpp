// What buckets show of one subscription: service begun, ended, and the change of the count.
#include "core/movements.hpp"

namespace billing::core {
namespace {

// A change of standing together with what was true just before it.
struct Transition {
    Day day = 0;
    bool was_in_service = false;
    bool in_service = false;
    bool starts = false;       // for the first time ever
    bool ends = false;         // for good
    bool ever_started = false; // up to and with this change
};

// The bucket of one granularity that the walk is in.
struct OpenBucket {
    bool open = false;
    Day day = 0;
    bool in_service_before = false;
    CountFlow flow;
};

class Walk {
  public:
    Walk(const Calendar &calendar, Flows &out) : calendar_(calendar), out_(out) {}

    void take(const StatusChange &now) {
        Transition change;
        change.day = calendar_.day_of(now.effective_at);
        change.was_in_service = in_service_;
        change.in_service = now.in_service;
        change.starts = now.in_service && !ever_started_;
        change.ends = now.ended && !ended_;
        change.ever_started = ever_started_ || now.in_service;
        for (const Granularity granularity : kGranularities) {
            count(granularity, change);
        }
        in_service_ = now.in_service;
        ever_started_ = change.ever_started;
        ended_ = ended_ || now.ended;
    }

    void close_all() {
        for (const Granularity granularity : kGranularities) {
            close(granularity);
        }
    }

  private:
    void count(Granularity granularity, const Transition &change) {
        OpenBucket &bucket = buckets_[static_cast<size_t>(granularity)];
        const Day start = bucket_start(change.day, granularity, calendar_.week_start());
        if (!bucket.open || bucket.day != start) {
            close(granularity);
            bucket = {
                .open = true, .day = start, .in_service_before = change.was_in_service, .flow = {}};
        }
        CountFlow &flow = bucket.flow;
        flow.subscriptions += int64_t{change.in_service} - int64_t{change.was_in_service};
        flow.started += change.starts ? 1 : 0;
        flow.canceled += change.ends && change.ever_started ? 1 : 0;
        flow.subscriptions_churned += change.ends && bucket.in_service_before ? 1 : 0;
    }

    void close(Granularity granularity) {
        const OpenBucket &bucket = buckets_[static_cast<size_t>(granularity)];
        if (bucket.open && !bucket.flow.is_zero()) {
            out_.counts[{granularity, bucket.day}] += bucket.flow;
        }
    }

    const Calendar &calendar_;
    Flows &out_;
    bool in_service_ = false;
    bool ever_started_ = false;
    bool ended_ = false;
    std::array<OpenBucket, kGranularities.size()> buckets_;
};

} // namespace

void net_subscription(const std::vector<StatusChange> &statuses, const Calendar &calendar,
                      Instant until, Flows &out) {
    Walk walk(calendar, out);
    for (size_t i = 0; i < statuses.size() && statuses[i].effective_at < until; ++i) {
        const bool last_of_instant =
            i + 1 == statuses.size() || statuses[i + 1].effective_at != statuses[i].effective_at;
        if (last_of_instant) { // the others held for no time at all
            walk.take(statuses[i]);
        }
    }
    walk.close_all();
}

} // namespace billing::core
