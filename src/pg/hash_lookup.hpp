// The rows that a hash index leads to, without a scan of the index: what a scan would read, in less
// places of memory. Of a table of a million rows these are most of the cost.
#pragma once

#include "pg/recent_buffers.hpp"

// The prelude took this macro away, and the header needs it.
#define Min(x, y) ((x) < (y) ? (x) : (y))
extern "C" {
#include "access/hash.h"
#undef Min
#include "access/htup.h"
#include "utils/snapshot.h"
}

namespace billing::pg {

class HashLookup {
  public:
    // Where rows of a hash may be.
    struct Candidates {
        static constexpr int kMost = 32;
        std::array<ItemPointerData, kMost> rows;
        int most = kMost; // if there are more, they are left to a scan, which notes dead ones
        int count = 0;
        bool complete = false; // but for `next`: else there may be others, which a scan finds
        BlockNumber next = InvalidBlockNumber; // of the bucket's further pages
        // Stays pinned while its rows are looked at, as that of a scan does: so long, no entry
        // moves to another page.
        Buffer bucket = InvalidBuffer;

        void release();
        void add_those_of(uint32_t hash, Page page);
    };

    // Whether the index is by the numbers that digests are.
    static bool fits(Relation index);
    // Whether a snapshot can be looked at so.
    static bool can_look(Relation table, Snapshot snapshot);
    static uint32_t hash_of(Datum digest);

    // These run inside call().
    // Before anything is opened: lets the processor fetch the bucket where it was last.
    void prefetch(uint32_t hash) const;
    Candidates look_up(Relation index, uint32_t hash, int most);
    // Adds those of the next page.
    void look_further(Relation index, uint32_t hash, Candidates &found);
    // Whether the snapshot shows the row. `page` is pinned, what it was before is released.
    bool fetch(Relation table, ItemPointerData place, Snapshot snapshot, HeapTupleData &row,
               Buffer &page);

  private:
    // Of the index, as it was last seen; the fields that the server's macros ask for by their name.
    struct Shape {
        uint32_t hashm_maxbucket = 0;
        uint32_t hashm_highmask = 0;
        uint32_t hashm_lowmask = 0;
        std::array<uint32_t, HASH_MAX_SPLITPOINTS> hashm_spares{};
        uint32_t entries = 0; // of a bucket
    };
    void note_shape(const HashMetaPageData &meta);

    Shape shape_;
    RecentBuffers index_pages_;
    RecentBuffers table_pages_;
};

} // namespace billing::pg
