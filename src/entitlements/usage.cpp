#include "entitlements/usage.hpp"

#include "entitlements/at_once.hpp"
#include "entitlements/plain.hpp"
#include "pg/as_owner.hpp"
#include "pg/own_changes.hpp"
#include "pg/writing.hpp"
#include "tenancy/schema.hpp"

#include <stdexcept>

namespace billing::entitlements {

namespace {

Question question_of(const UsageRequest &request, core::Instant now) {
    return {request.organization, request.customer, now, 0, pg::Access::write, false};
}

UsageAnswer refuse(const UsageRequest &request, core::Instant now) {
    const Answer why = explain(question_of(request, now), request.feature_key);
    UsageAnswer out;
    out.reason = why.reason;
    out.used = why.used;
    out.overage = why.overage;
    out.period = why.period;
    return out;
}

// A denial is recorded for its key alone; an unknown name has nothing to keep a key with.
bool is_recorded(const UsageRequest &request, const UsageAnswer &answer) {
    return request.idempotency_key && answer.reason != "unknown_customer" &&
           answer.reason != "unknown_feature";
}

// Another transaction, which had no row to wait for, answered the key meanwhile.
UsageAnswer answered_meanwhile(const UsageRequest &request) {
    const auto given = find_answer(request);
    if (!given) {
        if (pg::is_watched("usage_records")) {
            pg::require_stored("usage_records", 0, 1);
        }
        throw std::runtime_error("a usage record is not visible to the transaction that needs it");
    }
    return *given;
}

UsageAnswer denied(const UsageRequest &request, const UsageAnswer &answer, const Entry &entry,
                   core::Instant now) {
    if (!is_recorded(request, answer) ||
        append_record(pg::new_uuid(), request, answer, entry, now)) {
        return answer;
    }
    return answered_meanwhile(request);
}

// What was used is given back also by who has no access any more: the pool keeps its counter.
std::optional<Claim> kept_pool(const std::optional<AccessRow> &row) {
    if (!row || row->resolution.kind != Kind::metered) {
        return std::nullopt;
    }
    Claim out{row->resolution, *row};
    out.answer.pooled = true;
    out.answer.overrides.clear();
    return out;
}

UsageAnswer decide(Till &till, int64_t quantity) {
    try {
        return quantity > 0 ? till.take() : till.give_back();
    } catch (const std::overflow_error &) {
        throw pg::invalid("quantity", "must not exceed what the counter can hold");
    }
}

UsageAnswer finish(Till &till, const UsageRequest &request, core::Instant now) {
    const UsageAnswer answer = decide(till, request.quantity);
    if (answer.granted == 0) {
        return denied(request, answer, till.entry(), now);
    }
    return till.store(answer) ? answer : answered_meanwhile(request);
}

// By who has no access any more.
UsageAnswer give_back_kept(const UsageRequest &request, const std::optional<AccessRow> &row,
                           core::Instant now) {
    if (auto kept = kept_pool(row)) {
        Till till(request, std::move(*kept), now);
        const UsageAnswer answer = decide(till, request.quantity);
        if (answer.granted != 0) {
            return till.store(answer) ? answer : answered_meanwhile(request);
        }
    }
    UsageAnswer answer = refuse(request, now);
    if (answer.reason != "unknown_customer" && answer.reason != "unknown_feature") {
        answer.reason = "nothing_used";
    }
    return denied(request, answer, {}, now);
}

} // namespace

void require_metered(Kind kind) {
    if (kind != Kind::metered) {
        throw pg::invalid("feature_key", "must name a metered feature")
            .hint("Ask billing.check_access() whether a customer has this feature.");
    }
}

namespace {

UsageAnswer track_by_statements(const UsageRequest &request) {
    if (const auto given = find_answer(request)) {
        return *given;
    }
    if (request.quantity > 0) {
        if (const auto answer = track_plain(request, pg::transaction_start())) {
            return *answer;
        }
    }
    const auto row = lock_row(request.organization, request.key());
    const core::Instant now = present(row);
    if (const auto given = find_answer(request)) {
        return *given;
    }
    auto claimed = claim(question_of(request, now), request.feature_key, row);
    if (!claimed) {
        return request.quantity < 0 ? give_back_kept(request, row, now)
                                    : denied(request, refuse(request, now), {}, now);
    }
    require_metered(claimed->answer.kind);
    Till till(request, std::move(*claimed), now);
    return finish(till, request, now);
}

} // namespace

// What all of a pool's slots used is added up under the active snapshot, and several consumptions
// may stand in one statement.
UsageAnswer track(const UsageRequest &request) {
    const pg::OwnChanges seen;
    if (!at_once_is_ready()) {
        prepare_at_once();
    }
    const auto answer = track_at_once(request, pg::transaction_start());
    return answer ? *answer : track_by_statements(request);
}

UsageAnswer track_from_outside(const UsageRequest &request) {
    const pg::OwnChanges seen;
    if (const auto answer = track_at_once(request, pg::transaction_start())) {
        return *answer;
    }
    const pg::AsOwner owner;
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    return at_once_is_ready() ? track_by_statements(request) : track(request);
}

namespace {

// What was promised is settled with nothing also where nothing can be used any more.
UsageAnswer unusable(const UsageRequest &request, core::Instant now) {
    UsageAnswer out = refuse(request, now);
    if (request.quantity == 0) {
        out.allowed = true;
        out.reason = "settled";
    }
    return out;
}

} // namespace

UsageAnswer consume(const UsageRequest &request, const std::optional<Promise> &promised) {
    const auto row = lock_row(request.organization, request.key());
    const core::Instant now = present(row);
    auto claimed = claim(question_of(request, now), request.feature_key, row);
    const bool usable = claimed.has_value();
    if (!usable) {
        claimed = kept_pool(row); // what was promised is still to be taken back
    }
    if (!claimed) {
        return unusable(request, now);
    }
    Till till(request, std::move(*claimed), now);
    if (promised) {
        till.end_promise(*promised);
        till.store_promises();
    }
    if (!usable) {
        return unusable(request, now);
    }
    if (request.quantity == 0) {
        return till.look(true, "settled");
    }
    return finish(till, request, now);
}

} // namespace billing::entitlements
