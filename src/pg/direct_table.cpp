#include "pg/direct_table.hpp"

#include <algorithm>

extern "C" {
#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/primnodes.h"
#include "storage/procarray.h"
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

// An index that the executor has more to do for than to write the entry: expressions, conditions,
// exclusion, checks that wait for the commit.
bool is_special(Relation index, const IndexInfo *info) {
    return info->ii_Expressions != NIL || info->ii_Predicate != NIL ||
           info->ii_ExclusionOps != nullptr || !index->rd_index->indimmediate ||
           !info->ii_ReadyForInserts || index->rd_rel->relam != BTREE_AM_OID;
}

// Whether the condition of a partial index is that a column is not NULL, which is NULL in the row.
bool leaves_out(const IndexInfo *info, TupleTableSlot *slot) {
    if (list_length(info->ii_Predicate) != 1 || !IsA(linitial(info->ii_Predicate), NullTest)) {
        return false;
    }
    const auto *test = static_cast<const NullTest *>(linitial(info->ii_Predicate));
    if (test->nulltesttype != IS_NOT_NULL || test->argisrow || !IsA(test->arg, Var)) {
        return false;
    }
    const AttrNumber column = reinterpret_cast<const Var *>(test->arg)->varattno;
    return column > 0 && slot_attisnull(slot, column);
}

void insert_entry(Relation table, Relation index, IndexInfo *info, TupleTableSlot *slot) {
    std::array<Datum, INDEX_MAX_KEYS> values;
    std::array<bool, INDEX_MAX_KEYS> nulls;
    FormIndexDatum(info, slot, nullptr, values.data(), nulls.data());
    index_insert(index, values.data(), nulls.data(), &slot->tts_tid, table,
                 index->rd_index->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, info);
}

// Without the hint that an update changed no column of an index: it only saves dead entries.
void insert_by_executor(Relation table, TupleTableSlot *slot,
                        [[maybe_unused]] bool summaries_only) {
    EState *state = CreateExecutorState();
    ResultRelInfo *target = makeNode(ResultRelInfo);
    InitResultRelInfo(target, table, 0, nullptr, 0);
    ExecOpenIndices(target, false);
#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL, summaries_only);
#else
    ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL);
#endif
    ExecCloseIndices(target);
    ExecResetTupleTable(state->es_tupleTable, false);
    FreeExecutorState(state);
}

// The entries of a new row. Of two indexes, one of which has no entry for it, the executor would
// take as long as for all the rest.
void insert_entries(Relation table, TupleTableSlot *slot, bool summaries_only) {
    constexpr int kMost = 8;
    std::array<Relation, kMost> indexes;
    std::array<IndexInfo *, kMost> infos;
    int count = 0;
    bool special = false;
    ListCell *cell = nullptr;
    List *all = RelationGetIndexList(table);
    special = summaries_only || list_length(all) > kMost;
    foreach (cell, all) {
        if (special) {
            break;
        }
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        IndexInfo *info = BuildIndexInfo(index);
        if (leaves_out(info, slot)) {
            index_close(index, NoLock);
            continue;
        }
        special = is_special(index, info);
        indexes[count] = index;
        infos[count++] = info;
    }
    for (int i = 0; i < count; ++i) {
        if (!special) {
            insert_entry(table, indexes[i], infos[i], slot);
        }
        index_close(indexes[i], NoLock);
    }
    if (special) {
        insert_by_executor(table, slot, summaries_only);
    }
}

// Who changes or locks the row, as far as one can see without its page's lock.
enum class Holder { nobody, other, unclear };

// Where it is this transaction, or several, that is for the executor to sort out.
Holder holder_of(TupleTableSlot *slot) {
    const HeapTupleHeader row = ExecFetchSlotHeapTuple(slot, false, nullptr)->t_data;
    if ((row->t_infomask & HEAP_XMAX_INVALID) != 0) {
        return Holder::nobody;
    }
    const TransactionId holder = HeapTupleHeaderGetRawXmax(row);
    if ((row->t_infomask & HEAP_XMAX_IS_MULTI) != 0 ||
        TransactionIdIsCurrentTransactionId(holder)) {
        return Holder::unclear;
    }
    return TransactionIdIsInProgress(holder) ? Holder::other : Holder::nobody;
}

} // namespace

// All of these run inside call(). Locks are kept to the end of the transaction.
Written DirectTable::write(Relation table, TupleTableSlot *slot, int place, Datum value) const {
    CheckCmdReplicaIdentity(table, CMD_UPDATE);
    const Holder holder = holder_of(slot);
    if (holder != Holder::nobody) {
        return holder == Holder::other ? Written::busy : Written::not_so;
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
    IndexUpdate indexes = kNoIndex;
    // The server knows no update that does not wait (an assertion guards it), and to lock the row
    // first would write it twice. So whoever came between waits, as UPDATE does.
    constexpr bool kWait = true;
    const TM_Result result =
        table_tuple_update(table, &slot->tts_tid, target, GetCurrentCommandId(true),
                           GetActiveSnapshot(), InvalidSnapshot, kWait, &failure, &mode, &indexes);
    if (result == TM_Ok && indexes != kNoIndex) {
        insert_entries(table, target, in_summaries_only(indexes));
    }
    ExecDropSingleTupleTableSlot(target);
    return result == TM_Ok ? Written::done : Written::not_so;
}

Written DirectTable::change_row(const Datum *key, Decision decide, void *state) {
    Rows rows = begin(RowExclusiveLock, GetActiveSnapshot(), key);
    Written out = Written::refused;
    if (next(rows)) {
        std::array<Datum, kMaxColumns> values;
        std::array<bool, kMaxColumns> nulls;
        read_columns(rows.slot, values.data(), nulls.data());
        const int place = decide(state, values.data(), nulls.data());
        if (place >= 0) {
            out = is_plain(rows.table) ? write(rows.table, rows.slot, place, values[place])
                                       : Written::not_so;
        }
    }
    end(rows);
    if (out == Written::done) {
        CommandCounterIncrement();
    }
    return out;
}

// The lock is one that whoever makes a trigger or a check has to wait for.
bool DirectTable::can_append() const {
    return call([this] {
        Relation table = table_open(table_, RowExclusiveLock);
        const bool plain = is_plain(table);
        table_close(table, NoLock);
        return plain;
    });
}

bool DirectTable::append(const Datum *values, const char *nulls) {
    return call([=, this] { return append_row(values, nulls); });
}

bool DirectTable::append_row(const Datum *values, const char *nulls) {
    Relation table = open_table(RowExclusiveLock);
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
        insert_entries(table, slot, false);
        ExecDropSingleTupleTableSlot(slot);
    }
    table_close(table, NoLock);
    if (plain) {
        CommandCounterIncrement();
    }
    return plain;
}

} // namespace billing::pg
