// The seen_* columns: which snapshot decided a row.
#pragma once

#include "core/precedence.hpp"
#include "pg/spi.hpp"

namespace billing::pg {

// Reads seen_created, seen_rank, seen_event_id, seen_ties from four columns on.
inline core::Seen seen_of(const Row &row, int first) {
    core::Seen seen;
    seen.created = row.instant_or_null(first);
    if (seen.created) {
        seen.rank = row.i16(first + 1);
        seen.event_id = row.text(first + 2);
        seen.ties = row.text(first + 3);
    }
    return seen;
}

inline std::optional<int16_t> rank_or_null(const core::Seen &seen) {
    return seen.created ? std::optional(seen.rank) : std::nullopt;
}

} // namespace billing::pg
