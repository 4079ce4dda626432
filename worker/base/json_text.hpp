// Writes JSON. Bytes that are not UTF-8 come out as U+FFFD, so that a log line or an answer is
// valid whatever a client sent.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace billing::worker {

void append_json_string(std::string &out, std::string_view text);

// Builds one object; str() closes it.
class JsonObject {
  public:
    JsonObject &add(std::string_view key, std::string_view value);
    JsonObject &add(std::string_view key, const char *value) {
        return add(key, std::string_view{value});
    }
    JsonObject &add(std::string_view key, std::same_as<bool> auto value) {
        return add_raw(key, value ? "true" : "false");
    }
    template <std::integral T>
    requires(!std::same_as<T, bool>) JsonObject &add(std::string_view key, T value) {
        return add_raw(key, std::to_string(value));
    }
    // The value is JSON already.
    JsonObject &add_raw(std::string_view key, std::string_view json);

    std::string str() &&;

  private:
    std::string text_ = "{";
};

} // namespace billing::worker
