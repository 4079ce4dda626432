#include "pg/index_probe.hpp"

#include <algorithm>
#include <cstring>

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
}

namespace billing::pg {

namespace {

// Of the types that keys have. Equality of texts goes by their bytes in any deterministic
// collation, which every database's is.
Datum digest_with(RegProcedure equals, Datum value, Datum seed) {
    return equals == F_TEXTEQ
               ? DirectFunctionCall2Coll(hashtextextended, C_COLLATION_OID, value, seed)
               : DirectFunctionCall2(uuid_hash_extended, value, seed);
}

bool are_equal_texts(Datum one, Datum other) {
    const auto *first = reinterpret_cast<const struct varlena *>(DatumGetPointer(one));
    const auto *second = reinterpret_cast<const struct varlena *>(DatumGetPointer(other));
    if (VARATT_IS_COMPRESSED(first) || VARATT_IS_EXTERNAL(first)) {
        return DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, one, other));
    }
    const size_t length = VARSIZE_ANY_EXHDR(first);
    return length == VARSIZE_ANY_EXHDR(second) &&
           std::memcmp(VARDATA_ANY(first), VARDATA_ANY(second), length) == 0;
}

// Of what is stored and a key.
bool are_equal(RegProcedure equals, Datum one, Datum other) {
    return equals == F_TEXTEQ
               ? are_equal_texts(one, other)
               : std::memcmp(DatumGetUUIDP(one), DatumGetUUIDP(other), UUID_LEN) == 0;
}

} // namespace

// What the index has for hashtextextended(last, .. uuid_hash_extended(second,
// uuid_hash_extended(first, 0))).
Datum IndexProbe::digest_of(const Datum *key) const {
    Datum digest = Int64GetDatum(0);
    for (int i = 0; i < keys_; ++i) {
        digest = digest_with(equals_[i], key[i], digest);
    }
    return digest;
}

IndexProbe::Rows IndexProbe::begin(LOCKMODE lock, Snapshot snapshot, const Datum *key) {
    Datum digest = 0;
    if (hashed_) {
        digest = digest_of(key);
        lookup_->prefetch(HashLookup::hash_of(digest));
    }
    Relation table = open_table(lock);
    Relation index = index_open(index_, lock);
    if (!fits_) {
        require_fit(index);
        digest = hashed_ ? digest_of(key) : 0;
    }
    return {table, index, snapshot, key, digest};
}

void IndexProbe::end(Rows &rows) {
    rows.found.release();
    if (BufferIsValid(rows.page)) {
        ReleaseBuffer(rows.page);
    }
    if (rows.scan != nullptr) {
        index_endscan(rows.scan);
        ExecDropSingleTupleTableSlot(rows.slot);
    }
    index_close(rows.index, NoLock);
    table_close(rows.table, NoLock);
}

Buffer IndexProbe::page_of(const Rows &rows) {
    return rows.scan == nullptr ? rows.page
                                : reinterpret_cast<BufferHeapTupleTableSlot *>(rows.slot)->buffer;
}

void IndexProbe::read(Rows &rows) const {
    HeapTuple row = &rows.row;
    if (layout_.can_read(row->t_data)) {
        const int misfit = layout_.read(row->t_data, rows.values.data(), rows.nulls.data());
        if (misfit != RowLayout::kFits) {
            refuse_column(named_[misfit]);
        }
        return;
    }
    for (int i = 0; i < count_; ++i) {
        rows.values[i] = heap_getattr(row, columns_[i], row_type_, &rows.nulls[i]);
        if (rows.nulls[i] && !named_[i].nullable) {
            refuse_column(named_[i]);
        }
    }
}

// Two keys may have one digest.
bool IndexProbe::equals(const Rows &rows) const {
    for (int i = keys_ - 1; i >= 0; --i) {
        if (!are_equal(equals_[i], rows.values[i], rows.key[i])) {
            return false;
        }
    }
    return true;
}

void IndexProbe::scan_index(Rows &rows) const {
    std::array<ScanKeyData, kMaxKeys> keys;
    const int count = hashed_ ? 1 : keys_;
    if (hashed_) {
        ScanKeyEntryInitialize(&keys[0], 0, 1, HTEqualStrategyNumber, InvalidOid, InvalidOid,
                               F_INT8EQ, rows.digest);
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
    rows.slot = table_slot_create(rows.table, nullptr);
}

// A key of several rows is looked up whole or not at all, so that none is met twice.
void IndexProbe::look_up(Rows &rows) {
    constexpr int kVersions = 4;
    const bool one = names_ == Key::one_row;
    rows.looked = true;
    if (!hashed_ || !HashLookup::can_look(rows.table, rows.snapshot)) {
        return;
    }
    const uint32_t hash = HashLookup::hash_of(rows.digest);
    rows.found =
        lookup_->look_up(rows.index, hash, one ? kVersions : HashLookup::Candidates::kMost);
    while (!one && rows.found.complete && BlockNumberIsValid(rows.found.next)) {
        lookup_->look_further(rows.index, hash, rows.found);
    }
    if (!one && !rows.found.complete) {
        rows.found.release();
    }
}

bool IndexProbe::next_looked_up(Rows &rows) {
    while (true) {
        while (rows.at < rows.found.count) {
            const ItemPointerData place = rows.found.rows[rows.at++];
            if (!lookup_->fetch(rows.table, place, rows.snapshot, rows.row, rows.page)) {
                continue;
            }
            read(rows);
            if (equals(rows)) {
                rows.over = names_ == Key::one_row;
                if (rows.over) { // whoever changes the row may have to wait
                    rows.found.release();
                }
                return true;
            }
        }
        if (!BlockNumberIsValid(rows.found.next)) {
            rows.over = rows.found.complete;
            rows.found.release();
            return false;
        }
        lookup_->look_further(rows.index, HashLookup::hash_of(rows.digest), rows.found);
    }
}

bool IndexProbe::next_scanned(Rows &rows) const {
    while (index_getnext_slot(rows.scan, ForwardScanDirection, rows.slot)) {
        rows.row = *ExecFetchSlotHeapTuple(rows.slot, false, nullptr);
        read(rows);
        if (!hashed_ || equals(rows)) {
            return true;
        }
    }
    return false;
}

bool IndexProbe::next(Rows &rows) {
    if (rows.over) {
        return false;
    }
    if (!rows.looked) {
        look_up(rows);
    }
    if (rows.scan == nullptr) {
        if (next_looked_up(rows)) {
            return true;
        }
        if (rows.over) {
            return false;
        }
        scan_index(rows);
    }
    return next_scanned(rows);
}

void IndexProbe::scan_rows(Snapshot snapshot, const Datum *key, Callback read, void *state) {
    Rows rows = begin(AccessShareLock, snapshot, key);
    bool more = true;
    while (more && next(rows)) {
        more = read(state, rows.values.data(), rows.nulls.data());
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
