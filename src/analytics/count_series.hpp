// Counts per bucket over all currencies, from the rollup and what is due.
#pragma once

#include "analytics/report.hpp"
#include "core/movements.hpp"

namespace billing::analytics {

struct CountSeries {
    core::CountFlow before;             // the sum of all earlier buckets
    std::vector<core::CountFlow> flows; // one per bucket of the report
};

// Needs an open Spi, and a report that is not empty.
CountSeries read_count_series(const Report &report);

} // namespace billing::analytics
