#include "webhook/ingest_lines.hpp"

#include <array>
#include <utility>

#include <poll.h>

namespace billing::worker::webhook {

namespace {

constexpr std::size_t kLines = 2;

} // namespace

Result<IngestLines> IngestLines::open(const db::Options &options,
                                      const std::optional<Uuid> &default_organization,
                                      const Wake &stop) {
    IngestLines lines;
    while (lines.lines_.size() < kLines) {
        auto pipeline = IngestPipeline::open(options, default_organization, stop);
        if (!pipeline) {
            return pipeline.error();
        }
        lines.lines_.push_back({std::move(*pipeline)});
        lines.under_way_.push_back(0);
    }
    return lines;
}

std::optional<Error> IngestLines::send(Group &group) {
    group.line = choose_line(under_way_, commit_time_);
    ++under_way_[group.line];
    return lines_[group.line].pipeline.send(group.members);
}

std::optional<Error> IngestLines::flush() {
    for (auto &line : lines_) {
        const auto more_to_write = line.pipeline.flush();
        if (!more_to_write) {
            return more_to_write.error();
        }
        line.more_to_write = *more_to_write;
    }
    return std::nullopt;
}

std::optional<Error> IngestLines::wait(Wake &wake, std::chrono::milliseconds time) {
    std::array<pollfd, kLines + 1> watched{};
    for (std::size_t i = 0; i < kLines; ++i) {
        const short events = static_cast<short>(POLLIN | (lines_[i].more_to_write ? POLLOUT : 0));
        watched[i] = {lines_[i].pipeline.socket(), events, 0};
    }
    watched[kLines] = {wake.fd(), POLLIN, 0};
    poll(watched.data(), watched.size(), static_cast<int>(time.count()));
    if (watched[kLines].revents != 0) {
        wake.clear();
    }
    for (std::size_t i = 0; i < kLines; ++i) {
        if ((watched[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
            continue;
        }
        if (auto error = lines_[i].pipeline.read()) {
            return error;
        }
    }
    return std::nullopt;
}

std::optional<IngestLines::Answer> IngestLines::next_answer() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        auto &line = lines_[i];
        auto reply = under_way_[i] > 0 ? line.pipeline.next_reply() : std::nullopt;
        if (reply) {
            --under_way_[i];
            note_commit(line);
            return Answer{i, std::move(*reply)};
        }
        if (line.pipeline.commits() && !line.commits_since) {
            line.commits_since = std::chrono::steady_clock::now();
        }
    }
    return std::nullopt;
}

void IngestLines::note_commit(Line &line) {
    const auto now = std::chrono::steady_clock::now();
    commit_time_ += (now - line.commits_since.value_or(now) - commit_time_) / 8;
    line.commits_since.reset();
}

} // namespace billing::worker::webhook
