// Errors that a caller of billing.* may see, and the registry of their codes.
//
// An Error carries one stable snake_case code. The SQLSTATE is of class PT, so that PostgREST turns
// it into the HTTP status of the same number. DETAIL is a JSON object {"code", "errors":[{"field",
// "message"}]}; HINT is the cure, a sentence. docs/api/errors.md lists the same codes.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace billing::pg {

enum class Code {
    validation_failed,
    unauthenticated,
    quota_exceeded,
    access_denied,
    organization_required,
    forbidden,
    not_found,
    conflict,
    idempotency_conflict,
    invalid_event,
    range_too_long,
    schema_outdated,
    row_not_stored,
    internal_error,
};

struct CodeInfo {
    const char *name;
    const char *sqlstate;
};
CodeInfo info_of(Code code);

class Error : public std::exception {
  public:
    // PostgREST writes the message into the status line of its answer, and some messages hold what
    // a caller chose: it is one line, whatever comes in.
    Error(Code code, std::string message);
    Error &&field(std::string_view name, std::string_view message) &&;
    Error &&hint(std::string text) &&;
    // Puts the path of what holds the fields in front of each, and of a message that names one;
    // not where these are tables.
    Error &&within(std::string_view path) &&;

    const char *what() const noexcept override { return message_.c_str(); }
    Code code() const { return code_; }
    const std::string &hint_text() const { return hint_; }
    // The DETAIL of the report.
    std::string detail_json() const;

  private:
    Code code_;
    std::string message_;
    std::string hint_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

// One argument that is not acceptable: validation_failed naming the field.
Error invalid(std::string_view field, std::string message);

// Appends `text` to `out` as the inside of a JSON string.
void append_json_escaped(std::string &out, std::string_view text);

} // namespace billing::pg
