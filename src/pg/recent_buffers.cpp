#include "pg/recent_buffers.hpp"

#include <algorithm>
#include <bit>

extern "C" {
#include "pgstat.h"
#include "storage/buf_internals.h"
#include "utils/memutils.h"
}

namespace billing::pg {

namespace {

constexpr uint32_t kFewest = 1024;
constexpr uint32_t kMost = 65536;
bool read_recent(Relation relation, BlockNumber block, Buffer place) {
#if PG_VERSION_NUM >= 160000
    return ReadRecentBuffer(relation->rd_locator, MAIN_FORKNUM, block, place);
#else
    return ReadRecentBuffer(relation->rd_node, MAIN_FORKNUM, block, place);
#endif
}

// Of a page that is pinned. The server counts the uses of what it finds the usual way alone, and
// would drop the page some day.
void count_use(Buffer place) {
    pg_atomic_uint32 *state = &GetBufferDescriptor(place - 1)->state;
    uint32 now = pg_atomic_read_u32(state);
    if (BUF_STATE_GET_USAGECOUNT(now) < BM_MAX_USAGE_COUNT && (now & BM_LOCKED) == 0) {
        pg_atomic_compare_exchange_u32(state, &now, now + BUF_USAGECOUNT_ONE);
    }
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

void RecentBuffers::prefetch(BlockNumber block, std::initializer_list<size_t> offsets) const {
    const Buffer place = block < count_ || count_ == kMost ? places_[block & (count_ - 1)] : 0;
    if (place <= InvalidBuffer) {
        return;
    }
    constexpr int kToWrite = 1; // a pin does
    __builtin_prefetch(GetBufferDescriptor(place - 1), kToWrite);
    const char *page = BufferGetPage(place);
    for (const size_t offset : offsets) {
        __builtin_prefetch(page + offset);
    }
}

Buffer RecentBuffers::read(Relation relation, BlockNumber block) {
    if (block >= count_ && count_ < kMost) {
        make_room_for(block);
    }
    Buffer &place = places_[block & (count_ - 1)];
    if (place > InvalidBuffer && read_recent(relation, block, place)) {
        count_use(place);
        pgstat_count_buffer_read(relation);
        pgstat_count_buffer_hit(relation);
        return place;
    }
    return place = ReadBuffer(relation, block);
}

} // namespace billing::pg
