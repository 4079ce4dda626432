#include "core/credits.hpp"

#include <limits>
#include <stdexcept>

namespace billing::core {

namespace {

constexpr __int128 kMost = std::numeric_limits<int64_t>::max();

int64_t floor_of(Decimal value) {
    const __int128 whole = value.scaled() / Decimal::kOne - (value.scaled() % Decimal::kOne < 0);
    if (whole > kMost || whole < -kMost) {
        throw std::overflow_error("an amount of credits is out of range");
    }
    return static_cast<int64_t>(whole);
}

} // namespace

CreditPayment pay(int64_t quantity, Decimal cost, Decimal prepaid) {
    const Decimal owed = cost.times(quantity) - prepaid;
    if (!owed.is_positive()) {
        return {0, -owed};
    }
    const int64_t credits = -floor_of(-owed);
    return {credits, Decimal::from_int(credits) - owed};
}

CreditPayment pay_back(int64_t quantity, Decimal cost, Decimal prepaid) {
    const Decimal returned = cost.times(quantity) + prepaid;
    const int64_t credits = floor_of(returned);
    return {credits, returned - Decimal::from_int(credits)};
}

int64_t units_for(int64_t credits, Decimal cost, Decimal prepaid) {
    const Decimal paid = Decimal::from_int(credits) + prepaid;
    const __int128 units = paid.scaled() / cost.scaled();
    return units > kMost ? static_cast<int64_t>(kMost) : static_cast<int64_t>(units);
}

} // namespace billing::core
