#include "core/recorder.hpp"

#include <algorithm>
#include <tuple>

namespace billing::core {
namespace {

auto key_of(const PriceLevel &level) {
    return std::tie(*level.price, level.currency);
}

} // namespace

void Recorder::write(Instant at, const Cause &cause, const PriceLevel &named, const Amounts &before,
                     const Amounts &after) {
    if (before == after) {
        return;
    }
    out_.changes.push_back({.effective_at = at,
                            .event_rank = cause.rank,
                            .event_id = *cause.event_id,
                            .price = *named.price,
                            .product = *named.product,
                            .currency = named.currency,
                            .reason = {},
                            .before = before,
                            .after = after});
}

// Both sides are ordered by the same key: one walk along both.
void Recorder::diff(Instant at, const Cause &cause, const std::vector<PriceLevel> &levels) {
    auto was = levels_.cbegin();
    auto is = levels.cbegin();
    while (was != levels_.cend() || is != levels.cend()) {
        if (is == levels.cend() || (was != levels_.cend() && key_of(*was) < key_of(*is))) {
            write(at, cause, *was, was->amounts, {});
            ++was;
        } else if (was == levels_.cend() || key_of(*is) < key_of(*was)) {
            write(at, cause, *is, {}, is->amounts);
            ++is;
        } else {
            write(at, cause, *is, was->amounts, is->amounts);
            ++was;
            ++is;
        }
    }
}

void Recorder::record_status(StatusChange status) {
    if (!out_.statuses.empty()) {
        const StatusChange &last = out_.statuses.back();
        if (last.status == status.status && last.in_service == status.in_service &&
            last.entitled == status.entitled && last.ended == status.ended) {
            return;
        }
    }
    out_.statuses.push_back(std::move(status));
}

void Recorder::record_access(Instant at, const Cause &cause, const std::vector<Seats> &seats) {
    std::erase_if(open_, [&](size_t index) {
        AccessInterval &interval = out_.access[index];
        const bool goes_on = std::any_of(seats.begin(), seats.end(), [&](const Seats &seat) {
            return *seat.product == interval.product && seat.quantity == interval.quantity;
        });
        if (!goes_on) {
            interval.to = at;
            interval.to_event = *cause.event_id;
        }
        return !goes_on;
    });
    for (const Seats &seat : seats) {
        const bool is_open = std::any_of(open_.begin(), open_.end(), [&](size_t index) {
            return out_.access[index].product == *seat.product;
        });
        if (!is_open) {
            open_.push_back(out_.access.size());
            out_.access.push_back({.product = *seat.product,
                                   .quantity = seat.quantity,
                                   .from = at,
                                   .from_event = *cause.event_id,
                                   .to = kNever,
                                   .to_event = {}});
        }
    }
}

void Recorder::finish() {
    std::stable_sort(out_.access.begin(), out_.access.end(),
                     [](const AccessInterval &a, const AccessInterval &b) {
                         return std::tie(a.from, a.product) < std::tie(b.from, b.product);
                     });
}

} // namespace billing::core
