#include "pg/field_errors.hpp"

namespace billing::pg {

void FieldErrors::raise() const {
    if (errors_.empty()) {
        return;
    }
    const auto &[field, message] = errors_.front();
    if (errors_.size() == 1) {
        throw invalid(field, message);
    }
    Error error(Code::validation_failed,
                std::to_string(errors_.size()) + " fields are not acceptable");
    for (const auto &[name, what] : errors_) {
        (void)std::move(error).field(name, what);
    }
    throw error;
}

} // namespace billing::pg
