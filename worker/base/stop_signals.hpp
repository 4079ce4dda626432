// SIGTERM and SIGINT as something to wait for. Construct it before the first thread starts: every
// thread inherits the blocked mask, so that the signals reach only wait_for().
#pragma once

#include <chrono>

namespace billing::worker {

class StopSignals {
  public:
    StopSignals();
    // True when the process was asked to stop; false after the time has passed.
    bool wait_for(std::chrono::milliseconds time) const;
};

} // namespace billing::worker
