#include "pg/index_probe.hpp"

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "executor/tuptable.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

IndexProbe *first = nullptr;

} // namespace

void IndexProbe::forget(Datum, Oid relation) {
    for (IndexProbe *probe = first; probe != nullptr; probe = probe->next_) {
        if (relation == InvalidOid || relation == probe->table_ || relation == probe->index_) {
            probe->valid_ = false;
        }
    }
}

// Runs inside call().
void IndexProbe::find() {
    const Oid schema = get_namespace_oid("billing_internal", false);
    table_ = get_relname_relid(table_name_, schema);
    index_ = get_relname_relid(index_name_, schema);
    if (!OidIsValid(table_) || !OidIsValid(index_)) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("billing_internal.%s has no index %s", table_name_, index_name_)));
    }
    for (int i = 0; i < count_; ++i) {
        columns_[i] = get_attnum(table_, names_[i]);
    }
    valid_ = true;
}

void IndexProbe::prepare() {
    call([this] {
        if (first == nullptr) {
            CacheRegisterRelcacheCallback(forget, Datum(0));
        }
        if (!listed_) {
            next_ = first;
            first = this;
            listed_ = true;
        }
        find();
    });
}

// This and what follows runs inside call().
IndexScanDesc IndexProbe::begin(Relation table, Relation index, const Datum *key) const {
    std::array<ScanKeyData, kMaxKeys> keys;
    for (int i = 0; i < keys_; ++i) {
        ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(i + 1), BTEqualStrategyNumber,
                               InvalidOid, index->rd_indcollation[i], equals_[i], key[i]);
    }
#if PG_VERSION_NUM >= 180000
    IndexScanDesc scan = index_beginscan(table, index, GetActiveSnapshot(), nullptr, keys_, 0);
#else
    IndexScanDesc scan = index_beginscan(table, index, GetActiveSnapshot(), keys_, 0);
#endif
    index_rescan(scan, keys.data(), keys_, nullptr, 0);
    return scan;
}

void IndexProbe::read_columns(TupleTableSlot *slot, Datum *values, bool *nulls) const {
    for (int i = 0; i < count_; ++i) {
        values[i] = slot_getattr(slot, columns_[i], &nulls[i]);
    }
}

// Locks are kept to the end of the transaction, as the executor keeps them.
void IndexProbe::scan_rows(const Datum *key, Callback read, void *state) {
    Relation table = table_open(table_, AccessShareLock);
    Relation index = index_open(index_, AccessShareLock);
    IndexScanDesc scan = begin(table, index, key);
    TupleTableSlot *slot = table_slot_create(table, nullptr);
    while (index_getnext_slot(scan, ForwardScanDirection, slot)) {
        std::array<Datum, kMaxColumns> values;
        std::array<bool, kMaxColumns> nulls;
        read_columns(slot, values.data(), nulls.data());
        read(state, values.data(), nulls.data());
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    index_close(index, NoLock);
    table_close(table, NoLock);
}

} // namespace billing::pg
