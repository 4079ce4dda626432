#include "entitlements/claim.hpp"

#include "entitlements/present.hpp"
#include "pg/writing.hpp"

namespace billing::entitlements {

namespace {

bool speaks_of(const AccessRow &row, core::Instant now) {
    const bool over = row.resolution.reset == core::ResetInterval::billing_period &&
                      now >= row.counter.period.end;
    return row.resolution.stands_at(now) && !over;
}

// From the grants themselves.
std::optional<Resolution> derive(const Question &question, const std::string &feature_key) {
    const Standing standing = load_standing(question, {feature_key});
    const Resolution *found = standing.answer_of(feature_key);
    return found == nullptr || !found->allowed ? std::nullopt : std::optional(*found);
}

std::optional<Claim> claim_locked(const Question &question, const std::string &feature_key,
                                  const AccessRow &row) {
    if (speaks_of(row, question.at)) {
        return row.resolution.allowed ? std::optional(Claim{row.resolution, row}) : std::nullopt;
    }
    auto answer = derive(question, feature_key);
    if (!answer) {
        return std::nullopt;
    }
    keep_pool(*answer, row.resolution);
    return Claim{std::move(*answer), row};
}

// A default's row answers from now on. What is granted gets its answer from whoever changes what
// the customer holds: until then the row is a counter alone.
std::optional<Claim> make_row(const Question &question, const std::string &feature_key) {
    share_feature(question.organization, feature_key);
    const auto answer = derive(question, feature_key);
    if (!answer) {
        return std::nullopt;
    }
    AccessRow row;
    row.resolution = *answer;
    row.counter = fresh_counter(*answer, question.at);
    if (answer->source != "default") {
        row.resolution.until = row.resolution.from;
    }
    const AccessKey key{*question.customer, feature_key};
    offer_row(question.organization, key, row);
    const auto locked = lock_row(question.organization, key);
    if (!locked && pg::is_watched("access")) {
        pg::require_stored("access", 0, 1);
    }
    return locked ? claim_locked(question, feature_key, *locked) : std::nullopt;
}

} // namespace

core::Instant present(const std::optional<AccessRow> &row) {
    return present(pg::transaction_start(),
                   row ? std::optional(row->resolution.from) : std::optional<core::Instant>());
}

void share_feature(const pg::Uuid &organization, const std::string &feature_key) {
    static pg::Plan plan{"SELECT id FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2 FOR SHARE",
                         {UUIDOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, feature_key), pg::Access::write);
}

void share_features(const pg::Uuid &organization, const Keys &feature_keys) {
    static pg::Plan plan{"SELECT id FROM billing_internal.features WHERE organization_id = $1 "
                         "AND key = ANY ($2) ORDER BY key FOR SHARE",
                         {UUIDOID, TEXTARRAYOID}};
    if (!feature_keys.empty()) {
        pg::run(plan, pg::keyed(organization, feature_keys), pg::Access::write);
    }
}

std::optional<Claim> claim(const Question &question, const std::string &feature_key,
                           const std::optional<AccessRow> &row) {
    if (row) {
        return claim_locked(question, feature_key, *row);
    }
    const auto answer = derive(question, feature_key);
    if (!answer) {
        return std::nullopt;
    }
    return answer->kind == Kind::metered ? make_row(question, feature_key)
                                         : std::optional(Claim{*answer, {}});
}

} // namespace billing::entitlements
