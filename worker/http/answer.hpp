// What a client is told. Errors are one envelope: statusCode, message, errors, timestamp, path,
// code.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace billing::worker::http {

struct Answer {
    unsigned status = 200;
    std::string body;
    const char *content_type = "application/json";
    const char *allow = nullptr; // with 405: the methods that the path takes
    std::chrono::seconds retry_after{0};
    bool close = false; // the connection ends with this answer
};

struct FieldError {
    std::string field;
    std::string message;
};

// An error before its path and time are known.
struct Refusal {
    unsigned status = 500;
    std::string_view code;
    std::string message;
    std::vector<FieldError> errors{};
    std::chrono::seconds retry_after{0};
    bool close = false;
};

Answer refuse(const Refusal &refusal, std::string_view path, WallTime now);

} // namespace billing::worker::http
