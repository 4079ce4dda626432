#include "pg/boundary.hpp"

#include "pg/values.hpp"

#include <new>

namespace billing::pg {

namespace {

// What is left of an exception once its catch block is closed: plain memory of the server.
struct Report {
    ErrorData *server = nullptr;
    int sqlstate = ERRCODE_INTERNAL_ERROR;
    char *message = nullptr;
    char *detail = nullptr;
    char *hint = nullptr;
    const char *id = nullptr; // set where the caller is told this alone
};

// Without memory for the copy there is still a report.
char *copy(std::string_view text) noexcept {
    auto *out = static_cast<char *>(
        MemoryContextAllocExtended(CurrentMemoryContext, text.size() + 1, MCXT_ALLOC_NO_OOM));
    if (out != nullptr) {
        std::copy(text.begin(), text.end(), out);
        out[text.size()] = '\0';
    }
    return out;
}

int code_of(const char *state) {
    return MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
}

Report report_of(const Error &error) {
    Report report;
    report.sqlstate = code_of(info_of(error.code()).sqlstate);
    report.message = copy(error.what());
    report.detail = copy(error.detail_json());
    report.hint = error.hint_text().empty() ? nullptr : copy(error.hint_text());
    return report;
}

// Ours, and what a caller can bring about or wait out: a value that is no such type (22), a
// constraint (23), a write in a read-only transaction, serialization and deadlock (40), a missing
// right, resources (53), a lock that was not to be had, a cancel (57).
bool is_foreseen(int sqlstate) {
    switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case ERRCODE_DATA_EXCEPTION:
    case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
    case ERRCODE_TRANSACTION_ROLLBACK:
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_OPERATOR_INTERVENTION:
    case MAKE_SQLSTATE('P', 'T', '0', '0', '0'):
        return true;
    default:
        return sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION ||
               sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE || sqlstate == ERRCODE_LOCK_NOT_AVAILABLE;
    }
}

// A new id where the caller is a request and the error is no answer to it. Without one (no
// randomness, no memory) the caller is still told nothing else.
void hide_unforeseen(Report &report, Scope scope) noexcept {
    const bool request = caller().is_request || scope == Scope::entry;
    const int sqlstate = report.server != nullptr ? report.server->sqlerrcode : report.sqlstate;
    if (!request || is_foreseen(sqlstate)) {
        return;
    }
    report.id = "unknown";
    try {
        const char *made = copy(new_uuid().to_string());
        report.id = made != nullptr ? made : report.id;
    } catch (const std::exception &) {
    }
}

const char *or_empty(const char *text) {
    return text != nullptr ? text : "";
}

[[noreturn]] void raise_hidden(const Report &report) {
    const ErrorData none{};
    const ErrorData &server = report.server != nullptr ? *report.server : none;
    const int sqlstate = report.server != nullptr ? server.sqlerrcode : report.sqlstate;
    const char *message = report.server != nullptr ? server.message : report.message;
    ereport(LOG_SERVER_ONLY,
            (errcode(sqlstate),
             errmsg_internal("internal error %s: %s", report.id, or_empty(message)),
             server.detail != nullptr ? errdetail_internal("%s", server.detail) : 0,
             server.context != nullptr ? errcontext_msg("%s", server.context) : 0));
    const CodeInfo code = info_of(Code::internal_error);
    ereport(
        ERROR,
        (errcode(code_of(code.sqlstate)), errmsg_internal("internal error %s", report.id),
         errdetail_internal("{\"code\":\"%s\",\"errors\":[],\"id\":\"%s\"}", code.name, report.id),
         errhint("The server's log tells more under this id.")));
    pg_unreachable();
}

[[noreturn]] void raise(const Report &report) {
    if (report.id != nullptr) {
        raise_hidden(report);
    }
    if (report.server != nullptr) {
        ReThrowError(report.server);
    }
    ereport(ERROR,
            (errcode(report.sqlstate),
             errmsg_internal("%s", report.message != nullptr ? report.message : "out of memory"),
             report.detail != nullptr ? errdetail_internal("%s", report.detail) : 0,
             report.hint != nullptr ? errhint("%s", report.hint) : 0));
    pg_unreachable();
}

} // namespace

Datum enter(Body body, FunctionCallInfo fcinfo, Scope scope) {
    Report report;
    try {
        require_scope(scope);
        return body(fcinfo);
    } catch (const ServerError &error) {
        report.server = error.data();
    } catch (const Error &error) {
        report = report_of(error);
    } catch (const std::bad_alloc &) {
        report.sqlstate = ERRCODE_OUT_OF_MEMORY;
        report.message = copy("out of memory");
    } catch (const std::overflow_error &error) {
        report.sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
        report.message = copy(error.what());
    } catch (const std::exception &error) {
        report.message = copy(error.what());
    }
    hide_unforeseen(report, scope);
    // Every exception is gone here, so the longjmp passes no destructor.
    raise(report);
}

} // namespace billing::pg
