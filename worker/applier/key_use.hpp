// API keys that GET requests used: the database tells of them by NOTIFY, as it cannot write in a
// read-only transaction, and here they are written for many at a time.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/wake.hpp"
#include "db/connection.hpp"

namespace billing::worker::applier {

inline constexpr std::string_view kKeyUseChannel = "pg_billing_key_use";

class KeyUse {
  public:
    // "organization key", both uuids; anything else is passed over, as any role may NOTIFY. Beyond
    // kMost between two writes the rest is passed over too: each key is told of again.
    void note(std::string_view payload);
    // Writes what was noted, and forgets it once it is written.
    std::optional<Error> write(db::Connection &connection, const Wake &stop);
    std::size_t size() const { return used_.size(); }

    static constexpr std::size_t kMost = 10'000;

  private:
    std::set<std::pair<std::string, std::string>> used_;
};

} // namespace billing::worker::applier
