#include "core/stretch_pricing.hpp"

#include <algorithm>

namespace billing::core {
namespace {

constexpr std::string_view kStarted = "discount_started";
constexpr std::string_view kEnded = "discount_ended";
constexpr std::string_view kBoth = "discount_changed";
constexpr std::string_view kGraceEnded = "grace_ended";

// What happens at the same instant is one edge: grace outweighs discounts, which outweigh nothing.
Edge merged(const Edge &a, const Edge &b) {
    if (a.reason == b.reason) {
        return a.own_event != nullptr ? a : b;
    }
    if (a.reason == kGraceEnded || b.reason == kGraceEnded) {
        return a.reason == kGraceEnded ? a : b;
    }
    return {a.at, kBoth, nullptr};
}

void merge_same_instants(std::vector<Edge> &edges) {
    std::stable_sort(edges.begin(), edges.end(),
                     [](const Edge &a, const Edge &b) { return a.at < b.at; });
    size_t kept = 0;
    for (size_t i = 1; i < edges.size(); ++i) {
        if (edges[i].at == edges[kept].at) {
            edges[kept] = merged(edges[kept], edges[i]);
        } else {
            edges[++kept] = edges[i];
        }
    }
    if (!edges.empty()) {
        edges.resize(kept + 1);
    }
}

} // namespace

StretchPricing::StretchPricing(const Stretch &stretch, const DiscountLists &lists,
                               const Catalogue &catalogue, const Settings &settings)
    : stretch_(stretch), catalogue_(catalogue), settings_(settings),
      plain_(lists.is_plain(*stretch.version)) {
    if (!plain_) {
        entries_ = lists.entries(*stretch.version);
    }
}

const Pricer &StretchPricing::pricer() {
    if (pricer_) {
        return *pricer_;
    }
    if (plain_) {
        return pricer_.emplace(snapshot(), snapshot().discounts, catalogue_, settings_);
    }
    std::vector<DiscountFacts> all;
    all.reserve(entries_.size());
    for (const EnteredDiscount &entry : entries_) {
        all.push_back(entry.facts);
    }
    return pricer_.emplace(snapshot(), all, catalogue_, settings_);
}

void StretchPricing::add_discount_edges(std::vector<Edge> &edges) {
    std::vector<Instant> starts;
    std::vector<Instant> ends;
    pricer().starts_and_ends(stretch_.from, stretch_.to, starts, ends);
    for (const Instant start : starts) {
        const auto brought =
            std::find_if(entries_.begin(), entries_.end(), [start](const EnteredDiscount &entry) {
                return entry.start == start && entry.own_event != nullptr;
            });
        edges.push_back(
            {start, kStarted, brought == entries_.end() ? nullptr : brought->own_event});
    }
    for (const Instant end : ends) {
        edges.push_back({end, kEnded, nullptr});
    }
}

std::vector<Edge> StretchPricing::edges(const Grace &grace, bool priced) {
    std::vector<Edge> edges;
    if (priced) {
        add_discount_edges(edges);
    }
    for (const Instant until : {grace.mrr_until, grace.access_until}) {
        if (until > stretch_.from && until < stretch_.to) {
            edges.push_back({until, kGraceEnded, nullptr});
        }
    }
    merge_same_instants(edges);
    return edges;
}

const std::vector<DiscountFacts> &
StretchPricing::list_at(Instant at, std::vector<DiscountFacts> &storage) const {
    if (plain_) {
        return snapshot().discounts;
    }
    storage = DiscountLists::at(entries_, at);
    return storage;
}

PricingResult StretchPricing::price(Instant at, const std::vector<DiscountFacts> &list) {
    return plain_ ? pricer().price(at) : Pricer(snapshot(), list, catalogue_, settings_).price(at);
}

} // namespace billing::core
