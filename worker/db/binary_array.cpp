#include "db/binary_array.hpp"

#include <array>

namespace billing::worker::db {

void BinaryArray::start(std::uint32_t element_oid, std::size_t count, std::size_t keep) {
    if (bytes_.capacity() > keep) {
        bytes_ = std::string{};
    }
    bytes_.clear();
    append_int(1); // dimensions
    append_int(1); // there may be NULLs
    append_int(element_oid);
    append_int(static_cast<std::uint32_t>(count));
    append_int(1); // lower bound
}

void BinaryArray::append(std::string_view bytes) {
    append_int(static_cast<std::uint32_t>(bytes.size()));
    bytes_.append(bytes);
}

void BinaryArray::append_null() {
    append_int(0xFFFFFFFF);
}

void BinaryArray::append_int(std::uint32_t value) {
    const std::array<char, 4> network{static_cast<char>(value >> 24),
                                      static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                                      static_cast<char>(value)};
    bytes_.append(network.data(), network.size());
}

} // namespace billing::worker::db
