// The index entries of a new row, made as the executor makes them. What it looks up for each row, a
// third of the work, is kept: which indexes there are, and which have no entry for some rows.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "executor/tuptable.h"
#include "utils/rel.h"
}

namespace billing::pg {

class IndexEntries {
  public:
    // Runs inside call(). `state` of the table: another one than last time, and it is looked at
    // again. summaries_only: of a row whose other entries stay what they are.
    void insert(Relation table, TupleTableSlot *row, uint32_t state, bool summaries_only);

  private:
    struct Index {
        Oid id = InvalidOid;
        AttrNumber only_with = InvalidAttrNumber; // no entry where this column is NULL
    };
    void learn(Relation table);

    std::array<Index, 8> indexes_{};
    int count_ = 0;
    bool for_executor_ = false; // it has more to do for one of them than to write the entry
    uint32_t state_ = 0;
};

} // namespace billing::pg
