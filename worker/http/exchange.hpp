// One request and its answer. It belongs to the HTTP thread of its connection, except between
// defer() and resume(): then whoever took it may call resume(), once, from any thread, and must
// not touch it afterwards. A client that leaves meanwhile is not noticed; the answer is dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/answer.hpp"

struct MHD_Connection;

namespace billing::worker::http {

class Handler;
class Server;
struct Callbacks;

class Exchange {
  public:
    std::string_view method() const { return method_; }
    std::string_view path() const { return path_; }
    // What the path held in the place of "{}".
    std::string_view parameter() const { return parameter_; }
    std::optional<std::string_view> header(const char *name) const;

    const std::string &body() const { return body_; }
    // The body without a copy; its bytes no longer count as being received.
    std::string take_body();

    // Call it before another thread can know of the exchange.
    void defer();
    void resume(Answer answer);

    Answer refuse(const Refusal &refusal) const;

  private:
    friend class Server;
    friend struct Callbacks;

    void begin(Server &server, MHD_Connection *connection, const char *path, const char *method);
    void drop_body();

    Server *server_ = nullptr;
    MHD_Connection *connection_ = nullptr;
    Handler *handler_ = nullptr;
    std::string_view method_;
    std::string_view path_;
    std::string_view parameter_;
    std::string body_;
    std::int64_t received_ = 0; // bytes of the body that came, kept or not
    std::int64_t charged_ = 0;  // bytes that the budget for large bodies counts
    std::optional<Answer> answer_;
};

// One route's code, called by the HTTP threads.
class Handler {
  public:
    virtual ~Handler() = default;
    // The head is there. An answer means that the body is read but not kept.
    virtual std::optional<Answer> admit(Exchange &) { return std::nullopt; }
    // The body is there. No answer: the exchange was deferred.
    virtual std::optional<Answer> handle(Exchange &exchange) = 0;
};

} // namespace billing::worker::http
