#include "config/load.hpp"

#include <fstream>
#include <sstream>

#include <unistd.h>

#include "base/text.hpp"
#include "config/definitions.hpp"
#include "config/show.hpp"
#include "config/toml_file.hpp"

namespace billing::worker::config {

namespace {

using Values = std::map<std::string, std::string>;

// A secret's file: its text without the white space around it.
std::optional<std::string> read_file(const std::string &path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) {
        return std::nullopt;
    }
    return std::string{trimmed(text.str())};
}

// The value under name, or the contents of the file that name + suffix gives (no suffix: there is
// no such form); nothing if neither is set. An empty value counts as not set.
std::optional<std::string> value_or_file(const Values &values, const std::string &name,
                                         std::string_view suffix, const std::string &label,
                                         std::vector<Problem> &problems) {
    const auto get = [&](const std::string &key) -> const std::string * {
        const auto found = values.find(key);
        return found == values.end() || found->second.empty() ? nullptr : &found->second;
    };
    const auto file_key = name + std::string{suffix};
    const auto *const direct = get(name);
    const auto *const path = suffix.empty() ? nullptr : get(file_key);
    if (direct != nullptr && path != nullptr) {
        problems.push_back({label, "is set together with " + file_key + "; use one of them"});
    }
    if (direct != nullptr) {
        return *direct;
    }
    if (path == nullptr) {
        return std::nullopt;
    }
    auto text = read_file(*path);
    if (!text) {
        problems.push_back({label + std::string{suffix}, "names a file that cannot be read"});
        return "";
    }
    return text;
}

class Loader {
  public:
    explicit Loader(Loaded &loaded) : loaded_(loaded) {}

    void settings(const Environment &environment, const Values &file) {
        for (const auto &definition : definitions()) {
            const auto variable = std::string{kPrefix} + std::string{definition.name};
            const auto suffix = definition.secret ? kFileSuffix : std::string_view{};
            auto source = std::string{"environment"};
            auto value = value_or_file(environment, variable, suffix, variable, loaded_.problems);
            if (!value) {
                source = "file";
                value = value_or_file(file, std::string{definition.name}, suffix, variable,
                                      loaded_.problems);
            }
            if (!value) {
                source = "default";
                value = std::string{definition.fallback};
            }
            const auto wrong = definition.assign(loaded_.settings, *value);
            if (!wrong.empty()) {
                loaded_.problems.push_back({variable, wrong});
            }
            loaded_.shown.push_back({variable, show(definition, *value), source});
        }
    }

    void unknown(const Environment &environment, const Values &file) {
        for (const auto &[name, value] : environment) {
            // PG_BILLING_CONFIG names the file: the command line has read it.
            if (name != "PG_BILLING_CONFIG" &&
                !is_known(std::string_view{name}.substr(kPrefix.size()))) {
                loaded_.unknown_variables.push_back(name);
            }
        }
        for (const auto &[name, value] : file) {
            if (!is_known(name)) {
                loaded_.problems.push_back({name, "is not a setting of the file"});
            }
        }
    }

    void organization(const OrganizationEntry &entry) {
        for (const auto &[key, value] : entry.values) {
            if (key != "id" && key != kSecrets && key != std::string{kSecrets} + "_file") {
                loaded_.problems.push_back({entry.where + "." + key, "is not a known key"});
            }
        }
        const auto id = entry.values.find("id");
        const auto uuid = id == entry.values.end() ? std::nullopt : parse_uuid(id->second);
        if (!uuid) {
            loaded_.problems.push_back({entry.where + ".id", "must be a UUID"});
            return;
        }
        const auto label = entry.where + "." + std::string{kSecrets};
        const auto text =
            value_or_file(entry.values, std::string{kSecrets}, "_file", label, loaded_.problems);
        Secrets secrets;
        const auto wrong = assign_secrets(secrets, text.value_or(""));
        if (!wrong.empty()) {
            loaded_.problems.push_back({label, wrong});
        }
        loaded_.shown.push_back({label, show_secrets(secrets.size()), to_string(*uuid)});
        if (!loaded_.settings.organization_secrets.emplace(*uuid, std::move(secrets)).second) {
            loaded_.problems.push_back({entry.where + ".id", "stands in the file twice"});
        }
    }

  private:
    static constexpr std::string_view kSecrets = "stripe_webhook_secrets";

    static bool is_known(std::string_view name) {
        if (find_definition(name) != nullptr) {
            return true;
        }
        if (!name.ends_with(kFileSuffix)) {
            return false;
        }
        name.remove_suffix(kFileSuffix.size());
        const auto *const definition = find_definition(name);
        return definition != nullptr && definition->secret;
    }

    Loaded &loaded_;
};

} // namespace

Environment process_environment() {
    Environment environment;
    for (char **entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const auto equals = text.find('=');
        if (text.starts_with(kPrefix) && equals != std::string_view::npos) {
            environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

Loaded load(const Environment &environment, const std::optional<std::string> &config_path) {
    Loaded loaded;
    const auto file = config_path ? read_toml_file(*config_path) : TomlFile{};
    loaded.problems = file.problems;
    Loader loader{loaded};
    loader.settings(environment, file.values);
    loader.unknown(environment, file.values);
    for (const auto &entry : file.organizations) {
        loader.organization(entry);
    }
    return loaded;
}

} // namespace billing::worker::config
