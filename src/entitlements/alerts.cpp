#include "entitlements/alerts.hpp"

#include "catalog/feature.hpp"
#include "entitlements/resolver.hpp"
#include "pg/index_probe.hpp"
#include "pg/writing.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

constexpr size_t kMost = 10;
constexpr int32_t kHighest = 1000;

// Names the stretch in which each threshold counts once: that of the pool, else the one that began
// when a balance last was given or began anew.
core::Instant stretch_of(const Account &account) {
    if (account.answer.pooled) {
        return account.pool.epoch;
    }
    core::Instant newest = 0;
    for (const Override &one : account.overrides) {
        newest = std::max(newest, one.epoch);
    }
    return newest;
}

core::Percents checked(core::Percents percents) {
    if (percents.size() > kMost) {
        throw pg::invalid("percents", "must be at most 10");
    }
    for (const int32_t one : percents) {
        if (one < 1 || one > kHighest) {
            throw pg::invalid("percents", "must lie between 1 and 1000");
        }
    }
    std::sort(percents.begin(), percents.end());
    percents.erase(std::unique(percents.begin(), percents.end()), percents.end());
    return percents;
}

// Held against who changes it or its plans, in the order of these: the feature before any counter.
void hold_feature(const pg::Uuid &organization, const std::string &key) {
    static pg::Plan plan{"SELECT id FROM billing_internal.features "
                         "WHERE organization_id = $1 AND key = $2 FOR NO KEY UPDATE",
                         {UUIDOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, key), pg::Access::write);
    (void)catalog::get_feature(organization, key, pg::Access::write);
}

struct Rise {
    core::Instant stretch;
    core::QuotaPeriod period;
    int64_t quota;
    int64_t before;
    int64_t after;
};

void raise(const pg::Uuid &organization, const AccessKey &key, const Rise &rise,
           core::Instant now) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.usage_alerts (organization_id, id, customer_id, "
        "feature_key, stretch, percent, period_start, period_end, quota, used, occurred_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (organization_id, customer_id, feature_key, stretch, percent) DO NOTHING",
        {UUIDOID, UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, INT4OID, TIMESTAMPTZOID,
         TIMESTAMPTZOID, INT8OID, INT8OID, TIMESTAMPTZOID}};
    static pg::Plan there =
        plan.with("SELECT FROM billing_internal.usage_alerts WHERE organization_id = $1 "
                  "AND customer_id = $3 AND feature_key = $4 AND stretch = $5 AND percent = $6");
    if (!core::crosses_percent(rise.quota, rise.before, rise.after)) {
        return;
    }
    const core::Percents thresholds =
        load_thresholds(organization, key.feature_key, pg::Access::write);
    for (const int32_t percent : core::crossed(thresholds, rise.quota, rise.before, rise.after)) {
        pg::write_once(plan, there,
                       pg::Params(organization, pg::new_uuid(), key.customer, key.feature_key,
                                  pg::Timestamp{rise.stretch}, percent,
                                  pg::bound(rise.period.start), pg::bound(rise.period.end),
                                  rise.quota, rise.after, pg::Timestamp{now}),
                       "usage_alerts");
    }
}

pg::IndexProbe of_organization{"organizations",
                               "organizations_pkey",
                               {F_UUID_EQ},
                               {{"usage_thresholds", INT4ARRAYOID, pg::kNullable}}};
pg::IndexProbe of_feature{"features",
                          "features_organization_id_key_key",
                          {F_UUID_EQ, F_TEXTEQ},
                          {{"usage_thresholds", INT4ARRAYOID, pg::kNullable}}};

// What is read inside pg::call: plain values alone.
struct Stored {
    bool set = false;
    std::array<int32_t, kMost> percents;
    size_t count = 0;
};

Stored read_thresholds(pg::IndexProbe &probe, const Datum *key) {
    Stored out;
    probe.scan(key, [&out](const Datum *values, const bool *nulls) {
        if (!nulls[0]) {
            ArrayType *array = DatumGetArrayTypeP(values[0]);
            const int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
            out.set = true;
            out.count = std::min<size_t>(count, kMost);
            std::copy_n(reinterpret_cast<const int32_t *>(ARR_DATA_PTR(array)), out.count,
                        out.percents.begin());
        }
        return false;
    });
    return out;
}

} // namespace

bool thresholds_are_ready() {
    return of_organization.is_ready() && of_feature.is_ready();
}

void prepare_thresholds() {
    of_organization.prepare();
    of_feature.prepare();
}

core::Percents thresholds_at_once(const pg::Uuid &organization, const std::string &feature_key) {
    const std::array<Datum, 2> key = {pg::as_datum(organization), pg::to_datum(feature_key)};
    Stored found = read_thresholds(of_feature, key.data());
    if (!found.set) {
        found = read_thresholds(of_organization, key.data());
    }
    return found.set ? core::Percents(found.percents.begin(), found.percents.begin() + found.count)
                     : core::Percents{80, 100};
}

core::Percents load_thresholds(const pg::Uuid &organization, const std::string &feature_key,
                               pg::Access access) {
    static pg::Plan plan{
        "SELECT p.percent FROM billing_internal.organizations AS o "
        "LEFT JOIN billing_internal.features AS f ON f.organization_id = $1 AND f.key = $2 "
        "CROSS JOIN LATERAL unnest(COALESCE(f.usage_thresholds, o.usage_thresholds, '{80,100}')) "
        "AS p (percent) WHERE o.id = $1 ORDER BY p.percent",
        {UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, feature_key), access);
    core::Percents out;
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(rows[i].i32(0));
    }
    return out;
}

void set_thresholds(const pg::Uuid &organization, const std::optional<std::string> &feature_key,
                    const std::optional<core::Percents> &percents) {
    static pg::Plan of_feature{"UPDATE billing_internal.features SET usage_thresholds = $3 "
                               "WHERE organization_id = $1 AND key = $2 "
                               "RETURNING usage_thresholds IS NOT DISTINCT FROM $3",
                               {UUIDOID, TEXTOID, INT4ARRAYOID}};
    static pg::Plan of_organization{"UPDATE billing_internal.organizations "
                                    "SET usage_thresholds = $2 WHERE id = $1 "
                                    "RETURNING usage_thresholds IS NOT DISTINCT FROM $2",
                                    {UUIDOID, INT4ARRAYOID}};
    pg::Params params(organization);
    if (feature_key) {
        hold_feature(organization, *feature_key);
        params.add(*feature_key);
    }
    if (percents) {
        pg::Columns column({INT4OID});
        for (const int32_t one : checked(*percents)) {
            column.row(one);
        }
        column.append_to(params);
    } else {
        params.add(pg::Null{});
    }
    // What was lent by the old ones could pass a new one unseen. Taken back before they change:
    // what is passed already was no threshold then.
    take_back_all(organization, feature_key);
    if (feature_key) {
        pg::write(of_feature, params, "features");
    } else {
        pg::write(of_organization, params, "organizations");
    }
}

void raise_alerts(const pg::Uuid &organization, const AccessKey &key, const Account &account,
                  const core::Totals &before, const core::Totals &after, core::Instant now) {
    if (after.quota) {
        raise(organization, key,
              {stretch_of(account), account.period(), *after.quota, before.used, after.used}, now);
    }
}

void raise_alerts_of_pool(const pg::Uuid &organization, const AccessKey &key, const AccessRow &row,
                          int64_t before, core::Instant now) {
    if (row.resolution.quota) {
        const Counter &pool = row.counter;
        raise(organization, key,
              {pool.epoch, pool.period, *row.resolution.quota, before, pool.used}, now);
    }
}

} // namespace billing::entitlements
