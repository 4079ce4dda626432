#include "stripe/shapes/json.hpp"

#include "stripe/shapes/error.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace billing::stripe {
namespace {

constexpr size_t kFirstCapacity = 16 * 1024;

// True where an escape spells U+0000 or half of a surrogate pair. simdjson decodes a lone low
// surrogate to bytes that are not UTF-8 and refuses a lone high one, so neither may reach it. A
// whole pair and an escaped backslash before "u0000" are found too; repair() leaves them alone.
bool has_awkward_escape(std::string_view text) {
    for (size_t at = text.find("\\u"); at != std::string_view::npos;
         at = text.find("\\u", at + 2)) {
        const std::string_view digits = text.substr(at + 2, 4);
        if (digits == "0000" || digits.starts_with('d') || digits.starts_with('D')) {
            return true;
        }
    }
    return false;
}

// The tape is one word per value, two for a number. simdjson keeps no text of a number, and an
// integer beyond int64_t is unsigned.
bool has_awkward_number(const simdjson::dom::document &document) {
    const uint64_t *const tape = document.tape.get();
    const uint64_t end = tape[0] & 0x00ff'ffff'ffff'ffffULL;
    for (uint64_t at = 1; at < end; ++at) {
        const char kind = static_cast<char>(tape[at] >> 56);
        if (kind == 'd' || kind == 'u') {
            return true;
        }
        if (kind == 'l') {
            ++at;
        }
    }
    return false;
}

ShapeError invalid(simdjson::error_code code) {
    const auto because = [](std::string why) {
        return ShapeError(ShapeCode::invalid_json, "body is not valid JSON: " + why, "");
    };
    switch (code) {
    case simdjson::EMPTY:
        return because("it is empty");
    case simdjson::UTF8_ERROR:
        return because("it is not UTF-8");
    case simdjson::DEPTH_ERROR:
        return because("it is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    case simdjson::UNCLOSED_STRING:
        return because("a string is not closed");
    case simdjson::UNESCAPED_CHARS:
        return because("a control character in a string is not escaped");
    case simdjson::STRING_ERROR:
        return because("a string has an unknown escape");
    case simdjson::NUMBER_ERROR:
        return because("a number is malformed");
    case simdjson::CAPACITY:
        return because("it is larger than 4 GB");
    default:
        return because("a value, comma, colon or bracket is missing or misplaced");
    }
}

} // namespace

simdjson::error_code JsonReader::try_parse(std::string_view text, Element &out) {
    if (parser_.capacity() == 0) {
        const simdjson::error_code error =
            parser_.allocate(std::max(text.size(), kFirstCapacity), kMaxDepth);
        if (error != simdjson::SUCCESS) {
            return error;
        }
    }
    const size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
    if (padded_size_ < needed) {
        padded_size_ = std::max(needed + needed / 2, kFirstCapacity);
        padded_ = std::make_unique<char[]>(padded_size_);
    }
    std::memcpy(padded_.get(), text.data(), text.size());
    std::memset(padded_.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
    return parser_.parse(padded_.get(), text.size(), false).get(out);
}

Element JsonReader::parse(std::string_view text) {
    if (text.empty()) {
        throw invalid(simdjson::EMPTY);
    }
    Element element;
    simdjson::error_code error = simdjson::STRING_ERROR;
    if (!has_awkward_escape(text)) {
        error = try_parse(text, element);
        if (error == simdjson::SUCCESS && !has_awkward_number(parser_.doc)) {
            return element;
        }
    }
    // A number out of simdjson's range is an error above, and a string below.
    repaired_ = repair(text);
    error = try_parse(repaired_, element);
    if (error == simdjson::MEMALLOC) {
        throw std::bad_alloc();
    }
    if (error != simdjson::SUCCESS) {
        throw invalid(error);
    }
    return element;
}

} // namespace billing::stripe
