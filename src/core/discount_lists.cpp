#include "core/discount_lists.hpp"

#include <algorithm>
#include <tuple>

namespace billing::core {
namespace {

EnteredDiscount enter(const DiscountFacts &facts, const Catalogue &catalogue) {
    EnteredDiscount entry;
    entry.facts = facts;
    if (std::optional<LiveDiscount> live = resolve(facts, catalogue)) {
        entry.facts.coupon = std::move(live->coupon);
        entry.start = live->start;
        entry.end = live->end;
    } else {
        entry.start = facts.start.value_or(kBeginning);
        entry.end = facts.end.value_or(kNever);
    }
    return entry;
}

void cut(EnteredDiscount &entry, Instant end) {
    entry.end = std::min(entry.end, end);
}

// What is not said stays unsaid: an unknown end must not look like one that was told.
void write_back(EnteredDiscount &entry) {
    if (entry.start != kBeginning) {
        entry.facts.start = entry.start;
    }
    if (entry.end != kNever) {
        entry.facts.end = entry.end;
    }
}

} // namespace

DiscountLists::Joined DiscountLists::join(const AttachedDiscount &attached) const {
    Joined joined{
        .entry = enter(attached.discount, catalogue_), .host = nullptr, .attached = &attached};
    if (joined.entry.start == kBeginning) {
        joined.entry.start = attached.created;
    }
    cut(joined.entry, attached.removed_at.value_or(kNever));
    write_back(joined.entry);
    joined.entry.own_event = &attached.event_id;
    return joined;
}

DiscountLists::DiscountLists(const std::vector<Version> &sorted,
                             const std::vector<AttachedDiscount> &attached,
                             const std::vector<AttachedDiscount> &of_customer,
                             const Catalogue &catalogue)
    : catalogue_(catalogue) {
    const auto by_time = [](const Joined &a, const Joined &b) {
        return std::tie(a.entry.start, a.attached->created, a.attached->event_id,
                        a.attached->discount.id) < std::tie(b.entry.start, b.attached->created,
                                                            b.attached->event_id,
                                                            b.attached->discount.id);
    };
    for (const AttachedDiscount &one : attached) {
        Joined joined = join(one);
        // A deletion tells of it too, long after it began: its own start says which snapshot it
        // joined.
        const Instant since = std::min(one.created, joined.entry.start);
        const auto after = std::upper_bound(
            sorted.begin(), sorted.end(), since,
            [](Instant created, const Version &version) { return created < version.created; });
        joined.host = after == sorted.begin() ? nullptr : &*std::prev(after);
        attached_.push_back(std::move(joined));
    }
    for (const AttachedDiscount &one : of_customer) {
        Joined joined = join(one);
        joined.entry.of_customer = true;
        of_customer_.push_back(std::move(joined));
    }
    std::sort(attached_.begin(), attached_.end(), by_time);
    std::sort(of_customer_.begin(), of_customer_.end(), by_time);
}

bool DiscountLists::is_plain(const Version &version) const {
    if (!of_customer_.empty()) {
        return false;
    }
    return std::none_of(attached_.begin(), attached_.end(), [&](const Joined &joined) {
        return joined.host == &version ||
               (joined.attached->removed_at && !version.snapshot.discounts.empty());
    });
}

std::vector<EnteredDiscount> DiscountLists::entries(const Version &version) const {
    std::vector<EnteredDiscount> entries;
    for (const DiscountFacts &listed : version.snapshot.discounts) {
        const auto same =
            std::find_if(attached_.begin(), attached_.end(), [&](const Joined &joined) {
                return joined.attached->discount.id == listed.id;
            });
        // A bare id is completed by the event that brought the whole discount.
        const bool told = same != attached_.end() && !listed.coupon;
        EnteredDiscount entry = enter(told ? same->attached->discount : listed, catalogue_);
        // A snapshot from after the removal knows better than the removal.
        if (same != attached_.end() && same->attached->removed_at &&
            version.created <= *same->attached->removed_at) {
            cut(entry, *same->attached->removed_at);
        }
        write_back(entry);
        entries.push_back(std::move(entry));
    }
    for (const Joined &joined : attached_) {
        const bool is_listed =
            std::any_of(entries.begin(), entries.end(), [&](const EnteredDiscount &entry) {
                return entry.facts.id == joined.attached->discount.id;
            });
        if (joined.host == &version && !is_listed) {
            entries.push_back(joined.entry);
        }
    }
    for (const Joined &joined : of_customer_) {
        entries.push_back(joined.entry);
    }
    return entries;
}

std::vector<DiscountFacts> DiscountLists::at(const std::vector<EnteredDiscount> &entries,
                                             Instant at) {
    std::vector<DiscountFacts> own;
    std::vector<DiscountFacts> of_customer;
    for (const EnteredDiscount &entry : entries) {
        if (entry.start <= at && at < entry.end) {
            (entry.of_customer ? of_customer : own).push_back(entry.facts);
        }
    }
    return own.empty() ? of_customer : own;
}

} // namespace billing::core
