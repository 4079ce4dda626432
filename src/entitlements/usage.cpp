#include "entitlements/usage.hpp"

#include "entitlements/answer.hpp"

#include <stdexcept>

namespace billing::entitlements {

namespace {

// The answer that a consumption counts against, with the row that counts it, locked.
struct Claim {
    Resolution answer;
    AccessRow row;
};

Question question_of(const UsageRequest &request, core::Instant now) {
    return {request.organization, request.customer, now, request.quantity, pg::Access::write};
}

AccessKey key_of(const UsageRequest &request) {
    return {request.customer, request.feature_key};
}

bool speaks_of(const AccessRow &row, core::Instant now) {
    const bool over = row.resolution.reset == core::ResetInterval::billing_period &&
                      now >= row.counter.period.end;
    return row.resolution.holds_at(now) && !over;
}

// Whoever edits the feature's plans waits until this transaction ends, and sees its row.
void hold_feature(const UsageRequest &request) {
    static pg::Plan plan{"SELECT id FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2 FOR SHARE",
                         {UUIDOID, TEXTOID}};
    pg::run(plan, pg::Params(request.organization, request.feature_key), pg::Access::write);
}

// The first consumption of a default makes its row. What a subscription gives has one already, or
// gets it from whoever holds the lane: until then the row is a counter alone.
std::optional<Claim> make_row(const UsageRequest &request, core::Instant now) {
    hold_feature(request);
    const auto answer = derive(question_of(request, now), request.feature_key);
    if (!answer) {
        return std::nullopt;
    }
    AccessRow row{*answer,
                  {0, core::quota_period(answer->reset, answer->anchor, now, answer->billing)}};
    if (answer->source != "default") {
        row.resolution.until = row.resolution.from;
    }
    offer_row(request.organization, key_of(request), row);
    const auto locked = lock_row(request.organization, key_of(request));
    if (!locked) {
        return std::nullopt;
    }
    if (speaks_of(*locked, now)) {
        return Claim{locked->resolution, *locked};
    }
    const auto again = derive(question_of(request, now), request.feature_key);
    return again ? std::optional(Claim{*again, *locked}) : std::nullopt;
}

std::optional<Claim> claim(const UsageRequest &request, const std::optional<AccessRow> &row,
                           core::Instant now) {
    if (row && speaks_of(*row, now)) {
        return Claim{row->resolution, *row};
    }
    const auto answer = derive(question_of(request, now), request.feature_key);
    if (!answer) {
        return std::nullopt;
    }
    if (answer->kind != Kind::metered) {
        return Claim{*answer, {}};
    }
    return row ? std::optional(Claim{*answer, *row}) : make_row(request, now);
}

UsageAnswer refuse(const UsageRequest &request, core::Instant now) {
    const Answer why = explain(question_of(request, now), request.feature_key, false);
    UsageAnswer out;
    out.reason = why.reason;
    out.used = why.used;
    out.overage = why.overage;
    out.period = why.period;
    return out;
}

std::string reason_of(const Claim &claim, const core::Consumption &taken, int64_t quantity) {
    if (!taken.allowed) {
        return "quota_exceeded";
    }
    if (taken.granted < quantity) {
        return "capped";
    }
    return taken.overage > 0 ? "overage" : claim.answer.source;
}

UsageAnswer consume(const UsageRequest &request, const Claim &claim, const Counter &counter) {
    core::Consumption taken;
    try {
        taken =
            core::consume(claim.answer.quota, counter.used, request.quantity, claim.answer.overage);
    } catch (const std::overflow_error &) {
        throw pg::invalid("quantity", "must not exceed what the counter can hold");
    }
    UsageAnswer out;
    out.allowed = taken.allowed;
    out.reason = reason_of(claim, taken, request.quantity);
    out.granted = taken.granted;
    out.used = taken.used;
    out.remaining = taken.remaining;
    out.overage = taken.overage;
    out.period = counter.period;
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
        throw std::runtime_error("a usage record is not visible to the transaction that needs it");
    }
    return *given;
}

UsageAnswer denied(const UsageRequest &request, const UsageAnswer &answer, core::Instant now) {
    if (!is_recorded(request, answer) || append_record(request, answer, now)) {
        return answer;
    }
    return answered_meanwhile(request);
}

} // namespace

UsageAnswer track(const UsageRequest &request) {
    const core::Instant now = pg::transaction_start();
    const auto row = lock_row(request.organization, key_of(request));
    if (const auto given = find_answer(request)) {
        return *given;
    }
    const auto claimed = claim(request, row, now);
    if (!claimed) {
        return denied(request, refuse(request, now), now);
    }
    if (claimed->answer.kind != Kind::metered) {
        throw pg::invalid("feature_key", "must name a metered feature")
            .hint("Ask billing.check_access() whether a customer has this feature.");
    }
    const Counter counter =
        settle(claimed->row.resolution, claimed->row.counter, claimed->answer, now);
    const UsageAnswer answer = consume(request, *claimed, counter);
    if (answer.granted == 0) {
        return denied(request, answer, now);
    }
    if (!append_record(request, answer, now)) {
        return answered_meanwhile(request);
    }
    update_counter(request.organization, key_of(request), {*answer.used, answer.period});
    return answer;
}

} // namespace billing::entitlements
