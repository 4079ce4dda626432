#include "webhook/endpoint.hpp"

#include "webhook/signature.hpp"

namespace billing::worker::webhook {

namespace {

constexpr const char *kSignatureHeader = "Stripe-Signature";
constexpr std::chrono::seconds kRetryAfter{5};

// Whose events the path takes: those of one organization, or of whichever the event names.
struct Target {
    bool known = true; // false: the path holds something that is no organization's id
    std::optional<Uuid> organization;
};

Target target_of(const http::Exchange &exchange) {
    if (exchange.parameter().empty()) {
        return {};
    }
    const auto uuid = parse_uuid(exchange.parameter());
    return {uuid.has_value(), uuid};
}

http::Refusal unknown_organization() {
    return {404, "unknown_organization", "no organization has this id"};
}

http::Answer answer_for(const http::Exchange &exchange, const Outcome &outcome) {
    switch (outcome.verdict) {
    case Verdict::stored:
    case Verdict::duplicate:
    case Verdict::unrouted:
        return {.body = R"({"received":true})"};
    case Verdict::unknown_organization:
        return exchange.refuse(unknown_organization());
    case Verdict::invalid:
        return exchange.refuse({400, "invalid_event", outcome.detail, {{"body", outcome.detail}}});
    case Verdict::failed:
        return exchange.refuse({500, "internal_error", "error id " + outcome.detail});
    case Verdict::unavailable:
        break;
    }
    return exchange.refuse(
        {503, "database_unavailable", "event is not known to be stored", {}, kRetryAfter});
}

} // namespace

std::optional<http::Answer> Endpoint::admit(http::Exchange &exchange) {
    const auto target = target_of(exchange);
    if (!target.known) {
        return exchange.refuse(unknown_organization());
    }
    if (secrets_.for_organization(target.organization).empty()) {
        return refuse(exchange, RefusalReason::disabled,
                      {404, "endpoint_disabled", "no webhook secret is configured"}, "no_secret");
    }
    if (!exchange.header(kSignatureHeader)) {
        return refuse(exchange, RefusalReason::signature,
                      {400, "invalid_signature", "header Stripe-Signature is missing"}, "missing");
    }
    return refuse_admission(exchange, inbox_.admission());
}

std::optional<http::Answer> Endpoint::handle(http::Exchange &exchange) {
    const auto organization = target_of(exchange).organization;
    const auto verdict = verify_signature(*exchange.header(kSignatureHeader), exchange.body(),
                                          secrets_.for_organization(organization), clock_.now());
    if (verdict != SignatureVerdict::valid) {
        const bool late =
            verdict == SignatureVerdict::too_old || verdict == SignatureVerdict::too_new;
        return refuse(
            exchange, RefusalReason::signature,
            {400, "invalid_signature",
             late ? "timestamp is outside the tolerance of 300 s" : "signature is not valid"},
            to_string(verdict));
    }
    exchange.defer();
    const auto admission =
        inbox_.submit({organization, exchange.take_body()}, [&exchange](const Outcome &outcome) {
            exchange.resume(answer_for(exchange, outcome));
        });
    if (auto answer = refuse_admission(exchange, admission)) {
        exchange.resume(std::move(*answer));
    }
    return std::nullopt;
}

std::optional<http::Answer> Endpoint::refuse_admission(const http::Exchange &exchange,
                                                       Inbox::Admission admission) {
    switch (admission) {
    case Inbox::Admission::open:
        break;
    case Inbox::Admission::unavailable:
        return refuse(exchange, RefusalReason::unavailable,
                      {503, "database_unavailable", "PostgreSQL is not ready", {}, kRetryAfter},
                      "database");
    case Inbox::Admission::overloaded:
        return refuse(exchange, RefusalReason::overloaded,
                      {503, "overloaded", "too many events wait", {}, kRetryAfter}, "queue");
    }
    return std::nullopt;
}

http::Answer Endpoint::refuse(const http::Exchange &exchange, RefusalReason reason,
                              const http::Refusal &refusal, std::string_view why) {
    stats_.refused[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
    if (throttle_.admit(std::chrono::steady_clock::now())) {
        log::warn("webhook_refused",
                  {{"status", refusal.status}, {"code", refusal.code}, {"reason", why}});
    }
    return exchange.refuse(refusal);
}

} // namespace billing::worker::webhook
