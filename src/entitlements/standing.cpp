#include "entitlements/standing.hpp"

#include "entitlements/holdings_past.hpp"
#include "entitlements/past.hpp"
#include "entitlements/present.hpp"
#include "tenancy/analytics_settings.hpp"

#include <algorithm>
#include <iterator>

namespace billing::entitlements {

void ask_of_present(Question &question, const std::string &feature_key) {
    static pg::Plan plan{"SELECT a.stands_from FROM billing_internal.access AS a "
                         "WHERE a.organization_id = $1 AND a.customer_id = $2 "
                         "AND a.feature_key = $3",
                         {UUIDOID, UUIDOID, TEXTOID}};
    const core::Instant now = pg::transaction_start();
    if (!question.customer || question.at != now) {
        return;
    }
    const pg::Result rows = pg::run(
        plan, pg::Params(question.organization, *question.customer, feature_key), question.access);
    question.at = present(now, rows.empty() ? std::optional<core::Instant>() : rows[0].instant(0));
}

void ask_of_past(Question &question, const std::string &reference) {
    if (auto whose = customers::find_past_customer(question.organization, reference, question.at,
                                                   question.access)) {
        question.customer = whose->customer;
        question.whose = std::move(*whose);
    }
}

const Resolution *Standing::answer_of(const std::string &key) const {
    const auto found = resolutions.find(key);
    return found == resolutions.end() ? nullptr : &found->second;
}

const AccessRow *Standing::row_of(const pg::Uuid &customer, const std::string &key) const {
    const auto found = rows.find({customer, key});
    return found == rows.end() ? nullptr : &found->second;
}

namespace {

std::optional<Holder> load_holder(const Question &question, const Keys &keys) {
    if (question.past) {
        return load_past_holder(question, keys);
    }
    Holders holders = load_holders(question.organization, {*question.customer}, keys, question.at,
                                   question.access);
    return holders.empty() ? std::nullopt : std::optional(std::move(holders.begin()->second));
}

Plans load_plans_of(const Question &question, const Holder &holder, const Keys &keys) {
    const std::vector<pg::Uuid> products = products_of(holder);
    return question.past ? load_past_plans(question.organization, products, keys, question.at,
                                           question.access)
                         : load_plans(question.organization, products, keys, question.access);
}

core::LimitPolicy load_limits_of(const Question &question, const Holder &holder) {
    return question.past ? tenancy::limits_at(question.organization, question.at, question.access)
                         : load_limits(question.organization, holder, question.access);
}

} // namespace

Standing load_standing(const Question &question, const Keys &keys) {
    Standing out;
    if (!question.customer) {
        return out;
    }
    out.credits = question.past
                      ? load_past_credits(question.organization, keys, question.at, question.access)
                      : load_credits(question.organization, keys, question.access);
    const Keys all = with_credits(keys, out.credits);
    auto holder = load_holder(question, all);
    if (!holder) {
        return out;
    }
    out.known = true;
    out.holder = std::move(*holder);
    const Plans plans = load_plans_of(question, out.holder, all);
    out.resolutions =
        resolve(out.holder, plans, out.credits, load_limits_of(question, out.holder), question.at);
    if (!question.past) {
        out.rows = load_rows(question.organization, {*question.customer}, all, question.access);
    }
    return out;
}

Standings::Standings(const Question &question, const Keys &keys)
    : asked_{question, load_standing(question, {})}, newer_{question, {}} {
    Keys newer;
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(newer),
                 [this](const std::string &key) { return is_newer(key); });
    if (!newer.empty()) {
        newer_.question.at = present(question.at, std::nullopt);
        newer_.standing = load_standing(newer_.question, newer);
    }
}

bool Standings::is_newer(const std::string &key) const {
    if (!asked_.standing.known) {
        return false;
    }
    const AccessRow *row = asked_.standing.row_of(*asked_.question.customer, key);
    return row == nullptr || row->resolution.from > asked_.question.at;
}

Account account_of(const Question &question, const Standing &standing, const std::string &key,
                   const Resolution &answer) {
    if (question.past) {
        return past_account(question, key, answer);
    }
    const AccessKey access{*question.customer, key};
    const AccessRow *row = standing.row_of(access.customer, key);
    return open_account(question.organization, access, answer,
                        row == nullptr ? std::nullopt : std::optional(*row), question.at,
                        question.access);
}

std::optional<Account> kept_account(const Question &question, const Standing &standing,
                                    const std::string &key) {
    if (question.past) {
        return past_account(question, key, {});
    }
    const AccessRow *row = standing.row_of(*question.customer, key);
    if (row == nullptr) {
        return std::nullopt;
    }
    Resolution kept = row->resolution;
    kept.allowed = false;
    kept.overrides.clear();
    return account_of(question, standing, key, kept);
}

} // namespace billing::entitlements
