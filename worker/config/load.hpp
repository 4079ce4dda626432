// Puts the settings together: the environment first, then the file, then the defaults. It reads
// on after a mistake, so that all of them can be shown at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace billing::worker::config {

// Variables that start with PG_BILLING_, with their full names.
using Environment = std::map<std::string, std::string>;

struct Problem {
    std::string variable;
    std::string message;
};

// One line of check-config; a secret's value is replaced already.
struct Shown {
    std::string variable;
    std::string value;
    std::string source; // environment, file or default
};

struct Loaded {
    Settings settings; // only to be used when there are no problems
    std::vector<Shown> shown;
    std::vector<Problem> problems;
    std::vector<std::string> unknown_variables; // set, but no setting of ours
};

Environment process_environment();
Loaded load(const Environment &environment, const std::optional<std::string> &config_path);

} // namespace billing::worker::config
