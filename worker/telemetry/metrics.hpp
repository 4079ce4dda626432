// What /metrics shows: the counters of the other rooms, read when someone asks, as Prometheus text.
#pragma once

#include <string>

#include "applier/applier.hpp"
#include "http/server.hpp"
#include "webhook/endpoint.hpp"
#include "webhook/inbox.hpp"

namespace billing::worker::telemetry {

// Where the numbers come from; all of it must outlive its users.
struct Sources {
    const http::Server *server = nullptr; // of the webhooks; may be missing
    const webhook::Endpoint &endpoint;
    const webhook::Inbox &inbox;
    const applier::Applier &applier;
};

std::string prometheus_text(const Sources &sources);

} // namespace billing::worker::telemetry
