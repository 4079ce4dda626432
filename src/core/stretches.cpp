#include "core/stretches.hpp"

#include <algorithm>

namespace billing::core {
namespace {

constexpr int16_t kDeletedRank = 2;

bool is_ended(const Version &version) {
    const SubscriptionSnapshot &snapshot = version.snapshot;
    return version.rank == kDeletedRank || snapshot.ended_at || snapshot.status == "canceled" ||
           snapshot.status == "incomplete_expired";
}

Instant end_told_by(const Version &version) {
    return version.snapshot.ended_at.value_or(version.created);
}

// A subscription starts at its start_date, however much earlier or later it is heard of. Before
// that nothing holds; and what is already in service when first heard of has been so since then.
Instant effective_start(const Version &version, bool first) {
    const Instant start = version.snapshot.start_date;
    if (start == 0) {
        return version.created;
    }
    const bool since_start =
        version.source == VersionSource::backfill || in_service(version.snapshot.status);
    return first && since_start ? start : std::max(version.created, start);
}

// The past that a listed object tells of: a trial until trial_end, and service until its end.
void add_backfill(const Version &version, Instant from, Instant to, std::vector<Stretch> &out) {
    const SubscriptionSnapshot &snapshot = version.snapshot;
    std::string_view status = snapshot.status;
    if (status == "canceled") {
        status = "active";
    } else if (is_ended(version)) {
        return; // expired before it ever began
    }
    const Instant trial_end = snapshot.trial_end.value_or(from);
    const bool over = is_ended(version) || trial_end <= version.created;
    if (in_service(status) && trial_end > from && over) {
        const Instant trial_to = std::min(trial_end, to);
        out.push_back({&version, from, trial_to, "trialing", true});
        from = trial_to;
    }
    if (from < to) {
        out.push_back({&version, from, to, status, true});
    }
}

// The versions that hold for a while, and from when on; oldest first.
struct Start {
    const Version *version = nullptr;
    Instant from = 0;
};

std::vector<Start> starts_of(const std::vector<Version> &sorted) {
    std::vector<Start> starts;
    starts.reserve(sorted.size());
    bool deleted = false;
    for (const Version &version : sorted) {
        const bool first = starts.empty();
        const bool ended = is_ended(version);
        const bool tells_of_the_past =
            first && ended && version.source == VersionSource::backfill && &version == &sorted[0];
        if ((!ended && !deleted) || tells_of_the_past) {
            starts.push_back({&version, effective_start(version, first)});
        }
        deleted = deleted || version.rank == kDeletedRank;
    }
    return starts;
}

} // namespace

bool in_service(std::string_view status) {
    return status == "active" || status == "past_due";
}

Plan plan_stretches(const std::vector<Version> &sorted,
                    const std::optional<TimelineInput::Deletion> &customer_deleted) {
    Plan plan;
    plan.current = sorted.size() - 1;
    const auto terminal = std::find_if(sorted.rbegin(), sorted.rend(), is_ended);
    if (terminal != sorted.rend()) {
        plan.terminal = &*terminal;
        plan.end = end_told_by(*terminal);
        plan.current = static_cast<size_t>(plan.terminal - sorted.data());
    } else if (customer_deleted) {
        plan.end = customer_deleted->at;
    }
    const std::vector<Start> starts = starts_of(sorted);
    plan.stretches.reserve(starts.size() + 1);
    // From the back: a later version takes over from its start on, whatever was before.
    std::vector<Instant> to(starts.size());
    Instant next = plan.end;
    for (size_t i = starts.size(); i-- > 0;) {
        to[i] = next;
        next = std::min(next, starts[i].from);
    }
    for (size_t i = 0; i < starts.size(); ++i) {
        const auto [version, from] = starts[i];
        if (from >= to[i]) {
            continue;
        }
        if (i == 0 && version->source == VersionSource::backfill) {
            add_backfill(*version, from, to[i], plan.stretches);
        } else {
            plan.stretches.push_back({version, from, to[i], version->snapshot.status, false});
        }
    }
    return plan;
}

} // namespace billing::core
