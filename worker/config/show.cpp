#include "config/show.hpp"

#include <algorithm>
#include <memory>

#include <libpq-fe.h>

#include "base/json_text.hpp"
#include "base/text.hpp"

namespace billing::worker::config {

namespace {

// Where the database is, without the password and whatever else a connection string may hold.
std::string show_database(std::string_view url) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed{
        PQconninfoParse(std::string{url}.c_str(), nullptr), &PQconninfoFree};
    std::string text = "[redacted]";
    for (const auto *option = parsed.get(); option != nullptr && option->keyword != nullptr;
         ++option) {
        const std::string_view keyword{option->keyword};
        const bool harmless = keyword == "host" || keyword == "port" || keyword == "dbname" ||
                              keyword == "user" || keyword == "sslmode";
        if (harmless && option->val != nullptr) {
            text += " " + std::string{keyword} + "=" + option->val;
        }
    }
    return text;
}

} // namespace

std::string show_secrets(std::size_t count) {
    return count == 0 ? "(none)" : "[redacted] x " + std::to_string(count);
}

std::string show(const Definition &definition, std::string_view value) {
    if (value.empty()) {
        return "(none)";
    }
    if (definition.name == "DATABASE_URL") {
        return show_database(value);
    }
    if (definition.name == "STRIPE_WEBHOOK_SECRETS") {
        return show_secrets(split_list(value, ",\n").size());
    }
    return definition.secret ? "[redacted]" : std::string{value};
}

std::string report_text(const Loaded &loaded) {
    std::string text;
    if (!loaded.problems.empty()) {
        for (const auto &problem : loaded.problems) {
            text += problem.variable + ": " + problem.message + "\n";
        }
        return text;
    }
    std::size_t width = 0;
    for (const auto &shown : loaded.shown) {
        width = std::max(width, shown.variable.size());
    }
    for (const auto &shown : loaded.shown) {
        text += shown.variable + std::string(width - shown.variable.size() + 2, ' ') + shown.value +
                "  (" + shown.source + ")\n";
    }
    for (const auto &name : loaded.unknown_variables) {
        text += "note: " + name + " is no setting of this program and is ignored\n";
    }
    return text;
}

std::string report_json(const Loaded &loaded) {
    const auto list = [](const auto &items, auto to_json) {
        std::string text = "[";
        for (const auto &item : items) {
            text += (text.size() > 1 ? "," : "") + to_json(item);
        }
        return text + "]";
    };
    JsonObject report;
    report.add("valid", loaded.problems.empty());
    report.add_raw("problems", list(loaded.problems, [](const Problem &one) {
                       JsonObject object;
                       object.add("variable", one.variable).add("message", one.message);
                       return std::move(object).str();
                   }));
    report.add_raw("settings", list(loaded.shown, [](const Shown &one) {
                       JsonObject object;
                       object.add("variable", one.variable).add("value", one.value);
                       object.add("source", one.source);
                       return std::move(object).str();
                   }));
    return std::move(report).str() + "\n";
}

} // namespace billing::worker::config
