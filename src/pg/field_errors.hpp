// Several arguments that are not acceptable, told at once.
#pragma once

#include "pg/error.hpp"

namespace billing::pg {

class FieldErrors {
  public:
    void add(std::string_view field, std::string message) {
        if (errors_.size() < kMost) {
            errors_.emplace_back(field, std::move(message));
        }
    }
    bool empty() const { return errors_.empty(); }
    // Throws validation_failed naming every field, where there is one.
    void raise() const;

  private:
    static constexpr size_t kMost = 50; // who sends more of them reads no list
    std::vector<std::pair<std::string, std::string>> errors_;
};

} // namespace billing::pg
