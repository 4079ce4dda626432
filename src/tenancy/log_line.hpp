// A JSON object in plain memory of fixed size, for where nothing may fail: no allocation, no
// exception. What does not fit is left out from its end on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace billing::tenancy {

class LogLine {
  public:
    void text(const char *name, std::string_view value);
    void number(const char *name, int64_t value);
    // Thousandths.
    void milliseconds(const char *name, int64_t micros);
    void flag(const char *name, bool value);
    // Closes the object.
    const char *done();

  private:
    void name(const char *name);
    void put(std::string_view text);
    void put_escaped(char c);
    void put_digits(int64_t value);

    std::array<char, 4096> line_{};
    size_t size_ = 0;
};

} // namespace billing::tenancy
