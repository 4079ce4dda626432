// The running worker: builds the rooms from the settings, joins them, and takes them down in order.
#pragma once

#include "config/settings.hpp"

namespace billing::worker {

// Returns the exit code after SIGTERM or SIGINT, or when a listener cannot be opened.
int run(const config::Settings &settings);

} // namespace billing::worker
