#include "pg/index_entries.hpp"

#include <algorithm>

extern "C" {
#include "access/genam.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/primnodes.h"
}

namespace billing::pg {

namespace {

// The column whose being NULL is all that leaves a row out of a partial index.
AttrNumber only_with(const IndexInfo *info) {
    if (list_length(info->ii_Predicate) != 1 || !IsA(linitial(info->ii_Predicate), NullTest)) {
        return InvalidAttrNumber;
    }
    const auto *test = static_cast<const NullTest *>(linitial(info->ii_Predicate));
    if (test->nulltesttype != IS_NOT_NULL || test->argisrow || !IsA(test->arg, Var)) {
        return InvalidAttrNumber;
    }
    return std::max<AttrNumber>(reinterpret_cast<const Var *>(test->arg)->varattno, 0);
}

// An index that the executor has more to do for than to write the entry: expressions, exclusion,
// checks that wait for the commit, conditions.
bool is_special(Relation index, const IndexInfo *info) {
    return info->ii_Expressions != NIL || info->ii_ExclusionOps != nullptr ||
           !index->rd_index->indimmediate || !info->ii_ReadyForInserts ||
           index->rd_rel->relam != BTREE_AM_OID ||
           (info->ii_Predicate != NIL && only_with(info) == InvalidAttrNumber);
}

// A B-tree takes nothing from the description of an index.
void insert_entry(Relation table, Relation index, TupleTableSlot *row) {
    static IndexInfo none;
    std::array<Datum, INDEX_MAX_KEYS> values;
    std::array<bool, INDEX_MAX_KEYS> nulls;
    const Form_pg_index about = index->rd_index;
    for (int i = 0; i < about->indnatts; ++i) {
        values[i] = slot_getattr(row, about->indkey.values[i], &nulls[i]);
    }
    none.type = T_IndexInfo;
    index_insert(index, values.data(), nulls.data(), &row->tts_tid, table,
                 about->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, &none);
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

} // namespace

void IndexEntries::learn(Relation table) {
    List *all = RelationGetIndexList(table);
    ListCell *cell = nullptr;
    count_ = 0;
    for_executor_ = list_length(all) > static_cast<int>(indexes_.size());
    foreach (cell, all) {
        if (for_executor_) {
            break;
        }
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        const IndexInfo *info = BuildIndexInfo(index);
        for_executor_ = is_special(index, info);
        indexes_[count_++] = {lfirst_oid(cell), only_with(info)};
        index_close(index, NoLock);
    }
}

void IndexEntries::insert(Relation table, TupleTableSlot *row, uint32_t state,
                          bool summaries_only) {
    if (state != state_) {
        learn(table);
        state_ = state;
    }
    if (for_executor_ || summaries_only) {
        insert_by_executor(table, row, summaries_only);
        return;
    }
    for (int i = 0; i < count_; ++i) {
        const Index &one = indexes_[i];
        if (one.only_with != InvalidAttrNumber && slot_attisnull(row, one.only_with)) {
            continue;
        }
        Relation index = index_open(one.id, RowExclusiveLock);
        insert_entry(table, index, row);
        index_close(index, NoLock);
    }
}

} // namespace billing::pg
