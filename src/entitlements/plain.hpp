// The short way of track_usage, for what is usual: a pool alone pays, and has enough.
//
// The row of access is changed by one conditional UPDATE, which waits for who holds the row and
// looks again afterwards; where others were in the way the pool lends to slots (slots.hpp), and the
// next ones take from these. Whatever else an answer needs goes the long way, through the Till.
#pragma once

#include "entitlements/usage_records.hpp"

namespace billing::entitlements {

// The request's quantity is positive. Empty: nothing was taken, go the long way. Needs an open Spi
// in a definer function, under EnginePlanning.
std::optional<UsageAnswer> track_plain(const UsageRequest &request, core::Instant now);

} // namespace billing::entitlements
