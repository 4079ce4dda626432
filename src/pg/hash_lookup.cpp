#include "pg/hash_lookup.hpp"

#include <algorithm>

extern "C" {
#include "access/heapam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

namespace {

size_t place_of_line(OffsetNumber number) {
    return SizeOfPageHeaderData + (number - 1) * sizeof(ItemIdData);
}

uint32_t hash_at(Page page, OffsetNumber place) {
    const auto *entry =
        reinterpret_cast<const IndexTupleData *>(PageGetItem(page, PageGetItemId(page, place)));
    return _hash_get_indextuple_hashkey(const_cast<IndexTuple>(entry));
}

// Entries of a bucket are in the order of their hashes, which are spread evenly.
OffsetNumber likely_place_of(uint32_t hash, OffsetNumber entries) {
    return static_cast<OffsetNumber>(FirstOffsetNumber + (uint64_t{entries} * hash >> 32));
}

// Those around the place where one likely is: each is in a place of memory of its own.
constexpr OffsetNumber kAround = 6;
void prefetch_entries(Page page, OffsetNumber likely, OffsetNumber last) {
    const OffsetNumber from = likely > kAround ? likely - kAround : FirstOffsetNumber;
    const OffsetNumber to = std::min<OffsetNumber>(last, likely + kAround);
    for (OffsetNumber place = from; place <= to; ++place) {
        __builtin_prefetch(PageGetItem(page, PageGetItemId(page, place)));
    }
}

// The first entry that is not below `hash`. Entries are in the order of their hashes, which are
// spread evenly: where it would be between the ends known so far is nearly where it is, in two or
// three looks. A search by halves takes eight, each at a place of memory of its own.
OffsetNumber first_place_of(Page page, uint32_t hash) {
    constexpr int kGuesses = 5;
    OffsetNumber lower = FirstOffsetNumber;
    OffsetNumber upper = PageGetMaxOffsetNumber(page) + 1;
    prefetch_entries(page, likely_place_of(hash, upper - 1), upper - 1);
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
    if (place > PageGetMaxOffsetNumber(page)) {
        return; // a damaged index may say anything
    }
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

uint32_t HashLookup::hash_of(Datum digest) {
    return DatumGetUInt32(DirectFunctionCall1(hashint8, digest));
}

void HashLookup::note_shape(const HashMetaPageData &meta) {
    if (shape_.hashm_maxbucket != meta.hashm_maxbucket) {
        shape_.hashm_maxbucket = meta.hashm_maxbucket;
        shape_.hashm_highmask = meta.hashm_highmask;
        shape_.hashm_lowmask = meta.hashm_lowmask;
        std::copy_n(meta.hashm_spares, shape_.hashm_spares.size(), shape_.hashm_spares.begin());
    }
}

void HashLookup::prefetch(uint32_t hash) const {
    const Bucket bucket = _hash_hashkey2bucket(hash, shape_.hashm_maxbucket, shape_.hashm_highmask,
                                               shape_.hashm_lowmask);
    const OffsetNumber likely = likely_place_of(hash, shape_.entries);
    index_pages_.prefetch(BUCKET_TO_BLKNO(&shape_, bucket),
                          {0, place_of_line(std::max<OffsetNumber>(likely, kAround) - kAround + 1),
                           place_of_line(likely + kAround), BLCKSZ - sizeof(HashPageOpaqueData)});
}

void HashLookup::Candidates::add_those_of(uint32_t hash, Page page) {
    const bool sure_of_dead = !TransactionStartedDuringRecovery();
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
        if (count == most) {
            complete = false;
            break;
        }
        rows[count++] = entry->t_tid;
    }
}

HashLookup::Candidates HashLookup::look_up(Relation index, uint32_t hash, int most) {
    pgstat_count_index_scan(index);
    Buffer meta = InvalidBuffer;
    HashMetaPage known = _hash_getcachedmetap(index, &meta, false);
    if (BufferIsValid(meta)) {
        ReleaseBuffer(meta);
    }
    note_shape(*known);
    const Bucket bucket = _hash_hashkey2bucket(hash, known->hashm_maxbucket, known->hashm_highmask,
                                               known->hashm_lowmask);
    Candidates out;
    out.most = most;
    out.bucket = index_pages_.read(index, BUCKET_TO_BLKNO(known, bucket));
    LockBuffer(out.bucket, BUFFER_LOCK_SHARE);
    _hash_checkpage(index, out.bucket, LH_BUCKET_PAGE);
    Page page = BufferGetPage(out.bucket);
    const auto *about = reinterpret_cast<const HashPageOpaqueData *>(PageGetSpecialPointer(page));
    // Split since it was noted which buckets there are: the entry may be in another.
    const bool split = about->hasho_prevblkno > known->hashm_maxbucket;
    out.complete = !split && !H_BUCKET_BEING_POPULATED(about);
    if (!split) {
        shape_.entries = PageGetMaxOffsetNumber(page);
        out.next = about->hasho_nextblkno;
        out.add_those_of(hash, page);
    }
    if (out.count > 0) {
        const ItemPointerData &row = out.rows[0];
        table_pages_.prefetch(ItemPointerGetBlockNumber(&row),
                              {0, place_of_line(ItemPointerGetOffsetNumber(&row))});
    }
    LockBuffer(out.bucket, BUFFER_LOCK_UNLOCK);
    return out;
}

void HashLookup::look_further(Relation index, uint32_t hash, Candidates &found) {
    CHECK_FOR_INTERRUPTS();
    const Buffer buffer = index_pages_.read(index, found.next);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    _hash_checkpage(index, buffer, LH_OVERFLOW_PAGE);
    Page page = BufferGetPage(buffer);
    found.next =
        reinterpret_cast<const HashPageOpaqueData *>(PageGetSpecialPointer(page))->hasho_nextblkno;
    found.add_those_of(hash, page);
    LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    ReleaseBuffer(buffer);
}

void HashLookup::Candidates::release() {
    if (BufferIsValid(bucket)) {
        ReleaseBuffer(bucket);
        bucket = InvalidBuffer;
    }
    count = 0;
    next = InvalidBlockNumber;
}

bool HashLookup::fetch(Relation table, ItemPointerData place, Snapshot snapshot, HeapTupleData &row,
                       Buffer &page) {
    const BlockNumber block = ItemPointerGetBlockNumber(&place);
    if (!BufferIsValid(page) || BufferGetBlockNumber(page) != block) {
        if (BufferIsValid(page)) {
            ReleaseBuffer(page);
            page = InvalidBuffer;
        }
        page = table_pages_.read(table, block);
    }
    heap_page_prune_opt(table, page);
    LockBuffer(page, BUFFER_LOCK_SHARE);
    prefetch_row(BufferGetPage(page), ItemPointerGetOffsetNumber(&place));
    const bool visible = heap_hot_search_buffer(&place, table, page, snapshot, &row, nullptr, true);
    LockBuffer(page, BUFFER_LOCK_UNLOCK);
    if (visible) {
        pgstat_count_heap_fetch(table);
    }
    return visible;
}

} // namespace billing::pg
