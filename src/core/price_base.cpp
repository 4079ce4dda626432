// Step 1 of the rules: what an item costs per billing period before discounts, and the monthly
// factor of step 4.
#include "core/pricer.hpp"

#include <algorithm>

namespace billing::core {
namespace {

const PriceAmounts *amounts_in(const PriceFacts &price, const std::string &currency) {
    if (currency.empty() || same_currency(price.amounts.currency, currency)) {
        return &price.amounts;
    }
    for (const PriceAmounts &option : price.currency_options) {
        if (same_currency(option.currency, currency)) {
            return &option;
        }
    }
    return nullptr;
}

int64_t transformed(int64_t quantity, const TransformQuantity &transform) {
    const int64_t size = std::max<int64_t>(transform.divide_by, 1);
    const int64_t whole = quantity / size;
    return transform.round_up && quantity % size != 0 ? whole + 1 : whole;
}

// Every tier that the quantity reaches bills its share; the first one always bills its flat amount.
Decimal graduated(const std::vector<Tier> &tiers, int64_t quantity) {
    Decimal sum;
    int64_t below = 0;
    for (size_t i = 0; i < tiers.size() && (i == 0 || quantity > below); ++i) {
        const bool last = i + 1 == tiers.size();
        const int64_t up_to =
            last ? quantity : std::clamp<int64_t>(tiers[i].up_to.value_or(quantity), 0, quantity);
        sum +=
            tiers[i].flat_amount + tiers[i].unit_amount.times(std::max<int64_t>(up_to - below, 0));
        below = std::max(below, up_to);
    }
    return sum;
}

// One tier prices the whole quantity.
Decimal volume(const std::vector<Tier> &tiers, int64_t quantity) {
    const auto reached = std::find_if(tiers.begin(), tiers.end() - 1, [quantity](const Tier &tier) {
        return !tier.up_to || quantity <= *tier.up_to;
    });
    return reached->flat_amount + reached->unit_amount.times(quantity);
}

Instant days_later(Instant at, int64_t days) {
    Instant later = 0;
    return __builtin_add_overflow(at, days * kMicrosPerDay, &later) ? kNever : later;
}

} // namespace

char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_currency(std::string_view a, std::string_view b) {
    return a == b || std::equal(a.begin(), a.end(), b.begin(), b.end(),
                                [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

std::optional<Decimal> base_amount(const PriceFacts &price, const std::string &currency,
                                   std::optional<int64_t> quantity) {
    if (price.interval == Interval::none || price.metered) {
        return Decimal();
    }
    const PriceAmounts *const amounts = amounts_in(price, currency);
    if (amounts == nullptr) {
        return std::nullopt;
    }
    int64_t units = std::max<int64_t>(quantity.value_or(1), 0);
    if (price.transform) {
        units = transformed(units, *price.transform);
    }
    if (price.tiers_mode == TiersMode::none) {
        if (!amounts->unit_amount) {
            return std::nullopt;
        }
        return amounts->unit_amount->times(units);
    }
    if (amounts->tiers.empty()) {
        return std::nullopt;
    }
    return price.tiers_mode == TiersMode::graduated ? graduated(amounts->tiers, units)
                                                    : volume(amounts->tiers, units);
}

Decimal monthly(Decimal amount, Interval interval, int32_t interval_count) {
    const int64_t count = std::max(interval_count, 1);
    switch (interval) {
    case Interval::none:
        return {};
    case Interval::day:
        return amount.times(365, 12 * count);
    case Interval::week:
        return amount.times(52, 12 * count);
    case Interval::month:
        return count == 1 ? amount : amount.times(1, count);
    case Interval::year:
        break;
    }
    return amount.times(1, 12 * count);
}

int64_t interval_length(Interval interval, int32_t interval_count) {
    const int64_t count = std::max(interval_count, 1);
    switch (interval) {
    case Interval::none:
        return 0;
    case Interval::day:
        return count * 12 * 52;
    case Interval::week:
        return count * 12 * 365;
    case Interval::month:
        return count * 52 * 365;
    case Interval::year:
        break;
    }
    return count * 12 * 52 * 365;
}

Instant add_interval(Instant at, Interval interval, int32_t interval_count) {
    constexpr int32_t kMostPeriods = 100'000; // far beyond Stripe's limit of three years
    const int32_t count = std::clamp(interval_count, 1, kMostPeriods);
    switch (interval) {
    case Interval::none:
        return at;
    case Interval::day:
        return days_later(at, count);
    case Interval::week:
        return days_later(at, int64_t{7} * count);
    case Interval::month:
        return add_months_utc(at, count);
    case Interval::year:
        break;
    }
    return add_months_utc(at, count * 12);
}

} // namespace billing::core
