// The one list of settings: name, default, meaning, and how the text becomes a value. The
// environment, the file, check-config and the checks all go by it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace billing::worker::config {

struct Definition {
    std::string_view name; // without PG_BILLING_; in the file the same in lower case
    std::string_view fallback;
    bool secret; // never shown, and may be named by NAME_FILE instead
    std::string_view about;
    // Stores the value; the answer is what is wrong with it, or empty. It never quotes the value.
    std::string (*assign)(Settings &, std::string_view);
};

inline constexpr std::string_view kPrefix = "PG_BILLING_";
inline constexpr std::string_view kFileSuffix = "_FILE";

std::span<const Definition> definitions();
const Definition *find_definition(std::string_view name);

// Comma or line separated, as PG_BILLING_STRIPE_WEBHOOK_SECRETS and the organizations' entries.
std::string assign_secrets(Secrets &secrets, std::string_view text);

} // namespace billing::worker::config
