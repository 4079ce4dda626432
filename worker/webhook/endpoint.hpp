// POST /webhooks/stripe and /webhooks/stripe/{organization_id}: checks the signature, hands the raw
// body to the inbox, and answers when its transaction has committed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "http/exchange.hpp"
#include "webhook/inbox.hpp"
#include "webhook/secrets.hpp"

namespace billing::worker::webhook {

enum class RefusalReason { signature, disabled, unavailable, overloaded };
inline constexpr std::size_t kRefusalReasons = 4;

struct EndpointStats {
    std::array<std::atomic<std::uint64_t>, kRefusalReasons> refused{}; // before the inbox
};

class Endpoint final : public http::Handler {
  public:
    // Inbox and clock must outlive it.
    Endpoint(SecretBook secrets, Inbox &inbox, const Clock &clock)
        : secrets_(std::move(secrets)), inbox_(inbox), clock_(clock) {}

    std::optional<http::Answer> admit(http::Exchange &exchange) override;
    std::optional<http::Answer> handle(http::Exchange &exchange) override;

    const EndpointStats &stats() const { return stats_; }

  private:
    http::Answer refuse(const http::Exchange &exchange, RefusalReason reason,
                        const http::Refusal &refusal, std::string_view why);
    std::optional<http::Answer> refuse_admission(const http::Exchange &exchange,
                                                 Inbox::Admission admission);

    const SecretBook secrets_;
    Inbox &inbox_;
    const Clock &clock_;
    EndpointStats stats_;
    log::Throttle throttle_{10};
};

} // namespace billing::worker::webhook
