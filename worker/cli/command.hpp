// The command line: which command, and with which settings.
#pragma once

#include <optional>
#include <string>

#include "config/load.hpp"

namespace billing::worker::cli {

// What the process returns.
enum ExitCode : int {
    kSuccess = 0,
    kFailure = 1,      // it cannot listen, or could not end in time
    kMisconfigured = 2 // the settings or the command line are wrong
};

enum class Command { run, check_config, version };

struct Invocation {
    Command command = Command::run;
    std::optional<std::string> config_path;
    bool json = false;
};

struct Parsed {
    std::optional<Invocation> invocation;
    int exit_code = kSuccess; // without an invocation: help was shown, or the line is wrong
};

Parsed parse(int argc, const char *const *argv);

// Prints the effective settings without secrets, or every problem.
int check_config(const Invocation &invocation);
int print_version(const Invocation &invocation);

// The settings to run with; without them every problem was logged.
std::optional<config::Settings> settings_for_run(const Invocation &invocation);

} // namespace billing::worker::cli
