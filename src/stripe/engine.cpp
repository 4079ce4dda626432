#include "stripe/engine.hpp"

#include "analytics/ledger.hpp"
#include "customers/taking.hpp"
#include "entitlements/resolver.hpp"
#include "pg/batch_writer.hpp"
#include "pg/writing.hpp"
#include "stripe/work.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace billing::stripe {

namespace {

constexpr int kDuePortions = 10;
constexpr int64_t kBatch = 200;
// After as many tries a batch waits for its customers in the order of their ids.
constexpr int kTries = 5;

struct Failure {
    std::string code;
    std::string reason;
    std::string detail;
};

// Whether an error is about the data of an event. A cancel, a deadlock, a full disk or a missing
// table are not: they end the transaction, and the event stays queued. Whatever else goes wrong
// parks the event, because an event that is tried for ever stops all those behind it.
bool blames_event(const pg::ServerError &error) {
    const std::string state = error.sqlstate();
    const std::string_view group = std::string_view(state).substr(0, 2);
    for (const std::string_view other : {"08", "0A", "25", "28", "2D", "3D", "3F", "40", "42", "53",
                                         "55", "57", "58", "F0", "PT", "XX"}) {
        if (group == other) {
            return false;
        }
    }
    return true;
}

// Neither are tables that were altered, or whose triggers take rows away.
bool blames_event(const pg::Error &error) {
    return error.code() != pg::Code::schema_outdated && error.code() != pg::Code::row_not_stored;
}

Failure failure_of(const pg::ServerError &error) {
    const ErrorData *data = error.data();
    return {"server_" + error.sqlstate(), error.what(),
            data->detail != nullptr ? data->detail : ""};
}

std::deque<Event> fetch(const pg::Uuid &organization, int64_t limit) {
    static pg::Plan plan{
        "SELECT q.position, q.attempts, q.event_id, e.body FROM ("
        "SELECT w.position, w.attempts, w.event_id FROM billing_internal.event_queue AS w "
        "WHERE w.organization_id = $1 ORDER BY w.position LIMIT $2) AS q "
        "JOIN LATERAL (SELECT v.body FROM billing_internal.events AS v "
        "WHERE v.organization_id = $1 AND v.event_id = q.event_id OFFSET 0) AS e ON true",
        {UUIDOID, INT8OID}};
    std::deque<Event> out;
    const pg::Result rows = pg::run(plan, pg::Params(organization, limit), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        Event &event = out.emplace_back();
        event.position = rows[i].uuid(0);
        event.attempts = rows[i].i32(1);
        event.event_id = rows[i].text(2);
        event.body = rows[i].bytes(3);
    }
    return out;
}

// What became of events that are applied together: written, or nothing of them is left behind.
struct Attempt {
    std::optional<Failure> failure;
    std::optional<pg::Uuid> busy; // a customer that somebody else holds
    bool done() const { return !failure && !busy; }
};

// Everything that outlives a batch of one process_events call.
class Run {
  public:
    explicit Run(tenancy::Organization organization)
        : organization_(std::move(organization)),
          now_(pg::instant_of(TimestampTzGetDatum(GetCurrentTimestamp()))) {}

    // False where the rest has to wait for the next call.
    bool apply(std::deque<Event> &events);
    Progress finish();
    const tenancy::Organization &organization() const { return organization_; }

  private:
    bool admit(EventReader &reader, Event &event);
    void check_livemode(const Event &event);
    Attempt attempt(const std::vector<Event *> &events, bool waits);
    Attempt attempt_in_turn(const std::vector<Event *> &events);
    size_t apply_first_of(const std::vector<Event *> &events);
    void count(const Event &event);
    void park(const Event &event, const Failure &failure);
    void mark(const std::deque<Event> &events, const std::set<const Event *> &left);

    tenancy::Organization organization_;
    // Later than the lane's lock: no row was folded after it.
    core::Instant now_;
    Progress progress_;
    bool holds_customers_ = false;
    std::map<std::string, int64_t> counts_;
    std::vector<std::pair<const Event *, Failure>> failures_;
};

void Run::park(const Event &event, const Failure &failure) {
    failures_.emplace_back(&event, failure);
    ++progress_.failed;
}

void Run::check_livemode(const Event &event) {
    if (!event.livemode) {
        return;
    }
    if (!organization_.livemode) {
        static pg::Plan plan{"UPDATE billing_internal.organizations SET livemode = $2, "
                             "updated_at = $3 WHERE id = $1",
                             {UUIDOID, BOOLOID, TIMESTAMPTZOID}};
        pg::run(plan, pg::Params(organization_.id, *event.livemode, pg::Timestamp{now_}),
                pg::Access::write);
        organization_.livemode = event.livemode;
        return;
    }
    if (*organization_.livemode != *event.livemode) {
        static pg::Plan plan{"INSERT INTO billing_internal.event_alarms "
                             "(organization_id, kind, reference, detail, raised_at) "
                             "VALUES ($1, 'livemode_mismatch', $2, $3, $4) ON CONFLICT DO NOTHING",
                             {UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
        const std::string detail =
            std::string("{\"livemode\": ") + (*event.livemode ? "true}" : "false}");
        pg::run(plan,
                pg::Params(organization_.id, event.event_id, pg::JsonbText{detail},
                           pg::Timestamp{now_}),
                pg::Access::write);
        throw pg::Error(pg::Code::conflict,
                        std::string("a ") + (*event.livemode ? "live" : "test") +
                            " mode event reached an organization of the other mode");
    }
}

// Reads an event; one that cannot be read, or does not belong here, parks.
bool Run::admit(EventReader &reader, Event &event) {
    try {
        read_event(reader, event);
        check_livemode(event);
        return true;
    } catch (const ShapeError &error) {
        park(event, {std::string(name_of(error.code())), error.what(), error.field()});
    } catch (const pg::Error &error) {
        park(event, {"livemode_mismatch", error.what(), ""});
    }
    return false;
}

Attempt Run::attempt(const std::vector<Event *> &events, bool waits) {
    pg::Savepoint savepoint;
    Attempt out;
    try {
        std::optional<customers::NoWaiting> no_waiting;
        if (!waits) {
            no_waiting.emplace();
        }
        Work(organization_, now_, events).run();
    } catch (const customers::Busy &busy) {
        out.busy = busy.customer;
    } catch (const pg::ServerError &error) {
        if (!blames_event(error)) {
            throw;
        }
        out.failure = failure_of(error);
    } catch (const pg::Error &error) {
        if (!blames_event(error)) {
            throw;
        }
        out.failure = Failure{"internal_error", error.what(), ""};
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::overflow_error &error) {
        out.failure = Failure{"out_of_range", error.what(), ""};
    } catch (const std::exception &error) {
        out.failure = Failure{"internal_error", error.what(), ""};
    }
    if (out.done()) {
        savepoint.release();
    } else {
        savepoint.rollback();
    }
    return out;
}

// Waits for whoever changes a customer of these events, holding nothing but the lane. Once an
// earlier batch holds customers there is no waiting: they may be what the other one waits for.
Attempt Run::attempt_in_turn(const std::vector<Event *> &events) {
    for (int tries = 1;; ++tries) {
        Attempt out = attempt(events, tries > kTries && !holds_customers_);
        if (!out.busy || holds_customers_) {
            holds_customers_ |= out.done();
            return out;
        }
        customers::wait_for(organization_.id, *out.busy);
    }
}

void Run::count(const Event &event) {
    ++progress_.applied;
    ++counts_[event.type];
}

// Together where nothing fails, else one by one, so that one that fails is parked alone. Answers
// how many of them are done with: whose customer is busy waits, and all after it.
size_t Run::apply_first_of(const std::vector<Event *> &events) {
    const Attempt together = attempt_in_turn(events);
    if (together.busy) {
        return 0;
    }
    for (size_t i = 0; i < events.size(); ++i) {
        const Attempt one = together.done() ? Attempt{} : attempt_in_turn({events[i]});
        if (one.busy) {
            return i;
        }
        if (one.failure) {
            park(*events[i], *one.failure);
        } else {
            count(*events[i]);
        }
    }
    return events.size();
}

bool Run::apply(std::deque<Event> &events) {
    EventReader reader;
    std::vector<Event *> admitted;
    for (Event &event : events) {
        if (admit(reader, event)) {
            admitted.push_back(&event);
        }
    }
    std::sort(admitted.begin(), admitted.end(), [](const Event *a, const Event *b) {
        return std::tie(a->created, a->rank, a->event_id) <
               std::tie(b->created, b->rank, b->event_id);
    });
    const auto done = static_cast<ptrdiff_t>(apply_first_of(admitted));
    const std::set<const Event *> left(admitted.begin() + done, admitted.end());
    mark(events, left);
    return left.empty();
}

void Run::mark(const std::deque<Event> &events, const std::set<const Event *> &left) {
    static pg::BatchWriter queue{"event_queue", pg::OnConflict::fail, 1, {{"position", UUIDOID}}};
    static pg::BatchWriter failures{"event_failures",
                                    pg::OnConflict::replace,
                                    1,
                                    {{"event_id", TEXTOID},
                                     {"failed_at", TIMESTAMPTZOID},
                                     {"attempts", INT4OID},
                                     {"code", TEXTOID},
                                     {"reason", TEXTOID},
                                     {"detail", TEXTOID},
                                     {"discarded_at", TIMESTAMPTZOID},
                                     {"discard_reason", TEXTOID}}};
    pg::Columns done = queue.columns();
    for (const Event &event : events) {
        if (left.count(&event) == 0) {
            done.row(event.position);
        }
    }
    pg::require_stored("event_queue", queue.remove(organization_.id, done), done.size());
    pg::Columns parked = failures.columns();
    for (const auto &[event, failure] : failures_) {
        parked.row(event->event_id, pg::Timestamp{now_}, event->attempts + 1, failure.code,
                   failure.reason, pg::nullable(failure.detail), pg::Null{}, pg::Null{});
    }
    failures.write(organization_.id, parked);
    failures_.clear();
}

Progress Run::finish() {
    static pg::BatchWriter counts{
        "event_counts", pg::OnConflict::add, 1, {{"type", TEXTOID}, {"applied", INT8OID}}};
    // Bounded: a lane asks after every batch, and the queue may be long.
    static pg::Plan remaining{"SELECT count(*) FROM (SELECT 1 FROM billing_internal.event_queue "
                              "WHERE organization_id = $1 LIMIT 1000) AS q",
                              {UUIDOID}};
    pg::Columns rows = counts.columns();
    for (const auto &[type, count] : counts_) {
        rows.row(type, count);
    }
    counts.write(organization_.id, rows);
    analytics::fold_due(organization_, now_);
    // Bounded: what is left is due for the next call.
    for (int i = 0; i < kDuePortions && entitlements::resolve_due(organization_.id, now_); ++i) {
    }
    progress_.remaining =
        pg::run(remaining, pg::Params(organization_.id), pg::Access::write)[0].i64(0);
    return progress_;
}

// Memory of a batch: everything that is made for it goes with it.
class BatchMemory {
  public:
    BatchMemory()
        : outer_(CurrentMemoryContext), own_(pg::call([] {
              return AllocSetContextCreate(CurrentMemoryContext, "pg_billing batch",
                                           ALLOCSET_DEFAULT_SIZES);
          })) {
        MemoryContextSwitchTo(own_);
    }
    ~BatchMemory() {
        // While an error unwinds, its report lives in here; the transaction's abort takes it.
        if (std::uncaught_exceptions() == 0) {
            MemoryContextSwitchTo(outer_);
            MemoryContextDelete(own_);
        }
    }
    BatchMemory(const BatchMemory &) = delete;
    BatchMemory &operator=(const BatchMemory &) = delete;

  private:
    MemoryContext outer_;
    MemoryContext own_;
};

} // namespace

Progress process(tenancy::Organization organization, int64_t max_events) {
    const pg::EnginePlanning planning;
    pg::keep_freed_memory();
    Run run(std::move(organization));
    for (int64_t left = max_events; left > 0;) {
        const BatchMemory memory;
        std::deque<Event> events = fetch(run.organization().id, std::min(left, kBatch));
        if (events.empty()) {
            break;
        }
        if (!run.apply(events)) {
            break;
        }
        left -= static_cast<int64_t>(events.size());
    }
    return run.finish();
}

} // namespace billing::stripe
