// A string that cannot be printed by accident: it has no stream operator and no conversion, and
// whoever needs the text has to say reveal().
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace billing::worker {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    std::string_view reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

  private:
    std::string value_;
};

} // namespace billing::worker
