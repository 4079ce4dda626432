// Result<T>: a value, or an Error whose kind decides what happens next.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace billing::worker {

// transient: try again later; permanent: the same input fails again; bug: nobody expected it.
enum class ErrorKind { transient, permanent, bug };

struct Error {
    ErrorKind kind = ErrorKind::bug;
    std::string code;    // an SQLSTATE, or a snake_case word of ours
    std::string message; // never a secret
};

template <typename T>
class Result {
  public:
    Result(T value) : state_(std::move(value)) {}
    Result(Error error) : state_(std::move(error)) {}

    explicit operator bool() const { return std::holds_alternative<T>(state_); }
    T &operator*() { return std::get<T>(state_); }
    const T &operator*() const { return std::get<T>(state_); }
    T *operator->() { return &std::get<T>(state_); }
    const T *operator->() const { return &std::get<T>(state_); }
    const Error &error() const { return std::get<Error>(state_); }

  private:
    std::variant<T, Error> state_;
};

} // namespace billing::worker
