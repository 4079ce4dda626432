#include "pg/recent_buffers.hpp"

#include <algorithm>
#include <bit>

extern "C" {
#include "pgstat.h"
#include "utils/memutils.h"
}

namespace billing::pg {

namespace {

constexpr uint32_t kFewest = 1024;
constexpr uint32_t kMost = 65536;
// The server does not count a page that is found so as used, and would drop it some day: one time
// in so many it is found the usual way.
constexpr uint32_t kCounted = 16;

bool read_recent(Relation relation, BlockNumber block, Buffer place) {
#if PG_VERSION_NUM >= 160000
    return ReadRecentBuffer(relation->rd_locator, MAIN_FORKNUM, block, place);
#else
    return ReadRecentBuffer(relation->rd_node, MAIN_FORKNUM, block, place);
#endif
}

} // namespace

void RecentBuffers::make_room_for(BlockNumber block) {
    const uint32_t count =
        std::clamp(std::bit_ceil(std::min(block, kMost - 1) + 1), kFewest, kMost);
    auto *places =
        static_cast<Buffer *>(MemoryContextAllocZero(TopMemoryContext, count * sizeof(Buffer)));
    if (places_ != nullptr) {
        std::copy_n(places_, count_, places);
        pfree(places_);
    }
    places_ = places;
    count_ = count;
}

Buffer RecentBuffers::read(Relation relation, BlockNumber block, size_t offset) {
    if (block >= count_ && count_ < kMost) {
        make_room_for(block);
    }
    Buffer &place = places_[block & (count_ - 1)];
    if (place != InvalidBuffer && ++reads_ % kCounted != 0) {
        // While the processor waits for the buffer's header.
        const char *page = BufferGetPage(place);
        __builtin_prefetch(page);
        __builtin_prefetch(page + offset);
        if (read_recent(relation, block, place)) {
            pgstat_count_buffer_read(relation);
            pgstat_count_buffer_hit(relation);
            return place;
        }
    }
    return place = ReadBuffer(relation, block);
}

} // namespace billing::pg
