#include "core/balances.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace billing::core {

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

int64_t saturated_sum(int64_t a, int64_t b) {
    int64_t out = 0;
    return __builtin_add_overflow(a, b, &out) ? kMost : out;
}

// Neither is negative.
int64_t rest(int64_t whole, int64_t part) {
    return part < whole ? whole - part : 0;
}

int64_t limit_of(const Balance &balance) {
    return saturated_sum(*balance.quota, balance.carried);
}

Balance *unlimited_one(std::vector<Balance> &balances) {
    const auto found = std::find_if(balances.begin(), balances.end(),
                                    [](const Balance &balance) { return !balance.quota; });
    return found == balances.end() ? nullptr : &*found;
}

void burn(std::vector<Balance> &balances, int64_t quantity) {
    for (Balance &balance : balances) {
        const int64_t part = std::min(quantity, *balance.remaining());
        balance.used += part;
        quantity -= part;
    }
    if (quantity > 0) {
        balances.back().used = checked_sum(balances.back().used, quantity);
    }
}

} // namespace

int64_t checked_sum(int64_t a, int64_t b) {
    int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out)) {
        throw std::overflow_error("usage counter is out of range");
    }
    return out;
}

std::optional<int64_t> Balance::remaining() const {
    return quota ? std::optional(rest(limit_of(*this), used)) : std::nullopt;
}

bool burns_before(const Balance &a, const Balance &b) {
    return std::tie(a.priority, a.expires, a.created, a.id) <
           std::tie(b.priority, b.expires, b.created, b.id);
}

Totals totals(const std::vector<Balance> &balances, int64_t held) {
    Totals out{.quota = 0, .used = 0, .remaining = 0, .overage = 0};
    for (const Balance &balance : balances) {
        out.used = saturated_sum(out.used, balance.used);
        if (!balance.quota) {
            out.quota = out.remaining = std::nullopt;
        } else {
            out.overage = saturated_sum(out.overage, rest(balance.used, limit_of(balance)));
        }
        if (out.quota) {
            out.quota = saturated_sum(*out.quota, limit_of(balance));
            out.remaining = saturated_sum(*out.remaining, *balance.remaining());
        }
    }
    if (out.remaining) {
        out.remaining = rest(*out.remaining, held);
    }
    return out;
}

bool allows(const Totals &totals, int64_t quantity, Overage overage) {
    return !totals.remaining || quantity <= *totals.remaining || overage == Overage::allow;
}

Consumption consume(std::vector<Balance> &balances, int64_t held, int64_t quantity,
                    Overage overage) {
    if (Balance *unlimited = unlimited_one(balances)) {
        unlimited->used = checked_sum(unlimited->used, quantity);
        return {true, quantity};
    }
    const int64_t left = *totals(balances, held).remaining;
    if (balances.empty() || (quantity > left && overage == Overage::reject)) {
        return {};
    }
    const int64_t granted = overage == Overage::allow ? quantity : std::min(quantity, left);
    burn(balances, granted);
    return {granted > 0, granted};
}

Consumption give_back(std::vector<Balance> &balances, int64_t quantity) {
    int64_t left = quantity;
    for (auto balance = balances.rbegin(); balance != balances.rend(); ++balance) {
        const int64_t part = std::min(left, balance->used);
        balance->used -= part;
        left -= part;
    }
    return {left < quantity, left - quantity};
}

int64_t carry_over(int64_t quota, int64_t carried, int64_t used, int64_t rollover_max,
                   int64_t periods) {
    if (periods <= 0) {
        return carried;
    }
    const int64_t first = std::min(rest(saturated_sum(quota, carried), used), rollover_max);
    int64_t more = 0;
    if (__builtin_mul_overflow(quota, periods - 1, &more)) {
        return rollover_max;
    }
    return std::min(saturated_sum(first, more), rollover_max);
}

} // namespace billing::core
