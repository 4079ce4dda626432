#include "tenancy/request.hpp"

#include "core/api_key.hpp"
#include "tenancy/credentials.hpp"
#include "tenancy/log_line.hpp"

#include <algorithm>
#include <charconv>

extern "C" {
#include "mb/pg_wchar.h"
}

namespace billing::tenancy {

namespace {

// Longer ones are cut: 6 bytes for each of theirs still fit the line.
template <size_t Size>
struct Text {
    std::array<char, Size> bytes{};
    size_t size = 0;
    // Between characters, never inside one.
    void set(std::string_view text) {
        const int length = static_cast<int>(std::min<size_t>(text.size(), INT_MAX));
        size = static_cast<size_t>(pg_mbcliplen(text.data(), length, Size));
        std::copy_n(text.data(), size, bytes.data());
    }
    std::string_view view() const { return {bytes.data(), size}; }
};

// Trivial: it is a static, and read while a transaction ends.
struct Request {
    bool active = false;
    Trusted who;
    Text<core::kApiKeyPrefix> key_prefix;
    Text<16> method;
    Text<200> path;
    bool began_as_nobody = true; // by the role that PostgREST gave it
    int sqlstate = 0;            // of the error that ended it
};
Request request;
bool registered = false;
emit_log_hook_type next_hook = nullptr;

void put_who(LogLine &line) {
    if (request.who.organization) {
        // Not to_string(): this may run where nothing may be allocated.
        constexpr std::string_view kHex = "0123456789abcdef";
        std::array<char, 36> text;
        size_t at = 0;
        for (const uint8_t byte : request.who.organization->bytes) {
            if (at == 8 || at == 13 || at == 18 || at == 23) {
                text[at++] = '-';
            }
            text[at++] = kHex[byte >> 4];
            text[at++] = kHex[byte & 15];
        }
        line.text("organization_id", {text.data(), text.size()});
    }
    if (request.who.kind == CallerKind::user) {
        line.text("user", request.who.user.data());
    }
    if (request.key_prefix.size > 0) {
        line.text("key", request.key_prefix.view());
    }
}

// The HTTP status that PostgREST gives to an error; 0 where it depends on more.
int status_of(int sqlstate) {
    std::array<char, 6> code{};
    std::copy_n(unpack_sql_state(sqlstate), 5, code.data());
    const std::string_view text(code.data(), 5);
    if (text.starts_with("PT")) {
        int status = 0;
        std::from_chars(code.data() + 2, code.data() + 5, status);
        return status;
    }
    if (sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE) {
        return request.began_as_nobody ? 401 : 403;
    }
    if (text == "23505" || text == "23503") {
        return 409;
    }
    if (text == "25006") {
        return 405;
    }
    if (text == "42883") {
        return 404;
    }
    if (text.starts_with("53")) {
        return 503;
    }
    return text.starts_with("40") || text == "57014" ? 500 : 0;
}

void put_outcome(LogLine &line, bool committed) {
    line.text("outcome", committed ? "commit" : "abort");
    int status = 0;
    if (committed) {
        const char *set = GetConfigOption("response.status", true, false);
        std::from_chars(set != nullptr ? set : "", set != nullptr ? set + strlen(set) : "", status);
    } else if (request.sqlstate != 0) {
        line.text("sqlstate", unpack_sql_state(request.sqlstate));
        status = status_of(request.sqlstate);
    }
    if (status != 0) {
        line.number("status", status);
    }
}

void write_line(bool committed) {
    const int64_t micros = GetCurrentTimestamp() - GetCurrentTransactionStartTimestamp();
    const bool slow = slow_request_ms() >= 0 && micros / 1000 >= slow_request_ms();
    if (!slow && !log_requests()) {
        return;
    }
    LogLine line;
    line.text("event", "request");
    put_who(line);
    line.text("method", request.method.view());
    line.text("path", request.path.view());
    line.milliseconds("duration_ms", micros);
    line.flag("slow", slow);
    put_outcome(line, committed);
    const char *text = line.done();
    ereport(LOG_SERVER_ONLY,
            (errmsg_internal("%s", text), errhidestmt(true), errhidecontext(true)));
}

// Called by the server when a transaction has ended, outside every door: nothing here throws or
// allocates memory of ours.
void end_request(XactEvent event, void *) {
    if (!request.active) {
        return;
    }
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE) {
        write_line(event != XACT_EVENT_ABORT);
        request.active = false;
    }
}

// An error that somebody caught is not reported; the one that is ends the transaction.
void note_error(ErrorData *error) {
    if (error->elevel >= ERROR && request.active) {
        request.sqlstate = error->sqlerrcode;
    }
    if (next_hook != nullptr) {
        next_hook(error);
    }
}

} // namespace

void install_error_hook() {
    next_hook = emit_log_hook;
    emit_log_hook = note_error;
}

void begin_request() {
    if (request.active) {
        throw pg::Error(pg::Code::forbidden, "this transaction has had its pre_request()")
            .hint("PostgREST calls it once, as its db-pre-request.");
    }
    if (!registered) {
        pg::call([] { RegisterXactCallback(end_request, nullptr); });
        registered = true;
    }
    request = Request{};
    request.active = true;
    request.who.kind = CallerKind::anonymous;
    request.began_as_nobody = request_setting("role") == "billing_anon";
    request.method.set(request_setting("request.method"));
    request.path.set(request_setting("request.path"));
}

void describe_request(const Trusted &who, std::string_view key_prefix) {
    request.who = who;
    request.key_prefix.set(key_prefix);
}

} // namespace billing::tenancy
