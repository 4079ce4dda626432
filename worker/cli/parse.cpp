// CLI11 stays in this file: its headers cost seconds.
#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace billing::worker::cli {

Parsed parse(int argc, const char *const *argv) {
    CLI::App app{
        "pg_billing_worker takes Stripe's webhooks into PostgreSQL and has them applied.\n"
        "Settings come from PG_BILLING_* variables or from a file; check-config shows them."};
    app.require_subcommand(1);
    app.footer("Exit codes: 0 success, 1 cannot listen or end in time, 2 wrong settings or usage.");

    Invocation invocation;
    std::string config_path;
    const auto add = [&](const char *name, const char *about, Command command) {
        auto *const sub = app.add_subcommand(name, about);
        sub->callback([&invocation, command] { invocation.command = command; });
        return sub;
    };
    auto *const run = add("run", "Serve until SIGTERM or SIGINT", Command::run);
    auto *const check = add("check-config", "Show the settings, or all that is wrong with them",
                            Command::check_config);
    auto *const version = add("version", "Show the version", Command::version);
    for (auto *const sub : {run, check}) {
        sub->add_option("--config", config_path, "TOML file with settings and organizations")
            ->envname("PG_BILLING_CONFIG");
    }
    for (auto *const sub : {check, version}) {
        sub->add_flag("--json", invocation.json, "For programs that read it");
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return {std::nullopt, app.exit(error) == 0 ? kSuccess : kMisconfigured};
    }
    if (!config_path.empty()) {
        invocation.config_path = config_path;
    }
    return {invocation, kSuccess};
}

} // namespace billing::worker::cli
