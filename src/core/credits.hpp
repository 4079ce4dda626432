// Paying for units of one feature with whole units of another. What a whole unit pays too much is
// kept as a prepaid fraction, so that no rounding adds up.
#pragma once

#include "core/decimal.hpp"

namespace billing::core {

struct CreditPayment {
    int64_t credits = 0; // to take, or, for what is given back, to return
    Decimal prepaid;     // afterwards; below 1 unless that much was prepaid before
};
// Both throw std::overflow_error where the amount has no number.
CreditPayment pay(int64_t quantity, Decimal cost, Decimal prepaid);
CreditPayment pay_back(int64_t quantity, Decimal cost, Decimal prepaid);

// How many units these credits pay for.
int64_t units_for(int64_t credits, Decimal cost, Decimal prepaid);

} // namespace billing::core
