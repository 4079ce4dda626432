#include "pg/index_probe.hpp"

#include <algorithm>

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

IndexProbe *first = nullptr;

bool is_hashed(Relation index) {
    return index->rd_rel->relam == HASH_AM_OID;
}

// Of the types that keys have. Equality of texts goes by their bytes in any deterministic
// collation, which every database's is.
Datum digest_with(RegProcedure equals, Datum value, Datum seed) {
    return equals == F_TEXTEQ
               ? DirectFunctionCall2Coll(hashtextextended, C_COLLATION_OID, value, seed)
               : DirectFunctionCall2(uuid_hash_extended, value, seed);
}

bool are_equal(RegProcedure equals, Datum one, Datum other) {
    return DatumGetBool(equals == F_TEXTEQ
                            ? DirectFunctionCall2Coll(texteq, C_COLLATION_OID, one, other)
                            : DirectFunctionCall2(uuid_eq, one, other));
}

} // namespace

void IndexProbe::forget(Datum, Oid relation) {
    for (IndexProbe *probe = first; probe != nullptr; probe = probe->next_) {
        if (relation == InvalidOid || relation == probe->table_ || relation == probe->index_) {
            probe->valid_ = false;
        }
    }
}

// Runs inside call(). What an index that is being built, or whose building ended in an error, does
// not find may be there.
void IndexProbe::find() {
    const Oid schema = get_namespace_oid("billing_internal", false);
    table_ = get_relname_relid(table_name_, schema);
    index_ = get_relname_relid(index_name_, schema);
    if (!OidIsValid(table_) || !OidIsValid(index_) || !get_index_isvalid(index_)) {
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_TABLE),
                 errmsg("billing_internal.%s has no valid index %s", table_name_, index_name_),
                 errdetail("Access and usage are looked up by this index."),
                 errhint("Create it as a new installation has it, or wait until it is built.")));
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
//
// What the index has for hashtextextended(last, .. uuid_hash_extended(second,
// uuid_hash_extended(first, 0))).
Datum IndexProbe::digest_of(const Datum *key) const {
    Datum digest = Int64GetDatum(0);
    for (int i = 0; i < keys_; ++i) {
        digest = digest_with(equals_[i], key[i], digest);
    }
    return digest;
}

// Two keys may have one digest.
bool IndexProbe::equals(TupleTableSlot *slot, const Datum *key) const {
    for (int i = keys_ - 1; i >= 0; --i) {
        bool null = false;
        const Datum stored = slot_getattr(slot, columns_[i], &null);
        if (null || !are_equal(equals_[i], stored, key[i])) {
            return false;
        }
    }
    return true;
}

// The lock may have been waited for, behind who made the index anew; who holds it keeps the index.
Relation IndexProbe::open_table(LOCKMODE lock) {
    Relation table = table_open(table_, lock);
    if (!valid_) {
        find();
    }
    return table;
}

IndexProbe::Opened IndexProbe::open(LOCKMODE lock) {
    Relation table = open_table(lock);
    return {table, index_open(index_, lock)};
}

// Locks are kept to the end of the transaction, as the executor keeps them.
void IndexProbe::close(const Opened &opened) {
    index_close(opened.index, NoLock);
    table_close(opened.table, NoLock);
}

IndexScanDesc IndexProbe::begin(const Opened &opened, Snapshot snapshot, const Datum *key) const {
    const auto [table, index] = opened;
    std::array<ScanKeyData, kMaxKeys> keys;
    const int count = is_hashed(index) ? 1 : keys_;
    if (is_hashed(index)) {
        ScanKeyEntryInitialize(&keys[0], 0, 1, HTEqualStrategyNumber, InvalidOid, InvalidOid,
                               F_INT8EQ, digest_of(key));
    } else {
        for (int i = 0; i < keys_; ++i) {
            ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(i + 1),
                                   BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[i],
                                   equals_[i], key[i]);
        }
    }
#if PG_VERSION_NUM >= 180000
    IndexScanDesc scan = index_beginscan(table, index, snapshot, nullptr, count, 0);
#else
    IndexScanDesc scan = index_beginscan(table, index, snapshot, count, 0);
#endif
    index_rescan(scan, keys.data(), count, nullptr, 0);
    return scan;
}

bool IndexProbe::next(IndexScanDesc scan, TupleTableSlot *slot, const Datum *key) const {
    while (index_getnext_slot(scan, ForwardScanDirection, slot)) {
        if (!is_hashed(scan->indexRelation) || equals(slot, key)) {
            return true;
        }
    }
    return false;
}

void IndexProbe::read_columns(TupleTableSlot *slot, Datum *values, bool *nulls) const {
    for (int i = 0; i < count_; ++i) {
        values[i] = slot_getattr(slot, columns_[i], &nulls[i]);
    }
}

void IndexProbe::scan_rows(Snapshot snapshot, const Datum *key, Callback read, void *state) {
    const Opened opened = open(AccessShareLock);
    IndexScanDesc scan = begin(opened, snapshot, key);
    TupleTableSlot *slot = table_slot_create(opened.table, nullptr);
    bool more = true;
    while (more && next(scan, slot, key)) {
        std::array<Datum, kMaxColumns> values;
        std::array<bool, kMaxColumns> nulls;
        read_columns(slot, values.data(), nulls.data());
        more = read(state, values.data(), nulls.data());
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    close(opened);
}

namespace {

// More than so many are waited for when the rows are locked.
struct Changers {
    std::array<TransactionId, 64> ids;
    size_t count = 0;

    void add(TransactionId id) {
        const bool known = std::find(ids.begin(), ids.begin() + count, id) != ids.begin() + count;
        if (TransactionIdIsValid(id) && !known && count < ids.size()) {
            ids[count++] = id;
        }
    }
};

} // namespace

void IndexProbe::wait_for_changes(const Datum *key) {
    Changers changers;
    scan_possible(key, [&changers](const Datum *, const bool *, const SnapshotData &dirty) {
        changers.add(dirty.xmin);
        changers.add(dirty.xmax);
        return true;
    });
    call([&changers] {
        for (size_t i = 0; i < changers.count; ++i) {
            XactLockTableWait(changers.ids[i], nullptr, nullptr, XLTW_None);
        }
    });
}

} // namespace billing::pg
