#include "cli/command.hpp"

#include <cstdio>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "config/show.hpp"

namespace billing::worker::cli {

int check_config(const Invocation &invocation) {
    const auto loaded = config::load(config::process_environment(), invocation.config_path);
    const bool sound = loaded.problems.empty();
    const auto report = invocation.json ? config::report_json(loaded) : config::report_text(loaded);
    std::fputs(report.c_str(), sound || invocation.json ? stdout : stderr);
    return sound ? kSuccess : kMisconfigured;
}

int print_version(const Invocation &invocation) {
    if (invocation.json) {
        JsonObject object;
        object.add("version", version());
        std::puts(std::move(object).str().c_str());
    } else {
        std::printf("pg_billing_worker %s\n", std::string{version()}.c_str());
    }
    return kSuccess;
}

std::optional<config::Settings> settings_for_run(const Invocation &invocation) {
    auto loaded = config::load(config::process_environment(), invocation.config_path);
    for (const auto &name : loaded.unknown_variables) {
        log::warn("unknown_variable", {{"variable", name}});
    }
    for (const auto &problem : loaded.problems) {
        log::error("setting_problem",
                   {{"variable", problem.variable}, {"message", problem.message}});
    }
    if (!loaded.problems.empty()) {
        return std::nullopt;
    }
    return std::move(loaded.settings);
}

} // namespace billing::worker::cli
