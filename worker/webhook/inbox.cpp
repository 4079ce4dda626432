#include "webhook/inbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <poll.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace billing::worker::webhook {

Inbox::Inbox(InboxOptions options) : options_(std::move(options)) {}

Inbox::~Inbox() {
    stop();
}

void Inbox::start() {
    thread_ = std::thread{[this] { run(); }};
}

void Inbox::stop() {
    stopping_.store(true);
    stop_.signal();
    wake_.signal();
    if (thread_.joinable()) {
        thread_.join();
    }
}

// ---- any thread ----

Inbox::Admission Inbox::admission() const {
    if (!ready()) {
        return Admission::unavailable;
    }
    return held_bytes() < options_.queue_bytes ? Admission::open : Admission::overloaded;
}

Inbox::Admission Inbox::submit(Event event, Done done) {
    const auto size = static_cast<std::int64_t>(event.body.size());
    bool enough = false;
    {
        const std::lock_guard lock{mutex_};
        const auto answer = admission();
        if (answer != Admission::open) {
            return answer;
        }
        held_bytes_.fetch_add(size);
        arrived_.push_back({std::move(event), std::move(done), std::chrono::steady_clock::now()});
        enough = arrived_.size() >= wake_at_;
        if (enough) {
            wake_at_ = SIZE_MAX; // the others need not wake it again
        }
    }
    if (enough) {
        wake_.signal();
    }
    return Admission::open;
}

// ---- the inbox's thread ----

void Inbox::run() {
    while (!stopping_.load()) {
        auto lines = IngestLines::open(options_.database, options_.default_organization, stop_);
        if (!lines) {
            const auto delay = backoff_.next();
            log::warn("inbox_not_ready", {{"sqlstate", lines.error().code},
                                          {"message", lines.error().message},
                                          {"retry_ms", delay.count()}});
            pause(delay);
            continue;
        }
        log::info("inbox_ready", {{"database", lines->where()}});
        ready_.store(true);
        const auto error = serve(*lines);
        close_door();
        if (!stopping_.load()) {
            ++stats_.connections_lost;
            log::warn("inbox_lost", {{"sqlstate", error.code}, {"message", error.message}});
            pause(backoff_.next());
        }
    }
}

bool Inbox::pause(std::chrono::milliseconds time) const {
    pollfd stop{stop_.fd(), POLLIN, 0};
    return poll(&stop, 1, static_cast<int>(time.count())) > 0;
}

// Runs until the connection breaks or the inbox is stopped; the error is why.
Error Inbox::serve(IngestLines &lines) {
    while (!stopping_.load()) {
        auto error = send_waiting(lines);
        if (!error) {
            error = lines.flush();
        }
        if (!error) {
            error = wait(lines);
        }
        if (!error) {
            error = take_answers(lines);
        }
        if (error) {
            return *error;
        }
        expire(std::chrono::steady_clock::now());
    }
    return {};
}

std::optional<Error> Inbox::send_waiting(IngestLines &lines) {
    {
        const std::lock_guard lock{mutex_};
        std::move(arrived_.begin(), arrived_.end(), std::back_inserter(waiting_));
        arrived_.clear();
    }
    while (!singles_.empty() || waiting_.size() >= enough_to_send(under_way_.size())) {
        const bool alone = !singles_.empty();
        if (alone && !under_way_.empty()) {
            return std::nullopt; // one after another, so that only the culprit suffers
        }
        auto group =
            alone ? take_group(singles_, {1, SIZE_MAX}) : take_group(waiting_, options_.batch);
        group.sent_at = std::chrono::steady_clock::now();
        auto error = lines.send(group);
        stats_.group_size.observe(static_cast<double>(group.members.size()));
        ++stats_.groups;
        under_way_.push_back(std::move(group));
        if (error) {
            return error;
        }
    }
    return std::nullopt;
}

std::optional<Error> Inbox::take_answers(IngestLines &lines) {
    while (auto answer = lines.next_answer()) {
        const auto oldest =
            std::find_if(under_way_.begin(), under_way_.end(),
                         [&](const Group &group) { return group.line == answer->line; });
        const auto &error = answer->reply.error;
        if (error && error->kind == ErrorKind::transient) {
            return error; // the group is under way until the door is closed
        }
        auto group = std::move(*oldest);
        under_way_.erase(oldest);
        settle(group, answer->reply);
    }
    return std::nullopt;
}

// The group's transaction is over: committed, or rolled back because of its data.
void Inbox::settle(Group &group, const Reply &reply) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - group.sent_at;
    stats_.commit_seconds.observe(took.count());
    if (!reply.error) {
        backoff_.reset();
        const auto is_stored = [](const Outcome &one) { return one.verdict == Verdict::stored; };
        if (std::any_of(reply.outcomes.begin(), reply.outcomes.end(), is_stored)) {
            options_.stored();
        }
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            if (i < reply.outcomes.size() && reply.outcomes[i].verdict != Verdict::failed) {
                report(group.members[i], reply.outcomes[i]);
            } else {
                report_failed(group.members[i], {ErrorKind::bug, "", "answer without a row"});
            }
        }
        return;
    }
    ++stats_.groups_refused;
    if (group.members.size() == 1) {
        report_failed(group.members.front(), *reply.error);
        return;
    }
    log::warn("group_refused", {{"sqlstate", reply.error->code}, {"events", group.members.size()}});
    take_apart(group, singles_);
}

void Inbox::report(Pending &pending, const Outcome &outcome) {
    held_bytes_.fetch_sub(static_cast<std::int64_t>(pending.event.body.size()));
    pending.event.body = std::string{};
    if (const auto done = std::exchange(pending.done, nullptr)) {
        stats_.events[static_cast<std::size_t>(outcome.verdict)].fetch_add(
            1, std::memory_order_relaxed);
        done(outcome);
    }
}

// The message may quote the event, which may hold secrets: it stays in the server's log.
void Inbox::report_failed(Pending &pending, const Error &error) {
    const auto id = random_id();
    log::error("event_failed",
               {{"error_id", id}, {"sqlstate", error.code}, {"bytes", pending.event.body.size()}});
    report(pending, {Verdict::failed, id});
}

// A sender is not kept waiting; its event may still be committed, and is then a duplicate when it
// comes again.
void Inbox::expire(SteadyTime now) {
    for (auto &group : under_way_) {
        for (auto &pending : group.members) {
            if (pending.arrived_at + options_.commit_timeout > now) {
                break; // the rest came later
            }
            expire_in(pending);
        }
    }
    for (auto *queue : {&singles_, &waiting_}) {
        while (!queue->empty() && queue->front().arrived_at + options_.commit_timeout <= now) {
            report(queue->front(), {});
            queue->pop_front();
        }
    }
}

void Inbox::expire_in(Pending &pending) {
    if (const auto done = std::exchange(pending.done, nullptr)) {
        ++stats_.events[static_cast<std::size_t>(Verdict::unavailable)];
        done({});
    }
}

std::optional<Error> Inbox::wait(IngestLines &lines) {
    const auto now = std::chrono::steady_clock::now();
    if (!under_way_.empty() && under_way_.front().sent_at + 2 * options_.commit_timeout <= now) {
        return Error{ErrorKind::transient, "", "the server does not answer"};
    }
    return lines.wait(wake_,
                      fall_asleep() ? time_to_next_deadline(now) : std::chrono::milliseconds{0});
}

// Says how many arrivals wake the thread; false if so many have come already.
bool Inbox::fall_asleep() {
    const std::lock_guard lock{mutex_};
    const auto enough = enough_to_send(under_way_.size());
    const auto missing = enough > waiting_.size() ? enough - waiting_.size() : 1;
    if (!singles_.empty() || arrived_.size() < missing) {
        wake_at_ = missing;
        return true;
    }
    return false;
}

std::chrono::milliseconds Inbox::time_to_next_deadline(SteadyTime now) const {
    constexpr std::chrono::milliseconds kLongest{1000};
    auto oldest = SteadyTime::max();
    if (!under_way_.empty()) {
        oldest = under_way_.front().members.front().arrived_at;
    }
    for (const auto *queue : {&singles_, &waiting_}) {
        if (!queue->empty()) {
            oldest = std::min(oldest, queue->front().arrived_at);
        }
    }
    if (oldest == SteadyTime::max()) {
        return kLongest;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(oldest + options_.commit_timeout - now);
    return left.count() <= 0 ? std::chrono::milliseconds{20} : std::min(left, kLongest);
}

// Nothing more comes in, and whoever waits is told.
void Inbox::close_door() {
    {
        const std::lock_guard lock{mutex_};
        ready_.store(false);
        std::move(arrived_.begin(), arrived_.end(), std::back_inserter(waiting_));
        arrived_.clear();
    }
    for (auto &group : under_way_) {
        for (auto &pending : group.members) {
            report(pending, {});
        }
    }
    under_way_.clear();
    for (auto *queue : {&singles_, &waiting_}) {
        for (auto &pending : *queue) {
            report(pending, {});
        }
        queue->clear();
    }
}

} // namespace billing::worker::webhook
