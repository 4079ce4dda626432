#include "base/stop_signals.hpp"

#include <csignal>
#include <ctime>

namespace billing::worker {

namespace {

sigset_t stop_set() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

} // namespace

StopSignals::StopSignals() {
    const auto set = stop_set();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A peer that went away is an error of the write, never the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
}

bool StopSignals::wait_for(std::chrono::milliseconds time) const {
    const auto set = stop_set();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    timespec limit{};
    limit.tv_sec = seconds.count();
    limit.tv_nsec = std::chrono::nanoseconds{time - seconds}.count();
    return sigtimedwait(&set, nullptr, &limit) > 0;
}

} // namespace billing::worker
