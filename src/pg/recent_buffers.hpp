// Where the pages of one relation were when they were last read. To ask there first saves the
// search of the server's table of buffers, which costs more than the rest of reading a row of a
// large table: four places of memory that depend on each other and that no cache holds.
//
// A place is only believed after the server has compared it, so there is nothing to keep in step.
// At most 256 kB for a relation.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "storage/bufmgr.h"
#include "utils/rel.h"
}

namespace billing::pg {

class RecentBuffers {
  public:
    // ReadBuffer(). Runs inside call().
    Buffer read(Relation relation, BlockNumber block);
    // Lets the processor fetch what read() will look at, and the bytes at these offsets of the
    // page, while there is other work to do.
    void prefetch(BlockNumber block, std::initializer_list<size_t> offsets) const;

  private:
    void make_room_for(BlockNumber block);

    Buffer *places_ = nullptr; // by block, or by its lowest bits
    uint32_t count_ = 0;       // a power of two
};

} // namespace billing::pg
