// The settings file: top-level keys are the variables' names in lower case without PG_BILLING_,
// and each [[organizations]] table holds an id and the secrets of that organization alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace billing::worker::config {

struct OrganizationEntry {
    std::string where; // "organizations[1]", for messages
    std::map<std::string, std::string> values;
};

struct TomlFile {
    std::map<std::string, std::string> values; // by the variable's name: LISTEN
    std::vector<OrganizationEntry> organizations;
    std::vector<Problem> problems;
};

// A list of strings becomes one text with commas. What is no table of settings is a problem.
TomlFile read_toml_file(const std::string &path);

} // namespace billing::worker::config
