// Parse, build the rooms, run, stop. The rooms meet here and in the tables only.
#include "cli/command.hpp"
#include "service.hpp"

using namespace billing::worker;

int main(int argc, char **argv) {
    const auto parsed = cli::parse(argc, argv);
    if (!parsed.invocation) {
        return parsed.exit_code;
    }
    switch (parsed.invocation->command) {
    case cli::Command::check_config:
        return cli::check_config(*parsed.invocation);
    case cli::Command::version:
        return cli::print_version(*parsed.invocation);
    case cli::Command::run:
        break;
    }
    const auto settings = cli::settings_for_run(*parsed.invocation);
    return settings ? run(*settings) : cli::kMisconfigured;
}
