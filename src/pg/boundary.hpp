// The two doors between the server and C++.
//
// Server to us: PG_BILLING_FUNCTION(name, scope) defines an SQL-callable function whose body may
// throw. The scope (pg/scope.hpp) is what a request needs to call it; without one, none may.
// Us to server: pg::call(lambda) runs server code that may raise an error and turns that error into
// the exception ServerError. Inside the lambda only server calls and trivially destructible locals:
// a longjmp runs no destructors. The only PG_TRY of the tree is here.
//
// A ServerError is never swallowed (it may be a cancel); it is thrown on until the entry point
// raises it again with everything it carried; a request is told of the unforeseen by an id alone
// (boundary.cpp says what is foreseen), and the server's log has the rest. Server resources, but
// for pg::Savepoint, are left to the transaction's abort.
#pragma once

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/scope.hpp"

namespace billing::pg {

class ServerError : public std::exception {
  public:
    explicit ServerError(ErrorData *data) : data_(data) {}
    const char *what() const noexcept override {
        return data_->message != nullptr ? data_->message : "server error";
    }
    ErrorData *data() const { return data_; }
    std::string sqlstate() const { return unpack_sql_state(data_->sqlerrcode); }
    // Of our own instead of the server's. A constant: the report copies it.
    void hint(const char *text) { data_->hint = const_cast<char *>(text); }

  private:
    ErrorData *data_; // lives in the memory context that was current at the call
};

namespace detail {

template <class F>
ErrorData *try_catch(F &&f) {
    // CopyErrorData must not run in ErrorContext.
    MemoryContext context = CurrentMemoryContext;
    ErrorData *volatile error = nullptr;
    PG_TRY();
    { f(); }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
    }
    PG_END_TRY();
    return error;
}

} // namespace detail

template <class F>
auto call(F &&f) {
    using Result = decltype(f());
    if constexpr (std::is_void_v<Result>) {
        if (ErrorData *error = detail::try_catch(f)) {
            throw ServerError(error);
        }
    } else {
        static_assert(std::is_trivially_destructible_v<Result>);
        Result result{};
        if (ErrorData *error = detail::try_catch([&] { result = f(); })) {
            throw ServerError(error);
        }
        return result;
    }
}

using Body = Datum (*)(FunctionCallInfo);
// Runs a body, if the caller has the scope, and raises whatever it throws as a server error.
Datum enter(Body body, FunctionCallInfo fcinfo, Scope scope);

} // namespace billing::pg

// `extern "C"` and default visibility come before the server's own macro, which on PostgreSQL 15
// would leave the symbol hidden.
#define PG_BILLING_FUNCTION(name, ...)                                                             \
    static Datum name##_body(FunctionCallInfo fcinfo);                                             \
    extern "C" {                                                                                   \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                      \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    Datum name(PG_FUNCTION_ARGS) {                                                                 \
        constexpr billing::pg::Scope kScope{__VA_OPT__(billing::pg::Scope::__VA_ARGS__)};          \
        return billing::pg::enter(name##_body, fcinfo, kScope);                                    \
    }                                                                                              \
    }                                                                                              \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
