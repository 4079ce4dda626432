#include "entitlements/answer.hpp"

#include "entitlements/holdings.hpp"
#include "entitlements/references.hpp"

namespace billing::entitlements {

namespace {

Counter fresh_counter(const Resolution &answer, core::Instant at) {
    return {0, core::quota_period(answer.reset, answer.anchor, at, answer.billing)};
}

Counter counter_of(const std::optional<AccessRow> &row, const Resolution &answer,
                   core::Instant now) {
    return row ? settle(row->resolution, row->counter, answer, now) : fresh_counter(answer, now);
}

// What was used at an earlier instant: the last consumption of the period that held it says so.
Counter counter_at(const Question &question, const std::string &feature_key,
                   const Resolution &answer) {
    static pg::Plan plan{"SELECT used_after, recorded_at FROM billing_internal.usage_records "
                         "WHERE organization_id = $1 AND customer_id = $2 AND feature_key = $3 "
                         "AND recorded_at <= $4 AND granted <> 0 "
                         "ORDER BY recorded_at DESC, used_after DESC LIMIT 1",
                         {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    Counter counter = fresh_counter(answer, question.at);
    // The billing periods before the current one are not kept.
    if (answer.reset == core::ResetInterval::billing_period && question.at < counter.period.start) {
        counter.period = {};
    }
    const pg::Result rows = pg::run(plan,
                                    pg::Params(question.organization, *question.customer,
                                               feature_key, pg::Timestamp{question.at}),
                                    question.access);
    if (!rows.empty() && rows[0].instant(1) >= counter.period.start) {
        counter.used = rows[0].i64(0);
    }
    return counter;
}

Answer refused(std::string reason, std::string source = {}) {
    Answer out;
    out.reason = std::move(reason);
    out.source = std::move(source);
    return out;
}

Holders load_holder(const Question &question) {
    return load_holders(question.organization, {*question.customer}, question.at, question.access);
}

// A usage stays when the access ends.
void add_kept_usage(Answer &refusal, const std::optional<AccessRow> &row, core::Instant now) {
    if (refusal.kind != Kind::metered) {
        return;
    }
    refusal.quota = 0;
    refusal.used = 0;
    if (row) {
        const Counter kept = settle(row->resolution, row->counter, row->resolution, now);
        refusal.used = kept.used;
        refusal.period = kept.period;
    }
}

// The customer exists and has no access to the feature, which exists.
Answer refusal_of(const Question &question, const Holder &holder, const std::string &feature_key,
                  Kind kind) {
    Answer out = refused("no_grant");
    if (holder.archived) {
        out = refused("archived", holder.deleted_by);
    } else if (const auto ended = last_end_of(question.organization, *question.customer,
                                              feature_key, question.at, question.access)) {
        out = refused("expired", ended->event_id);
    }
    out.kind = kind;
    return out;
}

} // namespace

std::optional<Resolution> derive(const Question &question, const std::string &feature_key) {
    const Holders holders = load_holder(question);
    if (holders.empty() || holders.begin()->second.archived) {
        return std::nullopt;
    }
    const Plans plans =
        load_plans_of(question.organization, products_of(holders), feature_key, question.access);
    Resolutions found = resolve(holders.begin()->second, plans);
    return found.empty() ? std::nullopt : std::optional(std::move(found.begin()->second));
}

Answer refusal(const Question &question, const std::string &feature_key) {
    const Holders holders = question.customer ? load_holder(question) : Holders{};
    if (holders.empty()) {
        return refused("unknown_customer");
    }
    const auto feature = catalog::find_feature(question.organization, feature_key, question.access);
    if (!feature) {
        return refused("unknown_feature");
    }
    return refusal_of(question, holders.begin()->second, feature_key, feature->kind);
}

Counter counter_now(const Question &question, const std::string &feature_key,
                    const Resolution &resolution) {
    if (resolution.kind != Kind::metered) {
        return {};
    }
    return counter_of(
        load_row(question.organization, {*question.customer, feature_key}, question.access),
        resolution, question.at);
}

Answer weigh(const Resolution &resolution, const Counter &counter, int64_t quantity) {
    Answer out;
    out.allowed = true;
    out.reason = resolution.source;
    out.kind = resolution.kind;
    out.value = resolution.value;
    out.source = resolution.event_id;
    out.remaining = std::nullopt;
    if (resolution.kind != Kind::metered) {
        return out;
    }
    const core::Consumption none =
        core::consume(resolution.quota, counter.used, 0, resolution.overage);
    out.quota = resolution.quota;
    out.used = none.used;
    out.remaining = none.remaining;
    out.overage = none.overage;
    out.period = counter.period;
    if (none.remaining && quantity > *none.remaining) {
        out.allowed = resolution.overage == core::Overage::allow;
        out.reason = out.allowed ? "overage" : "quota_exceeded";
    }
    return out;
}

Answer explain(const Question &question, const std::string &feature_key, bool past) {
    const auto answer =
        question.customer ? derive(question, feature_key) : std::optional<Resolution>{};
    if (answer) {
        return weigh(*answer,
                     past ? counter_at(question, feature_key, *answer)
                          : counter_now(question, feature_key, *answer),
                     question.quantity);
    }
    Answer out = refusal(question, feature_key);
    if (!past && out.kind == Kind::metered) {
        add_kept_usage(
            out,
            load_row(question.organization, {*question.customer, feature_key}, question.access),
            question.at);
    }
    return out;
}

namespace {

// One customer's whole standing, read once for all features.
struct Standing {
    Holders holders; // empty: the customer is unknown
    Resolutions resolutions;
    AccessRows rows;
};

Standing load_standing(const Question &question) {
    Standing out;
    if (!question.customer) {
        return out;
    }
    out.holders = load_holder(question);
    if (!out.holders.empty()) {
        out.resolutions =
            resolve(out.holders.begin()->second,
                    load_plans(question.organization, products_of(out.holders), question.access));
        out.rows = load_rows(question.organization, {*question.customer}, question.access);
    }
    return out;
}

Answer answer_of(const Question &question, const Standing &standing, const std::string &key,
                 Kind kind) {
    if (standing.holders.empty()) {
        return refused("unknown_customer");
    }
    const auto row = standing.rows.find({*question.customer, key});
    const auto kept = row == standing.rows.end() ? std::nullopt : std::optional(row->second);
    const auto found = standing.resolutions.find(key);
    if (found == standing.resolutions.end()) {
        Answer out = refusal_of(question, standing.holders.begin()->second, key, kind);
        add_kept_usage(out, kept, question.at);
        return out;
    }
    return weigh(found->second, counter_of(kept, found->second, question.at), question.quantity);
}

} // namespace

std::vector<std::pair<std::string, Answer>> explain_all(const Question &question) {
    static pg::Plan features{"SELECT key, kind FROM billing_internal.features "
                             "WHERE organization_id = $1 ORDER BY key COLLATE \"C\"",
                             {UUIDOID}};
    const Standing standing = load_standing(question);
    const pg::Result keys = pg::run(features, pg::Params(question.organization), question.access);
    std::vector<std::pair<std::string, Answer>> out;
    for (size_t i = 0; i < keys.size(); ++i) {
        const std::string key = keys[i].text(0);
        const Kind kind = catalog::kind_from(keys[i].text(1)).value_or(Kind::boolean);
        out.emplace_back(key, answer_of(question, standing, key, kind));
    }
    return out;
}

} // namespace billing::entitlements
