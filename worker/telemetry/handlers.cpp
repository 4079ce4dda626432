#include "telemetry/handlers.hpp"

#include "base/json_text.hpp"
#include "base/version.hpp"

namespace billing::worker::telemetry {

std::optional<http::Answer> Livez::handle(http::Exchange &) {
    return http::Answer{.body = R"({"live":true})"};
}

std::optional<http::Answer> Version::handle(http::Exchange &) {
    JsonObject body;
    body.add("version", version());
    return http::Answer{.body = std::move(body).str()};
}

std::optional<http::Answer> Readyz::handle(http::Exchange &exchange) {
    http::Refusal refusal{503, "not_ready", "worker is not ready"};
    if (draining_.load()) {
        refusal.errors.push_back({"process", "is shutting down"});
    }
    if (!inbox_.ready()) {
        refusal.errors.push_back({"inbox", "has no connection to the extension"});
    }
    if (!listener_.database_answers(std::chrono::steady_clock::now())) {
        refusal.errors.push_back({"database", "does not answer"});
    }
    if (refusal.errors.empty()) {
        return http::Answer{.body = R"({"ready":true})"};
    }
    refusal.retry_after = std::chrono::seconds{1};
    return exchange.refuse(refusal);
}

std::optional<http::Answer> Metrics::handle(http::Exchange &) {
    http::Answer answer;
    answer.body = prometheus_text(sources_);
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return answer;
}

} // namespace billing::worker::telemetry
