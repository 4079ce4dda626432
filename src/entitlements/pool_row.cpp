#include "entitlements/pool_row.hpp"

#include "core/thresholds.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

pg::DirectTable rows{"access",
                     "access_probe",
                     {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ},
                     {{"organization_id", UUIDOID},
                      {"customer_id", UUIDOID},
                      {"feature_key", TEXTOID},
                      {"allowed", BOOLOID},
                      {"pooled", BOOLOID},
                      {"overrides", BYTEAOID, pg::kNullable},
                      {"credit_key", TEXTOID, pg::kNullable},
                      {"held", INT8OID},
                      {"stands_from", TIMESTAMPTZOID},
                      {"stands_until", TIMESTAMPTZOID, pg::kNullable},
                      {"resets_at", TIMESTAMPTZOID, pg::kNullable},
                      {"quota", INT8OID, pg::kNullable},
                      {"used", INT8OID},
                      {"leased", INT8OID},
                      {"period_start", TIMESTAMPTZOID, pg::kNullable},
                      {"epoch", TIMESTAMPTZOID},
                      {"source", TEXTOID}}};

core::Instant instant_or(const PoolRow &row, PoolColumn column, core::Instant otherwise) {
    return row.nulls[column] ? otherwise : pg::instant_of(row.values[column]);
}

// Of what is given back, only what this counter counts.
bool has_room(const PoolRow &row, int64_t quantity) {
    const int64_t quota = row.nulls[kQuota] ? PG_INT64_MAX : DatumGetInt64(row.values[kQuota]);
    const int64_t used = DatumGetInt64(row.values[kUsed]);
    const int64_t left = quota - used - DatumGetInt64(row.values[kLeased]);
    return quantity < 0 ? left >= 0 && used >= -quantity : left >= quantity;
}

bool is_plain(const PoolRow &row, int64_t quantity, core::Instant now) {
    return DatumGetBool(row.values[kAllowed]) && DatumGetBool(row.values[kPooled]) &&
           row.nulls[kOverrides] && row.nulls[kCredit] && DatumGetInt64(row.values[kHeld]) == 0 &&
           now >= pg::instant_of(row.values[kFrom]) &&
           now < instant_or(row, kUntil, core::kNever) &&
           now < instant_or(row, kResetsAt, core::kNever) && has_room(row, quantity);
}

// Of a plain row, whose quota has room for it.
bool passes_percent(const PoolRow &row, int64_t quantity) {
    const int64_t used = DatumGetInt64(row.values[kUsed]);
    return !row.nulls[kQuota] &&
           core::crosses_percent(DatumGetInt64(row.values[kQuota]), used, used + quantity);
}

// Runs inside pg::call, while the page is pinned.
void look_at(PoolRow &row, const Datum *values, const bool *nulls, int64_t quantity,
             core::Instant now) {
    std::copy_n(values, row.values.size(), row.values.begin());
    std::copy_n(nulls, row.nulls.size(), row.nulls.begin());
    row.found = true;
    row.lends = DatumGetInt64(values[kLeased]) > 0;
    row.plain = is_plain(row, quantity, now);
    row.passes = row.plain && passes_percent(row, quantity);
    if (!nulls[kSource]) {
        const auto *word =
            reinterpret_cast<const struct varlena *>(DatumGetPointer(values[kSource]));
        row.source_length = std::min<size_t>(VARSIZE_ANY_EXHDR(word), row.source.size());
        std::copy_n(VARDATA_ANY(word), row.source_length, row.source.begin());
    }
}

// Of a plain row.
bool may_take(const PoolRow &row, int64_t after, const TakeFrom &which) {
    return (which.lending || !row.lends) && (!row.passes || after < which.percent_below);
}

} // namespace

Pool PoolRow::after(int64_t quantity) const {
    Pool out;
    out.source.assign(source.data(), source_length);
    if (!nulls[kQuota]) {
        out.quota = DatumGetInt64(values[kQuota]);
    }
    out.row_used = DatumGetInt64(values[kUsed]) + quantity;
    out.leased = DatumGetInt64(values[kLeased]);
    out.period.start = instant_or(*this, kPeriodStart, core::kBeginning);
    out.period.end = instant_or(*this, kResetsAt, core::kNever);
    out.epoch = pg::instant_of(values[kEpoch]);
    out.from = pg::instant_of(values[kFrom]);
    out.until = instant_or(*this, kUntil, core::kNever);
    return out;
}

bool pool_rows_are_ready() {
    return rows.is_ready();
}

void prepare_pool_rows() {
    rows.prepare();
}

pg::Written take_at_once(const UsageRequest &request, core::Instant now, const TakeFrom &which,
                         PoolRow &row) {
    const std::array<Datum, 3> key = {pg::as_datum(request.organization),
                                      pg::as_datum(request.customer),
                                      pg::to_datum(request.feature_key)};
    const int64_t quantity = request.quantity;
    return rows.change(key.data(), [&row, quantity, now, which](Datum *values, const bool *nulls) {
        look_at(row, values, nulls, quantity, now);
        const int64_t used = DatumGetInt64(values[kUsed]);
        // A plain row has room for the sum.
        if (!row.plain || !may_take(row, used + quantity, which)) {
            return -1;
        }
        values[kUsed] = Int64GetDatum(used + quantity);
        return static_cast<int>(kUsed);
    });
}

UsageAnswer pool_answer(const UsageRequest &request, const Pool &pool) {
    UsageAnswer out;
    out.allowed = true;
    out.reason = request.quantity < 0 ? "returned" : pool.source;
    out.granted = request.quantity;
    out.used = pool.used();
    out.remaining = pool.quota ? std::optional(*pool.quota - pool.used()) : std::nullopt;
    out.overage = 0;
    out.period = pool.period;
    return out;
}

Entry pool_entry(const UsageRequest &request, const Pool &pool) {
    Entry entry;
    entry.pooled = request.quantity;
    entry.quota = pool.quota;
    entry.period = pool.period;
    entry.pool = {pool.used(), pool.period, pool.epoch};
    return entry;
}

} // namespace billing::entitlements
