// One JSON object a line on standard error: time, level, event, then the fields. Never a secret,
// never a body. Any thread.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace billing::worker::log {

enum class Level { debug, info, warn, error };

class Field {
  public:
    Field(std::string_view key, std::string_view value);
    Field(std::string_view key, const char *value) : Field(key, std::string_view{value}) {}
    Field(std::string_view key, const std::string &value) : Field(key, std::string_view{value}) {}
    Field(std::string_view key, std::same_as<bool> auto value)
        : key_(key), json_(value ? "true" : "false") {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) Field(std::string_view key, T value)
        : key_(key), json_(std::to_string(value)) {}

    std::string_view key() const { return key_; }
    std::string_view json() const { return json_; }

  private:
    std::string_view key_;
    std::string json_;
};

using Fields = std::initializer_list<Field>;

void set_level(Level level);
void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warn(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});

// The line itself, without its end: the time is an argument so that a test can name it.
std::string format(WallTime now, Level level, std::string_view event, Fields fields);
// "2024-02-29T12:00:00.250Z"
std::string timestamp(WallTime now);

// Lets a few lines a second through, for events that a client can cause at will.
class Throttle {
  public:
    explicit Throttle(std::uint64_t lines_per_second) : limit_(lines_per_second) {}
    bool admit(SteadyTime now);

  private:
    const std::uint64_t limit_;
    std::atomic<std::int64_t> second_{0};
    std::atomic<std::uint64_t> lines_{0};
};

} // namespace billing::worker::log
