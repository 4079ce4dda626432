#include "http/answer.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"

namespace billing::worker::http {

Answer refuse(const Refusal &refusal, std::string_view path, WallTime now) {
    std::string errors = "[";
    for (const auto &error : refusal.errors) {
        JsonObject one;
        one.add("field", error.field).add("message", error.message);
        errors += (errors.size() > 1 ? "," : "") + std::move(one).str();
    }
    errors += "]";
    JsonObject body;
    body.add("statusCode", refusal.status).add("message", refusal.message);
    body.add_raw("errors", errors);
    body.add("timestamp", log::timestamp(now)).add("path", path).add("code", refusal.code);
    Answer answer;
    answer.status = refusal.status;
    answer.body = std::move(body).str();
    answer.retry_after = refusal.retry_after;
    answer.close = refusal.close;
    return answer;
}

} // namespace billing::worker::http
