// Groups of events on their way through one connection in libpq's pipeline mode: each group is one
// call of billing.ingest_events() and one transaction. Replies come in the order of the groups,
// and only after the Sync of the group has come back: by then its transaction is committed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/wake.hpp"
#include "db/binary_array.hpp"
#include "db/connection.hpp"
#include "webhook/batch.hpp"

namespace billing::worker::webhook {

struct Reply {
    std::optional<Error> error;    // then the transaction was rolled back
    std::vector<Outcome> outcomes; // one for each member, in order
};

class IngestPipeline {
  public:
    // Connects and makes sure that the extension is there with tables that it understands.
    static Result<IngestPipeline> open(const db::Options &options,
                                       const std::optional<Uuid> &default_organization,
                                       const Wake &stop);

    std::string where() const { return connection_.where(); }
    int socket() const { return connection_.socket(); }

    // Queues one group; what the socket does not take at once goes with flush().
    std::optional<Error> send(const std::vector<Pending> &members);
    // True while there is more to write. Keep reading while writing, or both ends may wait for
    // each other.
    Result<bool> flush();
    std::optional<Error> read();
    // The next finished group, if one is.
    std::optional<Reply> next_reply();
    // Whether the oldest group's statement is done, and only its commit still under way.
    bool commits() const { return reply_.error || !reply_.outcomes.empty(); }

  private:
    IngestPipeline(db::Connection connection, std::string default_organization)
        : connection_(std::move(connection)),
          default_organization_(std::move(default_organization)) {}

    std::optional<Error> prepare(const Wake &stop);
    Error broken() const;

    db::Connection connection_;
    std::string default_organization_; // 16 bytes, or empty
    db::BinaryArray organizations_;
    db::BinaryArray bodies_;
    Reply reply_; // of the group whose Sync has not come yet
};

} // namespace billing::worker::webhook
