#include "entitlements/usage_history.hpp"

#include "entitlements/answer.hpp"

#include <algorithm>

namespace billing::entitlements {

namespace {

// Quota, overage and the end of a period are those that its last record says. Grants together may
// count more than a number holds: then it is the greatest, as in get_usage().
std::vector<UsagePeriod> used_periods(const Question &question, const std::string &feature_key,
                                      core::Instant from, core::Instant to) {
    static pg::Plan plan{
        "SELECT p.period_start, l.period_end, l.quota, p.used, l.overage, p.records "
        "FROM (SELECT r.period_start, LEAST(sum(r.granted), 9223372036854775807)::bigint AS used, "
        "count(*) AS records, "
        "max(r.recorded_at) AS last_at FROM billing_internal.usage_records AS r "
        "WHERE r.organization_id = $1 AND r.customer_id = $2 AND r.feature_key = $3 "
        "AND r.granted <> 0 AND (r.period_end > $4 OR r.period_end IS NULL OR $4 IS NULL) "
        "AND (r.period_start < $5 OR r.period_start IS NULL OR $5 IS NULL) "
        "GROUP BY r.period_start) AS p "
        "CROSS JOIN LATERAL (SELECT t.period_end, t.quota, t.overage "
        "FROM billing_internal.usage_records AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = $2 AND t.feature_key = $3 AND t.recorded_at = p.last_at "
        "AND t.period_start IS NOT DISTINCT FROM p.period_start AND t.granted <> 0 "
        "ORDER BY t.id DESC LIMIT 1) AS l ORDER BY p.period_start NULLS FIRST",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    const pg::Result rows = pg::run(plan,
                                    pg::Params(question.organization, *question.customer,
                                               feature_key, pg::bound(from), pg::bound(to)),
                                    question.access);
    std::vector<UsagePeriod> out;
    for (size_t i = 0; i < rows.size(); ++i) {
        UsagePeriod one;
        one.bounds.start = rows[i].instant_or_null(0).value_or(core::kBeginning);
        one.bounds.end = rows[i].instant_or_null(1).value_or(core::kNever);
        one.quota = rows[i].i64_or_null(2);
        one.used = rows[i].i64(3);
        one.overage = rows[i].i64_or_null(4).value_or(0);
        one.records = rows[i].i64(5);
        out.push_back(one);
    }
    return out;
}

} // namespace

std::vector<UsagePeriod> usage_history(const Question &question, const std::string &feature_key,
                                       core::Instant from, core::Instant to) {
    std::vector<UsagePeriod> out = used_periods(question, feature_key, from, to);
    const auto now = find_answer(question, feature_key);
    if (!now || now->period.end <= from || now->period.start >= to) {
        return out;
    }
    const auto place = std::lower_bound(
        out.begin(), out.end(), now->period.start,
        [](const UsagePeriod &one, core::Instant start) { return one.bounds.start < start; });
    const bool used = place != out.end() && place->bounds.start == now->period.start;
    UsagePeriod &running = used ? *place : *out.insert(place, UsagePeriod{});
    running.bounds = now->period;
    running.quota = now->quota;
    running.overage = now->overage.value_or(0);
    return out;
}

} // namespace billing::entitlements
