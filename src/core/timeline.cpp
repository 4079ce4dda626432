#include "core/timeline.hpp"

#include "core/recorder.hpp"
#include "core/stretch_pricing.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace billing::core {
namespace {

constexpr int16_t kUpdatedRank = 1;
constexpr int16_t kDeletedRank = 2;
constexpr std::string_view kCanceled = "canceled";

// Sums items of one price and orders them as the recorder wants them.
std::vector<PriceLevel> levels_of(const PricingResult &priced, const std::string &currency,
                                  const Catalogue &catalogue) {
    std::vector<PriceLevel> levels;
    levels.reserve(priced.items.size());
    for (const PricedItem &item : priced.items) {
        const std::string &price = item.item->price.id;
        const auto same = std::find_if(levels.begin(), levels.end(),
                                       [&](const PriceLevel &l) { return *l.price == price; });
        if (same != levels.end()) {
            same->amounts.mrr += item.mrr;
        } else {
            levels.push_back({.price = &price,
                              .product = &product_of(*item.item, catalogue),
                              .currency = currency,
                              .amounts = {.mrr = item.mrr, .trial = {}, .committed = {}}});
        }
    }
    std::sort(levels.begin(), levels.end(),
              [](const PriceLevel &a, const PriceLevel &b) { return *a.price < *b.price; });
    return levels;
}

std::vector<PriceLevel> gated(const std::vector<PriceLevel> &known, const Standing &standing) {
    std::vector<PriceLevel> levels;
    levels.reserve(known.size());
    for (const PriceLevel &level : known) {
        const Decimal amount = level.amounts.mrr;
        if (amount.is_zero()) {
            continue;
        }
        PriceLevel &through = levels.emplace_back(level);
        through.amounts = {.mrr = standing.mrr ? amount : Decimal(),
                           .trial = standing.trial ? amount : Decimal(),
                           .committed = standing.committed ? amount : Decimal()};
    }
    return levels;
}

// The seats that a snapshot gives: licensed quantities by product; metered items alone give one.
std::vector<Seats> seats_of(const SubscriptionSnapshot &snapshot, const Catalogue &catalogue) {
    std::vector<Seats> seats;
    seats.reserve(snapshot.items.size());
    for (const bool metered : {false, true}) {
        for (const ItemSnapshot &item : snapshot.items) {
            const std::string &product = product_of(item, catalogue);
            if (item.price.metered != metered || product.empty()) {
                continue;
            }
            const auto same = std::find_if(seats.begin(), seats.end(),
                                           [&](const Seats &s) { return *s.product == product; });
            if (same == seats.end()) {
                seats.push_back({&product, metered ? 1 : item.quantity.value_or(1)});
            } else if (!metered && __builtin_add_overflow(same->quantity, item.quantity.value_or(1),
                                                          &same->quantity)) {
                throw std::overflow_error("sum of quantities is out of range");
            }
        }
    }
    return seats;
}

class Derivation {
  public:
    Derivation(const TimelineInput &input, const std::vector<Version> &sorted,
               const Catalogue &catalogue, const Settings &settings, Timeline &out)
        : customer_deleted_(input.customer_deleted), catalogue_(catalogue), settings_(settings),
          plan_(plan_stretches(sorted, input.customer_deleted)),
          lists_(sorted, input.attached, input.customer_discounts, catalogue), out_(out),
          recorder_(out) {}

    void run() {
        for (size_t i = 0; i < plan_.stretches.size(); ++i) {
            walk(plan_.stretches[i], grace_of(plan_.stretches, i, settings_));
        }
        end();
        recorder_.finish();
        out_.current = plan_.current;
    }

  private:
    void walk(const Stretch &stretch, const Grace &grace) {
        const Version &version = *stretch.version;
        const Cause by_version{&version.event_id, version.rank};
        const Standing first = standing_at(stretch, stretch.from, grace, settings_);
        StretchPricing pricing(stretch, lists_, catalogue_, settings_);
        enter(stretch, stretch.from, first, by_version, pricing, {});
        for (const Edge &edge : pricing.edges(grace, first.counts())) {
            const Cause cause =
                edge.own_event != nullptr ? Cause{edge.own_event, kUpdatedRank} : by_version;
            enter(stretch, edge.at, standing_at(stretch, edge.at, grace, settings_), cause, pricing,
                  edge.reason);
        }
    }

    // From `at` on the stretch stands like this. An empty reason: a version took over.
    void enter(const Stretch &stretch, Instant at, const Standing &standing, const Cause &cause,
               StretchPricing &pricing, std::string_view edge_reason) {
        std::vector<DiscountFacts> &storage = lists_in_force_[turn_ ^= 1U];
        const Moment now{&stretch, &pricing.list_at(at, storage), standing};
        if (standing.counts()) {
            learn_amounts(stretch, pricing.price(at, *now.discounts));
        }
        recorder_.record_levels(
            at, cause, standing.counts() ? gated(known_, standing) : std::vector<PriceLevel>{},
            [&] { return edge_reason.empty() ? reason_of(before_, now, settings_) : edge_reason; });
        recorder_.record_status({.effective_at = at,
                                 .event_id = *cause.event_id,
                                 .status = std::string(stretch.status),
                                 .in_service = standing.in_service,
                                 .entitled = standing.entitled,
                                 .ended = false});
        recorder_.record_access(at, cause,
                                standing.entitled ? seats_of(stretch.version->snapshot, catalogue_)
                                                  : std::vector<Seats>{});
        before_ = now;
    }

    void learn_amounts(const Stretch &stretch, const PricingResult &priced) {
        if (priced.unresolved) {
            out_.unresolved = true; // the last known amounts stand
            return;
        }
        known_ = levels_of(priced, currency_of(stretch.version->snapshot), catalogue_);
    }

    void end() {
        if (plan_.end == kNever) {
            return;
        }
        const Version *const terminal = plan_.terminal;
        const Cause cause = terminal != nullptr ? Cause{&terminal->event_id, terminal->rank}
                                                : Cause{&customer_deleted_->event_id, kDeletedRank};
        recorder_.record_levels(plan_.end, cause, {}, [&]() -> std::string_view {
            return terminal != nullptr ? kCanceled : "customer_deleted";
        });
        recorder_.record_status({.effective_at = plan_.end,
                                 .event_id = *cause.event_id,
                                 .status = final_status(terminal),
                                 .in_service = false,
                                 .entitled = false,
                                 .ended = true});
        recorder_.record_access(plan_.end, cause, {});
    }

    static std::string final_status(const Version *terminal) {
        const bool expired =
            terminal != nullptr && terminal->snapshot.status == "incomplete_expired";
        return expired ? terminal->snapshot.status : std::string(kCanceled);
    }

    const std::optional<TimelineInput::Deletion> &customer_deleted_;
    const Catalogue &catalogue_;
    const Settings &settings_;
    const Plan plan_;
    const DiscountLists lists_;
    Timeline &out_;
    Recorder recorder_;

    Moment before_;
    // Two, in turn: the reason of a change compares a list with the one before it.
    std::array<std::vector<DiscountFacts>, 2> lists_in_force_;
    unsigned turn_ = 0;
    // The last amounts that could be priced, before the gate; of the amounts only mrr is set.
    std::vector<PriceLevel> known_;
};

} // namespace

Timeline derive(TimelineInput input, const Catalogue &catalogue, const Settings &settings) {
    Timeline timeline;
    timeline.versions = std::move(input.versions);
    sort_versions(timeline.versions);
    if (!timeline.versions.empty()) {
        Derivation(input, timeline.versions, catalogue, settings, timeline).run();
    }
    return timeline;
}

std::optional<InForce> in_force_at(const Timeline &timeline, const TimelineInput &input, Instant at,
                                   const Catalogue &catalogue, const Settings &settings) {
    if (timeline.versions.empty()) {
        return std::nullopt;
    }
    const Plan plan = plan_stretches(timeline.versions, input.customer_deleted);
    size_t begun = 0;
    while (begun < plan.stretches.size() && plan.stretches[begun].from <= at) {
        ++begun;
    }
    InForce in_force;
    if (at >= plan.end && plan.terminal != nullptr) {
        in_force.version = plan.terminal;
    } else if (begun > 0) {
        in_force.version = plan.stretches[begun - 1].version;
    } else {
        return std::nullopt;
    }
    const DiscountLists lists(timeline.versions, input.attached, input.customer_discounts,
                              catalogue);
    in_force.discounts = DiscountLists::at(lists.entries(*in_force.version), at);
    if (at >= plan.end) {
        in_force.status = kCanceled;
        return in_force;
    }
    const Stretch &stretch = plan.stretches[begun - 1];
    const Standing standing =
        standing_at(stretch, at, grace_of(plan.stretches, begun - 1, settings), settings);
    in_force.status = stretch.status;
    in_force.mrr = standing.mrr;
    in_force.trial = standing.trial;
    return in_force;
}

} // namespace billing::core
