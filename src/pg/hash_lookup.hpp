// The row that a hash index leads to, without a scan of the index: what a scan would read, in less
// places of memory. Of a table of a million rows these are most of the cost.
#pragma once

#include "pg/recent_buffers.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "utils/snapshot.h"
}

namespace billing::pg {

class HashLookup {
  public:
    enum class Answer : uint8_t {
        row,    // in the slot
        none,   // there is no such row
        unclear // the index must be scanned
    };

    // Whether the index is by the numbers that digests are.
    static bool fits(Relation index);
    // The first visible row of the digest that `is_it` accepts, where at most one can be.
    // Runs inside call().
    template <class IsIt>
    Answer find(Relation table, Relation index, Datum digest, Snapshot snapshot,
                TupleTableSlot *slot, IsIt is_it) {
        if (!can_look(table, snapshot)) {
            return Answer::unclear;
        }
        const Candidates found = look_up(index, digest);
        bool seen = false;
        for (int i = 0; i < found.count && !seen; ++i) {
            seen = fetch(table, found.rows[i], snapshot, slot) && is_it();
        }
        found.release();
        return seen ? Answer::row : found.complete ? Answer::none : Answer::unclear;
    }

  private:
    static constexpr int kMostRows = 4;
    struct Candidates {
        std::array<ItemPointerData, kMostRows> rows;
        int count = 0;
        bool complete = false;
        // Stays pinned while its rows are looked at, as that of a scan does.
        Buffer bucket = InvalidBuffer;

        void add_those_of(uint32_t hash);
        void release() const;
    };

    static bool can_look(Relation table, Snapshot snapshot);
    Candidates look_up(Relation index, Datum digest);
    bool fetch(Relation table, ItemPointerData row, Snapshot snapshot, TupleTableSlot *slot);

    RecentBuffers index_pages_;
    RecentBuffers table_pages_;
};

} // namespace billing::pg
