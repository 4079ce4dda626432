// Whether a text can be an e-mail address.
#pragma once

#include <string_view>

namespace billing::core {

// One address as RFC 5321 and 5322 write it without comments, quotes and address literals: a local
// part of dotted words (at most 64 bytes), @, and a domain of at least two labels; at most 254
// bytes in all. Letters beyond ASCII pass (RFC 6531). Whether mail arrives is another question.
bool is_email(std::string_view text);

} // namespace billing::core
