#include "telemetry/metrics.hpp"

#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include "base/version.hpp"

namespace billing::worker::telemetry {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Families = std::vector<MetricFamily>;

MetricFamily &family(Families &families, const char *name, const char *help, MetricType type) {
    auto &one = families.emplace_back();
    one.name = std::string{"pg_billing_worker_"} + name;
    one.help = help;
    one.type = type;
    return one;
}

ClientMetric &sample(MetricFamily &to, const char *label, std::string_view value) {
    auto &metric = to.metric.emplace_back();
    if (label != nullptr) {
        metric.label.push_back({label, std::string{value}});
    }
    return metric;
}

void counter(Families &families, const char *name, const char *help, std::uint64_t value) {
    auto &one = family(families, name, help, MetricType::Counter);
    sample(one, nullptr, "").counter.value = static_cast<double>(value);
}

void gauge(Families &families, const char *name, const char *help, double value) {
    auto &one = family(families, name, help, MetricType::Gauge);
    sample(one, nullptr, "").gauge.value = value;
}

template <std::size_t N>
void counters(Families &families, const char *name, const char *help, const char *label,
              const std::array<std::string_view, N> &names,
              const std::array<std::atomic<std::uint64_t>, N> &values) {
    auto &one = family(families, name, help, MetricType::Counter);
    for (std::size_t i = 0; i < N; ++i) {
        sample(one, label, names[i]).counter.value = static_cast<double>(values[i].load());
    }
}

template <std::size_t N>
void histogram(Families &families, const char *name, const char *help, const Histogram<N> &source) {
    auto &one = family(families, name, help, MetricType::Histogram);
    auto &target = sample(one, nullptr, "").histogram;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i <= N; ++i) {
        below += source.count(i);
        const double bound = i < N ? source.bounds()[i] : std::numeric_limits<double>::infinity();
        target.bucket.push_back({below, bound});
    }
    target.sample_count = below;
    target.sample_sum = source.sum();
}

double resident_bytes() {
    const std::unique_ptr<FILE, decltype(&fclose)> file{fopen("/proc/self/statm", "r"), &fclose};
    long size = 0;
    long resident = 0;
    if (!file || fscanf(file.get(), "%ld %ld", &size, &resident) != 2) {
        return 0;
    }
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void add_http(Families &families, const http::Server &server) {
    const auto &stats = server.stats();
    counter(families, "http_connections_total", "Connections accepted", stats.connections_total);
    counter(families, "http_connections_cut_total", "Connections cut because their time was over",
            stats.connections_cut);
    counter(families, "http_requests_total", "Requests whose head was read", stats.requests);
    counter(families, "http_too_large_total", "Requests with a body that was too long",
            stats.refused_too_large);
    counter(families, "http_overload_total", "Requests refused while receiving too much at once",
            stats.refused_overload);
    gauge(families, "http_connections", "Open connections",
          static_cast<double>(server.open_connections()));
}

void add_webhook(Families &families, const Sources &sources) {
    constexpr std::array<std::string_view, webhook::kVerdicts> kVerdictNames{
        "stored",  "duplicate", "unrouted",   "unknown_organization",
        "invalid", "failed",    "unavailable"};
    constexpr std::array<std::string_view, webhook::kRefusalReasons> kReasonNames{
        "signature", "disabled", "unavailable", "overloaded"};
    const auto &stats = sources.inbox.stats();
    counters(families, "events_total", "Events by what became of them", "result", kVerdictNames,
             stats.events);
    counters(families, "webhooks_refused_total", "Webhooks refused before the inbox", "reason",
             kReasonNames, sources.endpoint.stats().refused);
    counter(families, "groups_total", "Transactions sent to the inbox", stats.groups);
    counter(families, "groups_refused_total", "Transactions that the server rolled back",
            stats.groups_refused);
    counter(families, "inbox_connections_lost_total", "Lost connections of the inbox",
            stats.connections_lost);
    histogram(families, "group_events", "Events in one transaction", stats.group_size);
    histogram(families, "commit_seconds", "From sending a transaction to its commit",
              stats.commit_seconds);
    gauge(families, "queue_bytes", "Bodies that wait for their commit",
          static_cast<double>(sources.inbox.held_bytes()));
    gauge(families, "inbox_ready", "1 while events can be stored", sources.inbox.ready() ? 1 : 0);
}

void add_applier(Families &families, const applier::Applier &applier) {
    const auto &stats = applier.stats();
    counter(families, "applied_total", "Events applied by the lanes", stats.applied);
    counter(families, "apply_failed_total", "Events parked by the lanes", stats.failed);
    counter(families, "apply_batches_total", "Calls of process_events", stats.batches);
    counter(families, "lane_errors_total", "Errors that stopped a lane for a while", stats.errors);
    gauge(families, "lanes_connected", "Lanes with a connection",
          static_cast<double>(stats.connected));
    if (const auto database = applier.listener().stats()) {
        gauge(families, "database_received", "Events in the inbox", database->received);
        gauge(families, "database_pending", "Events not yet applied", database->pending);
        gauge(families, "database_oldest_pending_seconds", "Age of the oldest of them",
              database->oldest_pending_seconds);
        gauge(families, "database_failed", "Parked events", database->failed);
        gauge(families, "database_alarms", "Alarms raised", database->alarms);
    }
}

} // namespace

std::string prometheus_text(const Sources &sources) {
    Families families;
    auto &build = family(families, "build_info", "The program's version", MetricType::Gauge);
    sample(build, "version", version()).gauge.value = 1;
    gauge(families, "resident_bytes", "Memory in use", resident_bytes());
    if (sources.server != nullptr) {
        add_http(families, *sources.server);
    }
    add_webhook(families, sources);
    add_applier(families, sources.applier);
    return prometheus::TextSerializer{}.Serialize(families);
}

} // namespace billing::worker::telemetry
