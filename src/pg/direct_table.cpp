#include "pg/direct_table.hpp"

#include <algorithm>

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

bool is_plain(Relation table) {
    const TupleConstr *rules = RelationGetDescr(table)->constr;
    return !XactReadOnly && !IsInParallelMode() && table->rd_rel->relkind == RELKIND_RELATION &&
           table->rd_rel->relam == HEAP_TABLE_AM_OID && table->trigdesc == nullptr &&
           (rules == nullptr || (rules->num_check == 0 && !rules->has_generated_stored));
}

// Without the hint that an update changed no column of an index: it only saves dead entries.
void insert_entries(Relation table, TupleTableSlot *slot) {
    EState *state = CreateExecutorState();
    ResultRelInfo *target = makeNode(ResultRelInfo);
    InitResultRelInfo(target, table, 0, nullptr, 0);
    ExecOpenIndices(target, false);
#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL, false);
#else
    ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL);
#endif
    ExecCloseIndices(target);
    ExecResetTupleTable(state->es_tupleTable, false);
    FreeExecutorState(state);
}

// This transaction changed or locked the row before, or several hold it: that is for the executor
// to sort out.
bool is_held_here(TupleTableSlot *slot) {
    const HeapTupleHeader row = ExecFetchSlotHeapTuple(slot, false, nullptr)->t_data;
    if ((row->t_infomask & HEAP_XMAX_INVALID) != 0) {
        return false;
    }
    return (row->t_infomask & HEAP_XMAX_IS_MULTI) != 0 ||
           TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetRawXmax(row));
}

} // namespace

// All of these run inside call(). Locks are kept to the end of the transaction.
Written DirectTable::write(Relation table, TupleTableSlot *slot, int place, Datum value) const {
    if (is_held_here(slot)) {
        return Written::not_so;
    }
    const HeapTuple old = ExecFetchSlotHeapTuple(slot, false, nullptr);
    int column = columns_[place];
    bool null = false;
    HeapTuple changed =
        heap_modify_tuple_by_cols(old, RelationGetDescr(table), 1, &column, &value, &null);
    TupleTableSlot *target = MakeSingleTupleTableSlot(RelationGetDescr(table), &TTSOpsHeapTuple);
    ExecStoreHeapTuple(changed, target, false);
    TM_FailureData failure;
    LockTupleMode mode;
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes indexes = TU_None;
#else
    bool indexes = false;
#endif
    const TM_Result result =
        table_tuple_update(table, &slot->tts_tid, target, GetCurrentCommandId(true),
                           GetActiveSnapshot(), InvalidSnapshot, false, &failure, &mode, &indexes);
    if (result == TM_Ok && indexes) {
        insert_entries(table, target);
    }
    ExecDropSingleTupleTableSlot(target);
    if (result == TM_BeingModified) {
        return Written::busy;
    }
    return result == TM_Ok ? Written::done : Written::not_so;
}

Written DirectTable::change_row(const Datum *key, Decision decide, void *state) {
    Relation table = table_open(table_, RowExclusiveLock);
    Relation index = index_open(index_, RowExclusiveLock);
    IndexScanDesc scan = begin(table, index, key);
    TupleTableSlot *slot = table_slot_create(table, nullptr);
    Written out = Written::refused;
    if (next(scan, slot, key)) {
        std::array<Datum, kMaxColumns> values;
        std::array<bool, kMaxColumns> nulls;
        read_columns(slot, values.data(), nulls.data());
        const int place = decide(state, values.data(), nulls.data());
        if (place >= 0) {
            out = is_plain(table) ? write(table, slot, place, values[place]) : Written::not_so;
        }
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    index_close(index, NoLock);
    table_close(table, NoLock);
    if (out == Written::done) {
        CommandCounterIncrement();
    }
    return out;
}

bool DirectTable::append(const Datum *values, const char *nulls) {
    return call([=, this] { return append_row(values, nulls); });
}

bool DirectTable::append_row(const Datum *values, const char *nulls) {
    Relation table = table_open(table_, RowExclusiveLock);
    const bool plain = is_plain(table);
    if (plain) {
        TupleTableSlot *slot = table_slot_create(table, nullptr);
        ExecClearTuple(slot);
        std::fill_n(slot->tts_isnull, RelationGetDescr(table)->natts, true);
        for (int i = 0; i < count_; ++i) {
            slot->tts_values[columns_[i] - 1] = values[i];
            slot->tts_isnull[columns_[i] - 1] = nulls[i] == 'n';
        }
        ExecStoreVirtualTuple(slot);
        table_tuple_insert(table, slot, GetCurrentCommandId(true), 0, nullptr);
        insert_entries(table, slot);
        ExecDropSingleTupleTableSlot(slot);
    }
    table_close(table, NoLock);
    if (plain) {
        CommandCounterIncrement();
    }
    return plain;
}

} // namespace billing::pg
