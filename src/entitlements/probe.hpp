// The one probe behind check_access: the row of access by its primary key, by a direct index scan
// under the caller's snapshot; and that of the credits, where these are to pay. The trusted
// organization is part of the key, so no other row can be met. Needs no Spi once the table is
// known.
#pragma once

#include "core/quota.hpp"
#include "pg/values.hpp"

namespace billing::entitlements {

enum class Verdict : uint8_t {
    allowed,
    denied,
    unsettled, // the row is missing or does not speak of this instant: ask the grants
};

struct Probe {
    Verdict verdict = Verdict::unsettled;
    std::optional<int64_t> remaining; // of a metered feature that is settled; empty: no limit
    core::Instant at = 0;             // the instant that is spoken of
    bool found = false;               // there is a row
};

// Whether the schema may be probed without looking further.
bool probe_is_ready();
// Finds the table and its index; needs an open Spi, after require_schema().
void prepare_probe();

// What is asked: whether it is allowed, or also how much remains, which credits and slots may hide.
enum class Want : uint8_t { verdict, remaining };

// After probe_is_ready() or prepare_probe() in the same call.
Probe probe_access(const pg::Uuid &organization, const pg::Uuid &customer,
                   std::string_view feature_key, int64_t quantity, core::Instant now, Want want);

} // namespace billing::entitlements
