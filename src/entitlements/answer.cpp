#include "entitlements/answer.hpp"

#include "core/credits.hpp"
#include "entitlements/holdings_past.hpp"
#include "entitlements/past.hpp"

#include <limits>

namespace billing::entitlements {

namespace {

Answer refused(std::string reason, std::string source = {}) {
    Answer out;
    out.reason = std::move(reason);
    out.source = std::move(source);
    return out;
}

// A usage stays when the access ends.
void add_kept_usage(Answer &refusal, const Question &question, const Standing &standing,
                    const std::string &key) {
    refusal.quota = 0;
    refusal.used = 0;
    const auto account = kept_account(question, standing, key);
    if (account && account->pool.used != 0) {
        refusal.used = account->pool.used;
        refusal.period = account->pool.period;
    }
}

std::optional<LastEnd> find_last_end(const Question &question, const std::string &key) {
    return last_end_of(question.organization,
                       question.past ? question.whose.kept_by : *question.customer,
                       question.whose.firsts, key, question.at, question.access);
}

// The customer exists and may not use the feature, which exists.
Answer refusal_of(const Question &question, const Standing &standing, const std::string &key,
                  Kind kind) {
    Answer out = refused("no_grant");
    const Resolution *blocked = standing.answer_of(key);
    if (standing.holder.archived) {
        out = refused("archived", standing.holder.deleted_by);
    } else if (blocked != nullptr) {
        out = refused("blocked", blocked->event_id);
    } else if (const auto ended = find_last_end(question, key)) {
        out = refused("expired", ended->source);
    }
    out.kind = kind;
    if (kind == Kind::metered) {
        add_kept_usage(out, question, standing, key);
    }
    return out;
}

void weigh_balances(Answer &out, const Means &means, int64_t quantity) {
    const core::Totals totals = means.own_totals();
    const core::Overage overage = means.own.answer.overage;
    out.quota = totals.quota;
    out.used = totals.used;
    out.remaining = remaining_of(totals, means);
    out.overage = totals.overage;
    out.period = means.own.period();
    if (core::allows(totals, quantity, core::Overage::reject)) {
        return;
    }
    if (means.credits_allow(quantity)) {
        out.reason = "credits";
    } else {
        out.allowed = overage == core::Overage::allow;
        out.reason = out.allowed ? "overage" : "quota_exceeded";
    }
}

Answer weigh(const Question &question, const Standing &standing, const std::string &key,
             const Resolution &answer) {
    Answer out;
    out.allowed = true;
    out.reason = answer.source;
    out.kind = answer.kind;
    out.value = answer.value;
    out.source = answer.event_id;
    out.remaining = std::nullopt;
    if (answer.kind == Kind::metered) {
        weigh_balances(out, means_of(question, standing, key, answer), question.quantity);
    }
    return out;
}

// Empty: there is nothing to use.
std::optional<Answer> answer_in(const Question &question, const Standing &standing,
                                const std::string &key) {
    const Resolution *found = standing.answer_of(key);
    return found == nullptr || !found->allowed
               ? std::nullopt
               : std::optional(weigh(question, standing, key, *found));
}

// The customer and the feature exist.
Answer explain_in(const Question &question, const Standing &standing, const std::string &key,
                  Kind kind) {
    if (auto found = answer_in(question, standing, key)) {
        return std::move(*found);
    }
    return question.past && !feature_existed(question, key)
               ? refused("unknown_feature")
               : refusal_of(question, standing, key, kind);
}

} // namespace

std::optional<int64_t> Means::units_by_credits() const {
    if (!credits) {
        return 0;
    }
    const auto left = core::totals(credits->balances(), credits->held).remaining;
    return left ? std::optional(core::units_for(*left, own.answer.credit->cost, prepaid))
                : std::nullopt;
}

bool Means::credits_allow(int64_t quantity) const {
    if (!credits) {
        return false;
    }
    const core::Decimal cost = own.answer.credit->cost;
    // What costs more credits than there are numbers for, nobody can pay.
    if (quantity > core::units_for(std::numeric_limits<int64_t>::max(), cost, {})) {
        return false;
    }
    const int64_t need = core::pay(quantity, cost, prepaid).credits;
    return core::allows(core::totals(credits->balances(), credits->held), need,
                        credits->answer.overage);
}

Means means_of(const Question &question, const Standing &standing, const std::string &key,
               const Resolution &answer) {
    Means out;
    out.own = account_of(question, standing, key, answer);
    if (!answer.credit) {
        return out;
    }
    if (question.past) {
        out.prepaid = past_prepaid(question, key);
    } else if (const AccessRow *row = standing.row_of(*question.customer, key)) {
        out.prepaid = row->prepaid;
    }
    const Resolution *pays = standing.answer_of(answer.credit->key);
    if (pays != nullptr && pays->allowed) {
        out.credits = account_of(question, standing, answer.credit->key, *pays);
    }
    return out;
}

std::optional<int64_t> remaining_of(const core::Totals &totals, const Means &means) {
    const auto more = means.units_by_credits();
    if (!totals.remaining || !more) {
        return std::nullopt;
    }
    int64_t sum = 0;
    return __builtin_add_overflow(*totals.remaining, *more, &sum)
               ? std::numeric_limits<int64_t>::max()
               : sum;
}

std::optional<Answer> find_answer(const Question &question, const std::string &feature_key) {
    return answer_in(question, load_standing(question, {feature_key}), feature_key);
}

// What was made later was unknown then, unless what is known since gives it.
Answer explain(const Question &question, const std::string &feature_key) {
    const Standing standing = load_standing(question, {feature_key});
    if (!standing.known) {
        return refused("unknown_customer");
    }
    const auto feature = catalog::find_feature(question.organization, feature_key, question.access);
    return feature ? explain_in(question, standing, feature_key, feature->kind)
                   : refused("unknown_feature");
}

std::vector<std::pair<std::string, Answer>> explain_all(const Question &question) {
    static pg::Plan plan{"SELECT key, kind FROM billing_internal.features "
                         "WHERE organization_id = $1 ORDER BY key COLLATE \"C\"",
                         {UUIDOID}};
    const pg::Result features = pg::run(plan, pg::Params(question.organization), question.access);
    Keys keys;
    for (size_t i = 0; i < features.size(); ++i) {
        keys.push_back(features[i].text(0));
    }
    const Standings standings(question, keys);
    std::vector<std::pair<std::string, Answer>> out;
    for (size_t i = 0; i < keys.size(); ++i) {
        const Kind kind = pg::known(catalog::kind_from(features[i].text(1)));
        const auto &[asked, standing] = standings.of(keys[i]);
        out.emplace_back(keys[i], standing.known ? explain_in(asked, standing, keys[i], kind)
                                                 : refused("unknown_customer"));
    }
    return out;
}

} // namespace billing::entitlements
