#include "base/wake.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace billing::worker {

Wake::Wake() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) {
        throw std::system_error{errno, std::generic_category(), "eventfd"};
    }
}

Wake::~Wake() {
    close(fd_);
}

void Wake::signal() const {
    const std::uint64_t one = 1;
    // A full counter means that the sleeper is woken already.
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Wake::clear() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(fd_, &count, sizeof count);
}

} // namespace billing::worker
