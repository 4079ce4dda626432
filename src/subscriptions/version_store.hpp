// subscription_versions: append-only snapshots, the source of all history.
#pragma once

#include "core/timeline.hpp"
#include "pg/spi.hpp"

#include <unordered_map>

namespace billing::subscriptions {

using VersionMap = std::unordered_map<pg::Uuid, std::vector<core::Version>, pg::UuidHash>;

// All stored versions of these subscriptions.
VersionMap load_versions(const pg::Uuid &organization, const std::vector<pg::Uuid> &subscriptions);

// Adds versions; one whose event is there already stays as it is.
class VersionWriter {
  public:
    VersionWriter();
    void add(const pg::Uuid &subscription, const core::Version &version);
    void flush(const pg::Uuid &organization);

  private:
    pg::Columns columns_;
};

} // namespace billing::subscriptions
