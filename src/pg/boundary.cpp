#include "pg/boundary.hpp"

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

Report report_of(const Error &error) {
    Report report;
    const char *state = info_of(error.code()).sqlstate;
    report.sqlstate = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
    report.message = copy(error.what());
    report.detail = copy(error.detail_json());
    report.hint = error.hint_text().empty() ? nullptr : copy(error.hint_text());
    return report;
}

[[noreturn]] void raise(const Report &report) {
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

Datum enter(Body body, FunctionCallInfo fcinfo) {
    Report report;
    try {
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
    // Every exception is gone here, so the longjmp passes no destructor.
    raise(report);
}

} // namespace billing::pg
