#include "pg/index_probe.hpp"

#include <algorithm>
#include <cstring>
#include <new>

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "nodes/primnodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
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

// Runs inside call(), as all that follows but prepare().
void IndexProbe::refuse() const {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("billing_internal.%s has no valid index %s", table_name_, index_name_),
                    errdetail("Access and usage are looked up by this index."),
                    errhint("Create it as a new installation has it, or wait until it is built.")));
    pg_unreachable();
}

void IndexProbe::refuse_column(const Column &column) const {
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("billing_internal.%s.%s is not what the library reads: %s%s",
                           table_name_, column.name, format_type_be(column.type),
                           column.nullable ? "" : " and not NULL"),
                    errdetail("The column was altered."),
                    errhint("Change it back to what a new installation has.")));
    pg_unreachable();
}

// What an index that is being built, or whose building ended in an error, does not find may be
// there.
void IndexProbe::find() {
    const Oid schema = get_namespace_oid("billing_internal", false);
    table_ = get_relname_relid(table_name_, schema);
    index_ = get_relname_relid(index_name_, schema);
    if (!OidIsValid(table_) || get_rel_relkind(index_) != RELKIND_INDEX ||
        !get_index_isvalid(index_)) {
        refuse();
    }
    fits_ = false;
    for (int i = 0; i < count_; ++i) {
        columns_[i] = get_attnum(table_, named_[i].name);
        if (columns_[i] == InvalidAttrNumber ||
            get_atttype(table_, columns_[i]) != named_[i].type) {
            refuse_column(named_[i]);
        }
    }
    valid_ = true;
}

// What one of them learned of the index the others need not learn.
void IndexProbe::share_lookup() {
    for (const IndexProbe *probe = first; probe != nullptr; probe = probe->next_) {
        if (std::strcmp(probe->index_name_, index_name_) == 0) {
            lookup_ = probe->lookup_;
            return;
        }
    }
    lookup_ = new (MemoryContextAlloc(TopMemoryContext, sizeof(HashLookup))) HashLookup;
}

void IndexProbe::prepare() {
    call([this] {
        if (first == nullptr) {
            CacheRegisterRelcacheCallback(forget, Datum(0));
        }
        if (!listed_) {
            share_lookup();
            next_ = first;
            first = this;
            listed_ = true;
        }
        find();
    });
}

// What the index has for hashtextextended(last, .. uuid_hash_extended(second,
// uuid_hash_extended(first, 0))).
Datum IndexProbe::digest_of(const Datum *key) const {
    Datum digest = Int64GetDatum(0);
    for (int i = 0; i < keys_; ++i) {
        digest = digest_with(equals_[i], key[i], digest);
    }
    return digest;
}

// Whether its one column is that.
bool IndexProbe::is_digest(Relation index) const {
    const List *columns = RelationGetIndexExpressions(index);
    if (list_length(columns) != 1 || RelationGetIndexPredicate(index) != NIL) {
        return false;
    }
    const auto *node = static_cast<const Node *>(linitial(columns));
    for (int i = keys_ - 1; i >= 0; --i) {
        const Oid hash = equals_[i] == F_TEXTEQ ? F_HASHTEXTEXTENDED : F_UUID_HASH_EXTENDED;
        const auto *one = reinterpret_cast<const FuncExpr *>(node);
        if (!IsA(node, FuncExpr) || one->funcid != hash) {
            return false;
        }
        const auto *column = static_cast<const Var *>(linitial(one->args));
        if (!IsA(column, Var) || column->varattno != columns_[i]) {
            return false;
        }
        node = static_cast<const Node *>(lsecond(one->args));
    }
    const auto *seed = reinterpret_cast<const Const *>(node);
    return IsA(node, Const) && !seed->constisnull && DatumGetInt64(seed->constvalue) == 0;
}

// Whether its first columns can be compared with the key.
bool IndexProbe::has_keys(Relation index) const {
    if (index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indnkeyatts < keys_) {
        return false;
    }
    for (int i = 0; i < keys_; ++i) {
        const Oid type = index->rd_opcintype[i];
        const Oid equal =
            get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);
        if (!OidIsValid(equal) || get_opcode(equal) != equals_[i]) {
            return false;
        }
    }
    return true;
}

// Another index may have been given the name: to look a key up by other types would be to take its
// bytes for what they are not.
void IndexProbe::require_fit(Relation index) {
    const bool fits = index->rd_index->indrelid == table_ &&
                      (HashLookup::fits(index) ? is_digest(index) : has_keys(index));
    if (!fits) {
        refuse();
    }
    fits_ = true;
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

IndexProbe::Rows IndexProbe::begin(LOCKMODE lock, Snapshot snapshot, const Datum *key) {
    Relation table = open_table(lock);
    Relation index = index_open(index_, lock);
    if (!fits_) {
        require_fit(index);
    }
    return {table, index, snapshot, key, table_slot_create(table, nullptr)};
}

void IndexProbe::end(const Rows &rows) {
    if (rows.scan != nullptr) {
        index_endscan(rows.scan);
    }
    ExecDropSingleTupleTableSlot(rows.slot);
    index_close(rows.index, NoLock);
    table_close(rows.table, NoLock);
}

void IndexProbe::scan_index(Rows &rows) const {
    std::array<ScanKeyData, kMaxKeys> keys;
    const int count = is_hashed(rows.index) ? 1 : keys_;
    if (is_hashed(rows.index)) {
        ScanKeyEntryInitialize(&keys[0], 0, 1, HTEqualStrategyNumber, InvalidOid, InvalidOid,
                               F_INT8EQ, digest_of(rows.key));
    } else {
        for (int i = 0; i < count; ++i) {
            ScanKeyEntryInitialize(&keys[i], 0, static_cast<AttrNumber>(i + 1),
                                   BTEqualStrategyNumber, InvalidOid,
                                   rows.index->rd_indcollation[i], equals_[i], rows.key[i]);
        }
    }
#if PG_VERSION_NUM >= 180000
    rows.scan = index_beginscan(rows.table, rows.index, rows.snapshot, nullptr, count, 0);
#else
    rows.scan = index_beginscan(rows.table, rows.index, rows.snapshot, count, 0);
#endif
    index_rescan(rows.scan, keys.data(), count, nullptr, 0);
}

bool IndexProbe::next(Rows &rows) {
    if (rows.over) {
        return false;
    }
    const bool hashed = is_hashed(rows.index);
    const auto is_it = [this, &rows] { return equals(rows.slot, rows.key); };
    if (hashed && rows.scan == nullptr) {
        const HashLookup::Answer answer = lookup_->find(rows.table, rows.index, digest_of(rows.key),
                                                        rows.snapshot, rows.slot, is_it);
        rows.over = answer != HashLookup::Answer::unclear;
        if (rows.over) {
            return answer == HashLookup::Answer::row;
        }
    }
    if (rows.scan == nullptr) {
        scan_index(rows);
    }
    while (index_getnext_slot(rows.scan, ForwardScanDirection, rows.slot)) {
        if (!hashed || is_it()) {
            return true;
        }
    }
    return false;
}

void IndexProbe::read_columns(TupleTableSlot *slot, Datum *values, bool *nulls) const {
    for (int i = 0; i < count_; ++i) {
        values[i] = slot_getattr(slot, columns_[i], &nulls[i]);
        if (nulls[i] && !named_[i].nullable) {
            refuse_column(named_[i]);
        }
    }
}

void IndexProbe::scan_rows(Snapshot snapshot, const Datum *key, Callback read, void *state) {
    Rows rows = begin(AccessShareLock, snapshot, key);
    bool more = true;
    while (more && next(rows)) {
        std::array<Datum, kMaxColumns> values;
        std::array<bool, kMaxColumns> nulls;
        read_columns(rows.slot, values.data(), nulls.data());
        more = read(state, values.data(), nulls.data());
    }
    end(rows);
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
