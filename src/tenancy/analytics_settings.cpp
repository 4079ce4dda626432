#include "tenancy/analytics_settings.hpp"

#include "pg/field_errors.hpp"

#include <algorithm>
#include <map>

namespace billing::tenancy {

namespace {

// The words of a setting, the default first, in the order of its enum in core/settings.hpp. One
// without words is an interval, or NULL by default.
struct Known {
    std::string_view name;
    std::array<std::string_view, 4> words;
};
constexpr Known kDiscounts{"discounts", {"recurring", "forever", "all", "none"}};
constexpr Known kPause{"pause", {"by_behavior", "include", "exclude"}};
constexpr Known kChurnAt{"churn_at", {"end", "request"}};
constexpr Known kLimits{"limits", {"sum", "max"}};
constexpr Known kWeekStarts{"week_starts", {"monday", "sunday"}};
constexpr std::array<Known, 7> kSettings = {
    Known{"access_grace", {}},   kChurnAt, kDiscounts, kLimits,
    Known{"past_due_grace", {}}, kPause,   kWeekStarts};

// Settings that other systems of metrics have and that this version computes by one reading alone.
constexpr std::array<std::string_view, 8> kDefaultAlone = {
    "metered", "netting", "churn_formula", "reactivation_window",
    "fx",      "pending", "gross_margin",  "test_clocks"};

constexpr const char *kLongestGrace = "an interval of 0 to 3650 days, without months or years";

using Values = std::map<std::string_view, std::optional<std::string>>;

template <class Enum>
Enum value_of(const Known &setting, const std::string &word) {
    const auto found = std::find(setting.words.begin(), setting.words.end(), word);
    const auto index = static_cast<size_t>(found - setting.words.begin());
    return pg::known(word.empty() || found == setting.words.end()
                         ? std::nullopt
                         : std::optional(static_cast<Enum>(index)));
}

bool is_interval(const Known &setting) {
    return setting.words.front().empty();
}

std::optional<std::string> default_of(const Known &setting) {
    return is_interval(setting) ? std::nullopt : std::optional(std::string(setting.words.front()));
}

std::string allowed_by(const Known &setting) {
    if (is_interval(setting)) {
        return std::string("null or ") + kLongestGrace;
    }
    std::string out;
    for (const std::string_view word : setting.words) {
        if (!word.empty()) {
            out += (out.empty() ? "" : ", ") + std::string(word);
        }
    }
    return out;
}

std::string names_of_all() {
    std::string out;
    for (const Known &setting : kSettings) {
        out += (out.empty() ? "" : ", ") + std::string(setting.name);
    }
    return out;
}

Values defaults() {
    Values out;
    for (const Known &setting : kSettings) {
        out[setting.name] = default_of(setting);
    }
    return out;
}

Values load(const pg::Uuid &organization, pg::Access access) {
    static pg::Plan plan{"SELECT access_grace::text, churn_at, discounts, limits, "
                         "past_due_grace::text, pause, week_starts "
                         "FROM billing_internal.analytics_settings WHERE organization_id = $1",
                         {UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization), access);
    Values out = defaults();
    if (!rows.empty()) {
        int column = 0;
        for (const Known &setting : kSettings) {
            out[setting.name] =
                rows[0].is_null(column) ? std::nullopt : std::optional(rows[0].text(column));
            ++column;
        }
    }
    return out;
}

void store(const pg::Uuid &organization, const Values &values) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.analytics_settings (organization_id, access_grace, churn_at, "
        "discounts, limits, past_due_grace, pause, week_starts, updated_at) "
        "VALUES ($1, $2::interval, $3, $4, $5, $6::interval, $7, $8, $9) "
        "ON CONFLICT (organization_id) DO UPDATE SET access_grace = EXCLUDED.access_grace, "
        "churn_at = EXCLUDED.churn_at, discounts = EXCLUDED.discounts, limits = EXCLUDED.limits, "
        "past_due_grace = EXCLUDED.past_due_grace, pause = EXCLUDED.pause, "
        "week_starts = EXCLUDED.week_starts, updated_at = EXCLUDED.updated_at",
        {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}};
    pg::Params params(organization);
    for (const auto &[name, value] : values) {
        params.add(value);
    }
    params.add(pg::Timestamp{pg::transaction_start()});
    pg::run(plan, params, pg::Access::write);
}

// Of two changes at one instant, what was before the first.
void keep_limits(const pg::Uuid &organization, const std::optional<std::string> &limits) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.past_limits (organization_id, until, limits) "
        "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        {UUIDOID, TIMESTAMPTZOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, pg::Timestamp{pg::transaction_start()}, limits),
            pg::Access::write);
}

core::LimitPolicy first_limits(const pg::Result &rows) {
    return rows.empty() ? core::LimitPolicy::sum
                        : value_of<core::LimitPolicy>(kLimits, rows[0].text(0));
}

// A month has no length by itself, so a grace of months would be another one each time.
bool is_grace(const std::string &text) {
    static pg::Plan plan{"SELECT i >= '0' AND i <= '3650 days' AND EXTRACT(year FROM i) = 0 "
                         "AND EXTRACT(month FROM i) = 0 FROM (SELECT $1::interval AS i) AS g",
                         {TEXTOID}};
    pg::Savepoint savepoint;
    try {
        const bool fits = pg::run(plan, pg::Params(text), pg::Access::read)[0].boolean(0);
        savepoint.release();
        return fits;
    } catch (const pg::ServerError &error) {
        if (error.sqlstate().substr(0, 2) != "22") {
            throw; // not about the text
        }
        savepoint.rollback();
        return false;
    }
}

bool is_acceptable(const Known &setting, const std::string &value) {
    return is_interval(setting)
               ? is_grace(value)
               : !value.empty() && std::find(setting.words.begin(), setting.words.end(), value) !=
                                       setting.words.end();
}

void take(Values &values, std::string_view name, stripe::Element element, pg::FieldErrors &errors) {
    const auto setting = std::find_if(kSettings.begin(), kSettings.end(),
                                      [&](const Known &one) { return one.name == name; });
    if (setting == kSettings.end()) {
        const bool later =
            std::find(kDefaultAlone.begin(), kDefaultAlone.end(), name) != kDefaultAlone.end();
        errors.add(name, (later ? "cannot be set in this version; these can: "
                                : "is no setting; these are: ") +
                             names_of_all());
        return;
    }
    std::string_view word;
    if (element.is_null()) {
        values[setting->name] = default_of(*setting);
    } else if (element.get(word) == simdjson::SUCCESS &&
               is_acceptable(*setting, std::string(word))) {
        values[setting->name] = std::string(word);
    } else {
        errors.add(name,
                   (is_interval(*setting) ? "must be " : "must be one of ") + allowed_by(*setting));
    }
}

} // namespace

std::vector<Setting> settings_of(const pg::Uuid &organization, pg::Access access) {
    Values values = load(organization, access);
    std::vector<Setting> out;
    for (const Known &setting : kSettings) {
        out.push_back({setting.name, std::move(values[setting.name]), default_of(setting),
                       allowed_by(setting)});
    }
    return out;
}

void change_settings(const pg::Uuid &organization, const simdjson::dom::object &patch) {
    Values values = load(organization, pg::Access::write);
    const auto limits = values[kLimits.name];
    pg::FieldErrors errors;
    for (const auto &[key, value] : patch) {
        take(values, key, value, errors);
    }
    errors.raise();
    if (values[kLimits.name] != limits) {
        keep_limits(organization, limits);
    }
    store(organization, values);
}

core::Settings settings_of(const pg::Row &row, int first) {
    core::Settings out;
    out.discounts = value_of<core::DiscountPolicy>(kDiscounts, row.text(first));
    out.pause = value_of<core::PausePolicy>(kPause, row.text(first + 1));
    out.churn_at = value_of<core::ChurnAt>(kChurnAt, row.text(first + 2));
    out.limits = value_of<core::LimitPolicy>(kLimits, row.text(first + 3));
    out.week_starts = value_of<core::WeekStart>(kWeekStarts, row.text(first + 4));
    out.past_due_grace = row.i64_or_null(first + 5);
    out.access_grace = row.i64_or_null(first + 6);
    return out;
}

core::LimitPolicy limits_of(const pg::Uuid &organization, pg::Access access) {
    static pg::Plan plan{"SELECT limits FROM billing_internal.analytics_settings "
                         "WHERE organization_id = $1",
                         {UUIDOID}};
    return first_limits(pg::run(plan, pg::Params(organization), access));
}

core::LimitPolicy limits_at(const pg::Uuid &organization, core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT limits FROM (SELECT limits, until FROM billing_internal.past_limits "
        "WHERE organization_id = $1 AND until > $2 UNION ALL SELECT limits, 'infinity' "
        "FROM billing_internal.analytics_settings WHERE organization_id = $1) AS l "
        "ORDER BY until LIMIT 1",
        {UUIDOID, TIMESTAMPTZOID}};
    return first_limits(pg::run(plan, pg::Params(organization, pg::Timestamp{at}), access));
}

} // namespace billing::tenancy
