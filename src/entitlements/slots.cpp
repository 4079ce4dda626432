#include "entitlements/slots.hpp"

#include "entitlements/alerts.hpp"
#include "pg/direct_table.hpp"
#include "pg/writing.hpp"

#include <algorithm>
#include <numeric>

extern "C" {
#include "storage/proc.h"
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

constexpr int16_t kSlots = 16;
constexpr int64_t kWorthwhile = 8; // consumptions that a slot must be good for

// Each backend has a slot of its own, and prefers those that follow it.
int distance_to(int16_t slot) {
#if PG_VERSION_NUM >= 170000
    const int number = MyProcNumber;
#else
    const int number = MyBackendId;
#endif
    return (slot + kSlots - number % kSlots) % kSlots;
}

int64_t share_of(int64_t left, int64_t quantity) {
    const int64_t share = left / 2 / kSlots;
    return share / kWorthwhile >= quantity ? share : 0;
}

struct PoolKey {
    std::array<Datum, 3> values;
    PoolKey(const pg::Uuid &organization, const AccessKey &key)
        : values{pg::as_datum(organization), pg::as_datum(key.customer),
                 pg::to_datum(key.feature_key)} {}
};

// The key's columns first, as its index is one of digests.
enum SlotColumn { kOrganization, kCustomer, kFeature, kLent, kUsed, kFrom, kUntil, kSlot };
pg::DirectTable slots{"usage_slots",
                      "usage_slots_probe",
                      {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ},
                      {{"organization_id", UUIDOID},
                       {"customer_id", UUIDOID},
                       {"feature_key", TEXTOID},
                       {"lent", INT8OID},
                       {"used", INT8OID},
                       {"stands_from", TIMESTAMPTZOID},
                       {"stands_until", TIMESTAMPTZOID, pg::kNullable},
                       {"slot", INT2OID}},
                      pg::Key::many_rows};

bool can_give(const Datum *values, const bool *nulls, int64_t quantity, core::Instant now) {
    const int64_t used = DatumGetInt64(values[kUsed]);
    return now >= pg::instant_of(values[kFrom]) &&
           (nulls[kUntil] || now < pg::instant_of(values[kUntil])) &&
           DatumGetInt64(values[kLent]) - used >= quantity && used + quantity >= 0;
}

// Once: a subquery that is asked again for each slot would pass over the one just changed, and
// find another.
std::optional<int16_t> take_between(const pg::Uuid &organization, const AccessKey &key,
                                    int64_t quantity, core::Instant now, int16_t first,
                                    int16_t last) {
    static pg::Plan plan{
        "WITH f AS MATERIALIZED (SELECT s.slot, s.used FROM billing_internal.usage_slots AS s "
        "WHERE s.organization_id = $1 AND s.customer_id = $2 AND s.feature_key = $3 "
        "AND s.slot BETWEEN $6 AND $7 AND s.lent - s.used >= $4 AND s.stands_from <= $5 "
        "AND (s.stands_until IS NULL OR s.stands_until > $5) "
        "LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) "
        "UPDATE billing_internal.usage_slots AS t SET used = t.used + $4 FROM f "
        "WHERE t.organization_id = $1 AND t.customer_id = $2 AND t.feature_key = $3 "
        "AND t.slot = f.slot RETURNING t.slot, t.used = f.used + $4",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID, INT2OID, INT2OID}};
    const pg::Result rows = pg::run_writing(plan,
                                            pg::Params(organization, key.customer, key.feature_key,
                                                       quantity, pg::Timestamp{now}, first, last),
                                            "usage_slots");
    if (rows.empty()) {
        return std::nullopt;
    }
    pg::require_stored("usage_slots", rows[0].boolean(1) ? 1 : 0, 1);
    return rows[0].i16(0);
}

void add_to_row(const pg::Uuid &organization, const AccessKey &key, int64_t used, int64_t leased) {
    static pg::Plan plan{
        "UPDATE billing_internal.access SET used = used + $4, leased = leased + $5 "
        "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, INT8OID}};
    pg::write(plan, pg::Params(organization, key.customer, key.feature_key, used, leased),
              "access");
}

struct Emptied {
    pg::Columns slots{{INT2OID}};
    int64_t lent = 0;
    int64_t used = 0;
};

void add_slots(Emptied &out, const pg::Result &rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
        out.slots.row(rows[i].i16(0));
        out.lent += rows[i].i64(1);
        out.used += rows[i].i64(2);
    }
}

Emptied lock_unused(const pg::Uuid &organization, const AccessKey &key) {
    static pg::Plan plan{
        "SELECT slot, lent, used FROM billing_internal.usage_slots WHERE organization_id = $1 "
        "AND customer_id = $2 AND feature_key = $3 FOR NO KEY UPDATE SKIP LOCKED",
        {UUIDOID, UUIDOID, TEXTOID}};
    Emptied out;
    add_slots(out, pg::run(plan, pg::Params(organization, key.customer, key.feature_key),
                           pg::Access::write));
    return out;
}

// Slots that are locked are lent so much each, and nothing is used of it.
void refill(const pg::Uuid &organization, const AccessKey &key, const Emptied &unused,
            int64_t share) {
    static pg::Plan plan{
        "UPDATE billing_internal.usage_slots SET lent = $4, used = 0 WHERE organization_id = $1 "
        "AND customer_id = $2 AND feature_key = $3 AND slot = ANY ($5) "
        "RETURNING (lent, used) = ($4, 0)",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, INT2ARRAYOID}};
    pg::Params params(organization, key.customer, key.feature_key, share);
    unused.slots.append_to(params);
    pg::write(plan, params, "usage_slots", unused.slots.size());
    const auto count = static_cast<int64_t>(unused.slots.size());
    add_to_row(organization, key, unused.used, share * count - unused.lent);
}

// Of each slot, the version that has used least.
struct LeastUsed {
    std::array<int64_t, kSlots> used{};
    std::array<bool, kSlots> seen{};
    bool by_others = false;

    void add(int16_t slot, int64_t version, bool unsure) {
        by_others = by_others || unsure;
        if (slot >= 0 && slot < kSlots) {
            used[slot] = seen[slot] ? std::min(used[slot], version) : version;
            seen[slot] = true;
        }
    }
};

} // namespace

bool slots_are_ready() {
    return slots.is_ready();
}

void prepare_slots() {
    slots.prepare();
}

std::optional<SlotTake> take_from_free_slot(const pg::Uuid &organization, const AccessKey &key,
                                            int64_t quantity, core::Instant now) {
    SlotTake out{0, quantity};
    const auto weigh = [&out, quantity, now](const Datum *values, const bool *nulls) {
        *out.used += DatumGetInt64(values[kUsed]);
        return can_give(values, nulls, quantity, now) ? distance_to(DatumGetInt16(values[kSlot]))
                                                      : -1;
    };
    const auto take = [&out, quantity](Datum *values, const bool *) {
        out.slot = DatumGetInt16(values[kSlot]);
        values[kUsed] = Int64GetDatum(DatumGetInt64(values[kUsed]) + quantity);
        return static_cast<int>(kUsed);
    };
    const pg::Written written =
        slots.change_best(PoolKey(organization, key).values.data(), weigh, take);
    return written == pg::Written::done ? std::optional(out) : std::nullopt;
}

std::optional<SlotTake> take_from_slot(const pg::Uuid &organization, const AccessKey &key,
                                       int64_t quantity, core::Instant now) {
    if (!slots_are_ready()) {
        prepare_slots();
    }
    if (const auto taken = take_from_free_slot(organization, key, quantity, now)) {
        return taken;
    }
    // A slot that was emptied meanwhile stays locked, though nothing is taken from it: who then
    // waited for the row would stop who holds the row and waits for the slot.
    pg::Savepoint savepoint;
    const auto slot = take_between(organization, key, quantity, now, 0, kSlots - 1);
    if (!slot) {
        savepoint.rollback();
        return std::nullopt;
    }
    savepoint.release();
    return SlotTake{*slot, std::nullopt};
}

void return_to_slot(const pg::Uuid &organization, const AccessKey &key, int16_t slot,
                    int64_t quantity) {
    static pg::Plan plan{"UPDATE billing_internal.usage_slots SET used = used - $5 "
                         "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 "
                         "AND slot = $4",
                         {UUIDOID, UUIDOID, TEXTOID, INT2OID, INT8OID}};
    pg::write(plan, pg::Params(organization, key.customer, key.feature_key, slot, quantity),
              "usage_slots");
}

void lend(const pg::Uuid &organization, const AccessKey &key, const Loan &loan, int64_t quantity) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.usage_slots (organization_id, customer_id, feature_key, "
        "slot, lent, used, stands_from, stands_until, epoch) SELECT $1, $2, $3, n, $4, 0, $5, $6, "
        "$7 FROM generate_series(0, $8 - 1) AS s (n) RETURNING (lent, used, stands_from, epoch) "
        "= ($4, 0, $5, $7)",
        {UUIDOID, UUIDOID, TEXTOID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
         INT4OID}};
    const int64_t share = share_of(loan.left, quantity);
    if (share == 0) {
        return;
    }
    pg::write(plan,
              pg::Params(organization, key.customer, key.feature_key, share,
                         pg::Timestamp{loan.from}, pg::bound(loan.until), pg::Timestamp{loan.epoch},
                         int32_t{kSlots}),
              "usage_slots", kSlots);
    add_to_row(organization, key, 0, share * kSlots);
}

void lend_again(const pg::Uuid &organization, const AccessKey &key, const Loan &loan,
                int64_t quantity) {
    const Emptied unused = lock_unused(organization, key);
    const int64_t share = share_of(loan.left + (unused.lent - unused.used), quantity);
    if (share > 0 && !unused.slots.empty()) {
        refill(organization, key, unused, share);
    }
}

std::optional<int64_t> least_used_by_others(const pg::Uuid &organization, const AccessKey &key) {
    LeastUsed least;
    slots.scan_possible(PoolKey(organization, key).values.data(),
                        [&least](const Datum *values, const bool *, const SnapshotData &dirty) {
                            least.add(DatumGetInt16(values[kSlot]), DatumGetInt64(values[kUsed]),
                                      TransactionIdIsValid(dirty.xmin) ||
                                          TransactionIdIsValid(dirty.xmax));
                            return true;
                        });
    return least.by_others
               ? std::optional(std::accumulate(least.used.begin(), least.used.end(), int64_t{0}))
               : std::nullopt;
}

void take_back_unused(const pg::Uuid &organization, const AccessKey &key) {
    const Emptied unused = lock_unused(organization, key);
    if (!unused.slots.empty()) {
        refill(organization, key, unused, 0);
    }
}

void wait_for_slots(const pg::Uuid &organization, const AccessKey &key) {
    if (!slots_are_ready()) {
        prepare_slots();
    }
    try {
        slots.wait_for_changes(PoolKey(organization, key).values.data());
    } catch (pg::ServerError &error) {
        if (error.data()->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED) {
            error.hint("Nothing of this transaction has happened: do it again. It and another one "
                       "had each consumed of one quota, and then asked for more than was certain "
                       "to be left before the other one ended.");
        }
        throw;
    }
}

void take_back(const pg::Uuid &organization, const AccessKey &key, AccessRow &row) {
    static pg::Plan plan{
        "DELETE FROM billing_internal.usage_slots WHERE organization_id = $1 AND customer_id = $2 "
        "AND feature_key = $3 RETURNING slot, lent, used",
        {UUIDOID, UUIDOID, TEXTOID}};
    Emptied all;
    add_slots(all, pg::run_writing(plan, pg::Params(organization, key.customer, key.feature_key),
                                   "usage_slots"));
    if (all.lent != row.leased) {
        pg::throw_not_stored("usage_slots", std::to_string(all.lent) + " of " +
                                                std::to_string(row.leased) + " lent came back");
    }
    add_to_row(organization, key, all.used, -row.leased);
    row.counter.used += all.used;
    row.leased = 0;
    raise_alerts_of_pool(organization, key, row, row.counter.used - all.used,
                         pg::transaction_start());
}

} // namespace billing::entitlements
