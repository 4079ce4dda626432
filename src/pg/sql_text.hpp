// SQL put together from shared parts when compiling.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace billing::pg {

// The parts in a row, with the closing NUL: kText.data() is the text.
template <size_t... Sizes>
constexpr std::array<char, (Sizes + ...) - sizeof...(Sizes) + 1>
joined(const char (&...parts)[Sizes]) {
    std::array<char, (Sizes + ...) - sizeof...(Sizes) + 1> out{};
    size_t at = 0;
    (..., (std::copy(parts, parts + Sizes - 1, out.begin() + at), at += Sizes - 1));
    return out;
}

} // namespace billing::pg
