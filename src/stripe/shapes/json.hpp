// JSON text to elements that stay valid until the next parse.
//
// What simdjson refuses or rounds although it is valid JSON is made readable first, on the rare
// payload that has it:
//   - a number with a fraction or an exponent, or an integer beyond int64_t, becomes a string of
//   the
//     same characters, so that decimals come from the text and never from a double;
//   - U+0000 and lone surrogates, which only escapes can spell, become U+FFFD, because no text
//     column can hold them.
// Invalid UTF-8, broken JSON and nesting deeper than kMaxDepth are a ShapeError. The raw body is
// kept elsewhere as it came.
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>

namespace billing::stripe {

using Element = simdjson::dom::element;

inline constexpr size_t kMaxDepth = 1024;

// Owns the buffers that elements point into; reuse one for many documents, in one thread.
class JsonReader {
  public:
    // Throws ShapeError(invalid_json). `text` itself need not outlive the call.
    Element parse(std::string_view text);

  private:
    simdjson::error_code try_parse(std::string_view text, Element &out);

    simdjson::dom::parser parser_;
    std::unique_ptr<char[]> padded_;
    size_t padded_size_ = 0;
    std::string repaired_;
};

// The text with what simdjson cannot take replaced as above; everything else byte for byte.
std::string repair(std::string_view text);

} // namespace billing::stripe
