#include "support/report.hpp"

#include <algorithm>
#include <cstdio>

#include <sys/resource.h>

namespace billing::bench {

namespace {

Seconds seconds_of(const timeval &time) {
    return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

double quantile_ms(const std::vector<Seconds> &sorted, double part) {
    if (sorted.empty()) {
        return 0;
    }
    const auto last = static_cast<double>(sorted.size() - 1);
    return sorted[static_cast<std::size_t>(part * last)].count() * 1000;
}

} // namespace

Seconds own_cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

void print(Report report) {
    std::sort(report.waits.begin(), report.waits.end());
    std::printf("{\"events\": %zu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"p50_ms\": %.3f, "
                "\"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
                report.events, report.wall.count(), report.cpu.count(),
                quantile_ms(report.waits, 0.5), quantile_ms(report.waits, 0.99),
                quantile_ms(report.waits, 1));
}

} // namespace billing::bench
