// Compact JSON, written in order. Commas are its business, brackets the caller's.
#pragma once

#include "core/decimal.hpp"
#include "core/instant.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace billing::stripe {

class JsonWriter {
  public:
    JsonWriter &key(std::string_view name);
    JsonWriter &open(char bracket);
    JsonWriter &close(char bracket);
    JsonWriter &value(std::string_view text);
    JsonWriter &value(const char *) = delete; // would be taken for a truth
    JsonWriter &value(int64_t number);
    JsonWriter &value(bool truth);
    // As a string, so that no reader makes a double of it.
    JsonWriter &value(core::Decimal number) { return value(number.to_string()); }
    // In whole seconds.
    JsonWriter &time(core::Instant at) { return value(int64_t{at / core::kSecond}); }

    // A member, left out where there is nothing to say.
    void member(std::string_view name, std::string_view text);
    void member(std::string_view name, const std::optional<core::Decimal> &number);
    void member_time(std::string_view name, const std::optional<core::Instant> &at);

    std::string take() { return std::move(out_); }

  private:
    void separate();
    void quote(std::string_view text);

    std::string out_;
};

} // namespace billing::stripe
