#include "pg/direct_table.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "storage/procarray.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

// Which indexes an update has to tell. From 16 on a row may stay in its chain though a column of a
// BRIN index changed: then only such indexes are told, as a B-tree must not point into a chain.
#if PG_VERSION_NUM >= 160000
using IndexUpdate = TU_UpdateIndexes;
constexpr IndexUpdate kNoIndex = TU_None;
bool in_summaries_only(IndexUpdate update) {
    return update == TU_Summarizing;
}
#else
using IndexUpdate = bool;
constexpr IndexUpdate kNoIndex = false;
bool in_summaries_only(IndexUpdate) {
    return false;
}
#endif

bool has_generated(const TupleConstr &rules) {
#if PG_VERSION_NUM >= 180000
    return rules.has_generated_stored || rules.has_generated_virtual;
#else
    return rules.has_generated_stored;
#endif
}

bool is_plain(Relation table) {
    const TupleConstr *rules = RelationGetDescr(table)->constr;
    return !XactReadOnly && !IsInParallelMode() && table->rd_rel->relkind == RELKIND_RELATION &&
           table->rd_rel->relam == HEAP_TABLE_AM_OID && table->trigdesc == nullptr &&
           table->rd_rules == nullptr &&
           (rules == nullptr || (rules->num_check == 0 && !has_generated(*rules)));
}

// Who changes or locks the row, before it is tried.
enum class Holder { nobody, other, unclear };

// Where it is this transaction, or several, or one that changed it and ended after the snapshot,
// that is for the executor to sort out. The lock, as the two fields are of no use if they are not
// of one holder: the number of several, taken for that of a transaction, may be of none.
Holder holder_of(HeapTupleHeader row, Buffer page) {
    if ((row->t_infomask & HEAP_XMAX_INVALID) != 0) {
        return Holder::nobody;
    }
    LockBuffer(page, BUFFER_LOCK_SHARE);
    const uint16 about = row->t_infomask;
    const TransactionId holder = HeapTupleHeaderGetRawXmax(row);
    LockBuffer(page, BUFFER_LOCK_UNLOCK);
    if ((about & HEAP_XMAX_INVALID) != 0) {
        return Holder::nobody;
    }
    if ((about & HEAP_XMAX_IS_MULTI) != 0 || TransactionIdIsCurrentTransactionId(holder)) {
        return Holder::unclear;
    }
    if (TransactionIdIsInProgress(holder)) {
        return Holder::other;
    }
    return !HEAP_XMAX_IS_LOCKED_ONLY(about) && TransactionIdDidCommit(holder) ? Holder::unclear
                                                                              : Holder::nobody;
}

// Where a column of 8 bytes is in a row, if no column before it is of another width or NULL there.
std::optional<size_t> place_of(HeapTuple row, TupleDesc type, AttrNumber column) {
    size_t at = row->t_data->t_hoff;
    if (HeapTupleHeaderGetNatts(row->t_data) < column) {
        return std::nullopt;
    }
    for (AttrNumber i = 1; i <= column; ++i) {
        const auto *attribute = TupleDescAttr(type, i - 1);
        if (attribute->attlen <= 0 || heap_attisnull(row, i, nullptr)) {
            return std::nullopt;
        }
        at = att_align_nominal(at, attribute->attalign);
        if (i < column) {
            at += static_cast<size_t>(attribute->attlen);
        }
    }
    const auto *attribute = TupleDescAttr(type, column - 1);
    return attribute->attbyval && attribute->attlen == sizeof(Datum) ? std::optional(at)
                                                                     : std::nullopt;
}

// A copy of the row with another value, which is taken apart only where it has to be.
HeapTuple with_value(HeapTuple row, TupleDesc type, AttrNumber column, Datum value) {
    if (const auto place = place_of(row, type, column)) {
        HeapTuple copy = heap_copytuple(row);
        std::memcpy(reinterpret_cast<char *>(copy->t_data) + *place, &value, sizeof(value));
        return copy;
    }
    int number = column;
    bool null = false;
    return heap_modify_tuple_by_cols(row, type, 1, &number, &value, &null);
}

} // namespace

// All of these run inside call(). Locks are kept to the end of the transaction.
Written DirectTable::write(Relation table, HeapTuple old, int place, Datum value) {
    CheckCmdReplicaIdentity(table, CMD_UPDATE);
    HeapTuple changed = with_value(old, row_type_, columns_[place], value);
    TupleTableSlot *target = MakeSingleTupleTableSlot(row_type_, &TTSOpsHeapTuple);
    ExecStoreHeapTuple(changed, target, true);
    TM_FailureData failure;
    LockTupleMode mode;
    IndexUpdate indexes = kNoIndex;
    // The server knows no update that does not wait (an assertion guards it), and to lock the row
    // first would write it twice. So whoever came between waits, as UPDATE does.
    constexpr bool kWait = true;
    const TM_Result result =
        table_tuple_update(table, &old->t_self, target, GetCurrentCommandId(true),
                           GetActiveSnapshot(), InvalidSnapshot, kWait, &failure, &mode, &indexes);
    if (result == TM_Ok && indexes != kNoIndex) {
        entries_.insert(table, target, finds_, in_summaries_only(indexes));
    }
    ExecDropSingleTupleTableSlot(target);
    return result == TM_Ok ? Written::done : Written::not_so;
}

Written DirectTable::change_row(const Datum *key, Decision decide, void *state) {
    Rows rows = begin(RowExclusiveLock, GetActiveSnapshot(), key);
    Written out = Written::refused;
    if (next(rows)) {
        const int place = decide(state, rows.values.data(), rows.nulls.data());
        if (place >= 0) {
            const Holder holder =
                is_plain(rows.table) ? holder_of(rows.row.t_data, page_of(rows)) : Holder::unclear;
            out = holder == Holder::nobody ? write(rows.table, &rows.row, place, rows.values[place])
                  : holder == Holder::other ? Written::busy
                                            : Written::not_so;
        }
    }
    end(rows);
    if (out == Written::done) {
        CommandCounterIncrement();
    }
    return out;
}

Written DirectTable::change_best_row(const Datum *key, Decision weigh, Decision decide,
                                     void *state) {
    Rows rows = begin(RowExclusiveLock, GetActiveSnapshot(), key);
    if (!is_plain(rows.table)) {
        end(rows);
        return Written::not_so;
    }
    int lowest = PG_INT32_MAX;
    HeapTuple best = nullptr;
    while (next(rows)) {
        const int rank = weigh(state, rows.values.data(), rows.nulls.data());
        if (rank >= 0 && rank < lowest &&
            holder_of(rows.row.t_data, page_of(rows)) == Holder::nobody) {
            lowest = rank;
            best = heap_copytuple(&rows.row);
        }
    }
    Written out = Written::refused;
    if (best != nullptr) {
        rows.row = *best;
        read(rows);
        const int place = decide(state, rows.values.data(), rows.nulls.data());
        out = write(rows.table, best, place, rows.values[place]);
    }
    end(rows);
    if (out == Written::done) {
        CommandCounterIncrement();
    }
    return out;
}

// Of a column that is not named the executor writes the default, and minds what forbids a NULL.
bool DirectTable::leaves_nulls() {
    if (looked_at_ == finds_) {
        return leaves_nulls_;
    }
    leaves_nulls_ = true;
    for (AttrNumber i = 1; i <= row_type_->natts; ++i) {
        const auto *column = TupleDescAttr(row_type_, i - 1);
        const AttrNumber *const end = columns_.data() + count_;
        if (!column->attisdropped &&
            std::find<const AttrNumber *>(columns_.data(), end, i) == end &&
            (column->atthasdef || column->attnotnull || column->attidentity != '\0' ||
             get_typtype(column->atttypid) == TYPTYPE_DOMAIN)) {
            leaves_nulls_ = false;
        }
    }
    looked_at_ = finds_;
    return leaves_nulls_;
}

// The lock is one that whoever makes a trigger or a check has to wait for.
bool DirectTable::can_append() {
    return call([this] {
        Relation table = open_table(RowExclusiveLock);
        const bool can = is_plain(table) && leaves_nulls();
        table_close(table, NoLock);
        return can;
    });
}

bool DirectTable::append(const Datum *values, const char *nulls) {
    return call([=, this] { return append_row(values, nulls); });
}

bool DirectTable::append_row(const Datum *values, const char *nulls) {
    Relation table = open_table(RowExclusiveLock);
    const bool can = is_plain(table) && leaves_nulls();
    if (can) {
        TupleTableSlot *slot = MakeSingleTupleTableSlot(row_type_, table_slot_callbacks(table));
        std::fill_n(slot->tts_isnull, row_type_->natts, true);
        for (int i = 0; i < count_; ++i) {
            slot->tts_values[columns_[i] - 1] = values[i];
            slot->tts_isnull[columns_[i] - 1] = nulls[i] == 'n';
        }
        ExecStoreVirtualTuple(slot);
        table_tuple_insert(table, slot, GetCurrentCommandId(true), 0, nullptr);
        entries_.insert(table, slot, finds_, false);
        ExecDropSingleTupleTableSlot(slot);
    }
    table_close(table, NoLock);
    if (can) {
        CommandCounterIncrement();
    }
    return can;
}

} // namespace billing::pg
