#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace billing::worker::config {

namespace {

// "listen" is LISTEN, so that one list of definitions serves both spellings.
std::string variable_name(std::string_view key) {
    std::string name{key};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return name;
}

std::optional<std::string> list_text(const toml::array &items) {
    std::string text;
    for (const auto &item : items) {
        const auto part = item.value_exact<std::string>();
        // A comma inside one secret would make two of it.
        if (!part || part->find_first_of(",\n") != std::string::npos) {
            return std::nullopt;
        }
        text += (text.empty() ? "" : ",") + *part;
    }
    return text;
}

std::optional<std::string> value_text(const toml::node &node) {
    if (const auto text = node.value_exact<std::string>()) {
        return *text;
    }
    if (const auto number = node.value_exact<std::int64_t>()) {
        return std::to_string(*number);
    }
    return node.is_array() ? list_text(*node.as_array()) : std::nullopt;
}

void read_organizations(const toml::node &node, TomlFile &file) {
    if (!node.is_array_of_tables()) {
        file.problems.push_back({"organizations", "must be [[organizations]] tables"});
        return;
    }
    for (const auto &item : *node.as_array()) {
        OrganizationEntry entry;
        entry.where = "organizations[" + std::to_string(file.organizations.size() + 1) + "]";
        for (const auto &[key, value] : *item.as_table()) {
            const std::string name{key.str()};
            if (auto text = value_text(value)) {
                entry.values.emplace(name, std::move(*text));
            } else {
                file.problems.push_back(
                    {entry.where + "." + name, "must be a string or a list of strings"});
            }
        }
        file.organizations.push_back(std::move(entry));
    }
}

void read_table(const toml::table &table, TomlFile &file) {
    for (const auto &[key, value] : table) {
        const std::string name{key.str()};
        if (name == "organizations") {
            read_organizations(value, file);
        } else if (auto text = value_text(value)) {
            file.values.emplace(variable_name(name), std::move(*text));
        } else {
            file.problems.push_back({name, "must be a string, a number or a list of strings"});
        }
    }
}

} // namespace

TomlFile read_toml_file(const std::string &path) {
    TomlFile file;
    try {
        read_table(toml::parse_file(path), file);
    } catch (const toml::parse_error &error) {
        // The parser's words may quote a secret: only the place is said.
        const auto line = error.source().begin.line;
        file.problems.push_back(
            {"--config", line == 0 ? "cannot be read: " + path
                                   : "is not TOML at line " + std::to_string(line) + ": " + path});
    }
    return file;
}

} // namespace billing::worker::config
