#include "pg/hash_lookup.hpp"

// The prelude took this macro away, and the header needs it.
#define Min(x, y) ((x) < (y) ? (x) : (y))
extern "C" {
#include "access/hash.h"
#undef Min
#include "access/heapam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "pgstat.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

uint32_t hash_at(Page page, OffsetNumber place) {
    const auto *entry =
        reinterpret_cast<const IndexTupleData *>(PageGetItem(page, PageGetItemId(page, place)));
    return _hash_get_indextuple_hashkey(const_cast<IndexTuple>(entry));
}

// The first entry that is not below `hash`. Entries are in the order of their hashes, which are
// spread evenly: where it would be between the ends known so far is nearly where it is, in two or
// three looks. A search by halves takes eight, each at a place of memory of its own.
OffsetNumber first_place_of(Page page, uint32_t hash) {
    constexpr int kGuesses = 5;
    OffsetNumber lower = FirstOffsetNumber;
    OffsetNumber upper = PageGetMaxOffsetNumber(page) + 1;
    uint64_t least = 0;
    uint64_t most = uint64_t{PG_UINT32_MAX} + 1;
    for (int looks = 0; lower < upper; ++looks) {
        const uint64_t share = looks < kGuesses ? (upper - lower) * (hash - least) / (most - least)
                                                : (upper - lower) / 2;
        const auto place = static_cast<OffsetNumber>(lower + share);
        const uint32_t found = hash_at(page, place);
        if (found < hash) {
            lower = place + 1;
            least = found;
        } else {
            upper = place;
            most = uint64_t{found} + 1;
        }
    }
    return lower;
}

// All of it, while its first bytes are waited for.
void prefetch_row(Page page, OffsetNumber place) {
    constexpr unsigned kLine = 64;
    const ItemId id = PageGetItemId(page, place);
    const char *row = page + ItemIdGetOffset(id);
    for (unsigned i = 0; i < ItemIdGetLength(id); i += kLine) {
        __builtin_prefetch(row + i);
    }
}

} // namespace

bool HashLookup::fits(Relation index) {
    return index->rd_rel->relam == HASH_AM_OID &&
           index_getprocid(index, 1, HASHSTANDARD_PROC) == F_HASHINT8;
}

// A serializable transaction notes what it read, which a scan does.
bool HashLookup::can_look(Relation table, Snapshot snapshot) {
#if PG_VERSION_NUM < 170000
    if (OldSnapshotThresholdActive()) {
        return false;
    }
#endif
    return IsMVCCSnapshot(snapshot) && !IsolationIsSerializable() &&
           table->rd_rel->relam == HEAP_TABLE_AM_OID;
}

void HashLookup::Candidates::add_those_of(uint32_t hash) {
    const bool sure_of_dead = !TransactionStartedDuringRecovery();
    Page page = BufferGetPage(bucket);
    const OffsetNumber last = PageGetMaxOffsetNumber(page);
    for (OffsetNumber place = first_place_of(page, hash); place <= last; ++place) {
        const ItemId id = PageGetItemId(page, place);
        const auto *entry = reinterpret_cast<const IndexTupleData *>(PageGetItem(page, id));
        if (hash_at(page, place) != hash) {
            break;
        }
        if (ItemIdIsDead(id) && sure_of_dead) {
            continue;
        }
        if (count == kMostRows) { // many dead versions: a scan notes them as dead
            complete = false;
            break;
        }
        rows[count++] = entry->t_tid;
    }
}

HashLookup::Candidates HashLookup::look_up(Relation index, Datum digest) {
    pgstat_count_index_scan(index);
    const uint32_t hash = _hash_datum2hashkey(index, digest);
    Buffer meta = InvalidBuffer;
    HashMetaPage known = _hash_getcachedmetap(index, &meta, false);
    if (BufferIsValid(meta)) {
        ReleaseBuffer(meta);
    }
    const Bucket bucket = _hash_hashkey2bucket(hash, known->hashm_maxbucket, known->hashm_highmask,
                                               known->hashm_lowmask);
    Candidates out;
    out.bucket = index_pages_.read(index, BUCKET_TO_BLKNO(known, bucket),
                                   BLCKSZ - sizeof(HashPageOpaqueData));
    LockBuffer(out.bucket, BUFFER_LOCK_SHARE);
    _hash_checkpage(index, out.bucket, LH_BUCKET_PAGE);
    const auto *page = reinterpret_cast<const HashPageOpaqueData *>(
        PageGetSpecialPointer(BufferGetPage(out.bucket)));
    // Split since it was noted which buckets there are: the entry may be in another.
    const bool split = page->hasho_prevblkno > known->hashm_maxbucket;
    out.complete =
        !split && !H_BUCKET_BEING_POPULATED(page) && !BlockNumberIsValid(page->hasho_nextblkno);
    if (!split) {
        out.add_those_of(hash);
    }
    LockBuffer(out.bucket, BUFFER_LOCK_UNLOCK);
    return out;
}

void HashLookup::Candidates::release() const {
    ReleaseBuffer(bucket);
}

bool HashLookup::fetch(Relation table, ItemPointerData row, Snapshot snapshot,
                       TupleTableSlot *slot) {
    const OffsetNumber place = ItemPointerGetOffsetNumber(&row);
    const Buffer buffer =
        table_pages_.read(table, ItemPointerGetBlockNumber(&row),
                          SizeOfPageHeaderData + (place - 1) * sizeof(ItemIdData));
    heap_page_prune_opt(table, buffer);
    HeapTuple tuple = &reinterpret_cast<BufferHeapTupleTableSlot *>(slot)->base.tupdata;
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    prefetch_row(BufferGetPage(buffer), place);
    const bool visible =
        heap_hot_search_buffer(&row, table, buffer, snapshot, tuple, nullptr, true);
    LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    if (!visible) {
        ReleaseBuffer(buffer);
        return false;
    }
    pgstat_count_heap_fetch(table);
    slot->tts_tableOid = RelationGetRelid(table);
    ExecStorePinnedBufferHeapTuple(tuple, slot, buffer);
    return true;
}

} // namespace billing::pg
