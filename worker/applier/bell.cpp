#include "applier/bell.hpp"

namespace billing::worker::applier {

void Bell::ring() {
    const std::lock_guard lock{mutex_};
    ++rings_;
    changed_.notify_all();
}

void Bell::ring_out() {
    const std::lock_guard lock{mutex_};
    out_ = true;
    changed_.notify_all();
}

std::uint64_t Bell::wait(std::uint64_t heard, std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, time, [&] { return out_ || rings_ != heard; });
    return rings_;
}

} // namespace billing::worker::applier
