// The MRR flows of a report, per currency and bucket: from the rollups and what is due, or, as
// known at an earlier time, netted from the ledger as it was then.
#pragma once

#include "analytics/report.hpp"
#include "core/movements.hpp"

namespace billing::analytics {

struct MrrSeries {
    std::string currency;
    core::MrrFlow before;             // the sum of all earlier buckets
    std::vector<core::MrrFlow> flows; // one per bucket of the report
};

// One per currency asked for or ever seen, else of the organization, in order of the currency.
// Needs an open Spi, and a report that is not empty.
std::vector<MrrSeries> read_mrr_series(const Report &report, const ReportRequest &request);

// The currencies with any MRR in the rollups or in `more`, in order; the organization's if none.
std::vector<std::string> mrr_currencies(const tenancy::Organization &organization,
                                        const core::Flows &more);

} // namespace billing::analytics
