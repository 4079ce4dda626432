#include "base/log.hpp"

#include <array>
#include <ctime>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json_text.hpp"

namespace billing::worker::log {

namespace {

// Made on first use and never destroyed: threads may log while the process ends.
spdlog::logger &logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "worker", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v", spdlog::pattern_time_type::utc);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
    constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                 spdlog::level::err};
    return kLevels[static_cast<std::size_t>(level)];
}

void write(Level level, std::string_view event, Fields fields) {
    const auto target = spdlog_level(level);
    if (!logger().should_log(target)) {
        return;
    }
    const auto line = format(std::chrono::system_clock::now(), level, event, fields);
    logger().log(target, spdlog::string_view_t{line.data(), line.size()});
}

} // namespace

Field::Field(std::string_view key, std::string_view value) : key_(key) {
    append_json_string(json_, value);
}

void set_level(Level level) {
    logger().set_level(spdlog_level(level));
}

void debug(std::string_view event, Fields fields) {
    write(Level::debug, event, fields);
}

void info(std::string_view event, Fields fields) {
    write(Level::info, event, fields);
}

void warn(std::string_view event, Fields fields) {
    write(Level::warn, event, fields);
}

void error(std::string_view event, Fields fields) {
    write(Level::error, event, fields);
}

std::string format(WallTime now, Level level, std::string_view event, Fields fields) {
    constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};
    JsonObject line;
    line.add("time", timestamp(now));
    line.add("level", kNames[static_cast<std::size_t>(level)]);
    line.add("event", event);
    for (const auto &field : fields) {
        line.add_raw(field.key(), field.json());
    }
    return std::move(line).str();
}

std::string timestamp(WallTime now) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(since).count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
    const auto fraction = std::to_string(1000 + since.count() - seconds * 1000).substr(1);
    return std::string{text.data(), length} + fraction + "Z";
}

bool Throttle::admit(SteadyTime now) {
    using std::chrono::floor, std::chrono::seconds;
    const std::int64_t second = floor<seconds>(now.time_since_epoch()).count();
    if (second_.exchange(second, std::memory_order_relaxed) != second) {
        lines_.store(0, std::memory_order_relaxed);
    }
    return lines_.fetch_add(1, std::memory_order_relaxed) < limit_;
}

} // namespace billing::worker::log
