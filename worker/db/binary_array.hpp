// PostgreSQL's binary form of one-dimensional arrays, for parameters: no quoting, no hexadecimal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace billing::worker::db {

inline constexpr std::uint32_t kByteaOid = 17;
inline constexpr std::uint32_t kUuidOid = 2950;
inline constexpr std::uint32_t kByteaArrayOid = 1001;
inline constexpr std::uint32_t kUuidArrayOid = 2951;

// Appends one element after another; start() says how many will come.
class BinaryArray {
  public:
    // Forgets what was there and keeps the memory, up to `keep` bytes of it.
    void start(std::uint32_t element_oid, std::size_t count, std::size_t keep);
    void append(std::string_view bytes);
    void append_null();

    std::string_view bytes() const { return bytes_; }

  private:
    void append_int(std::uint32_t value);

    std::string bytes_;
};

} // namespace billing::worker::db
