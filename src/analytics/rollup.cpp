#include "analytics/rollup.hpp"

#include "pg/batch_writer.hpp"

namespace billing::analytics {

namespace {

pg::BatchWriter &mrr_writer() {
    static pg::BatchWriter writer{"mrr_rollup",
                                  pg::OnConflict::add,
                                  3,
                                  {{"granularity", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"period_start", DATEOID},
                                   {"new_mrr", NUMERICOID},
                                   {"reactivation_mrr", NUMERICOID},
                                   {"expansion_mrr", NUMERICOID},
                                   {"contraction_mrr", NUMERICOID},
                                   {"churned_mrr", NUMERICOID},
                                   {"trial_mrr", NUMERICOID},
                                   {"committed_mrr", NUMERICOID},
                                   {"customers", INT8OID},
                                   {"subscriptions", INT8OID}}};
    return writer;
}

pg::BatchWriter &count_writer() {
    static pg::BatchWriter writer{"count_rollup",
                                  pg::OnConflict::add,
                                  2,
                                  {{"granularity", TEXTOID},
                                   {"period_start", DATEOID},
                                   {"customers", INT8OID},
                                   {"customers_churned", INT8OID},
                                   {"subscriptions", INT8OID},
                                   {"started", INT8OID},
                                   {"canceled", INT8OID},
                                   {"subscriptions_churned", INT8OID}}};
    return writer;
}

void add_mrr(const pg::Uuid &organization, const core::Flows &flows) {
    static pg::BatchWriter zeros{
        "mrr_rollup",
        pg::OnConflict::fail,
        3,
        {{"granularity", TEXTOID}, {"currency", TEXTOID}, {"period_start", DATEOID}}};
    pg::Columns rows = mrr_writer().columns();
    pg::Columns keys = zeros.columns();
    for (const auto &[key, flow] : flows.mrr) {
        if (flow.is_zero()) {
            continue;
        }
        const auto &[granularity, currency, day] = key;
        rows.row(core::name_of(granularity), currency, pg::Date{day}, flow.new_mrr,
                 flow.reactivation, flow.expansion, flow.contraction, flow.churned, flow.trial,
                 flow.committed, flow.customers, flow.subscriptions);
        keys.row(core::name_of(granularity), currency, pg::Date{day});
    }
    mrr_writer().write(organization, rows);
    zeros.remove(organization, keys,
                 "t.new_mrr = 0 AND t.reactivation_mrr = 0 AND t.expansion_mrr = 0 AND "
                 "t.contraction_mrr = 0 AND t.churned_mrr = 0 AND t.trial_mrr = 0 AND "
                 "t.committed_mrr = 0 AND t.customers = 0 AND t.subscriptions = 0");
}

void add_counts(const pg::Uuid &organization, const core::Flows &flows) {
    static pg::BatchWriter zeros{"count_rollup",
                                 pg::OnConflict::fail,
                                 2,
                                 {{"granularity", TEXTOID}, {"period_start", DATEOID}}};
    pg::Columns rows = count_writer().columns();
    pg::Columns keys = zeros.columns();
    for (const auto &[key, flow] : flows.counts) {
        if (flow.is_zero()) {
            continue;
        }
        const auto &[granularity, day] = key;
        rows.row(core::name_of(granularity), pg::Date{day}, flow.customers, flow.customers_churned,
                 flow.subscriptions, flow.started, flow.canceled, flow.subscriptions_churned);
        keys.row(core::name_of(granularity), pg::Date{day});
    }
    count_writer().write(organization, rows);
    zeros.remove(organization, keys,
                 "t.customers = 0 AND t.customers_churned = 0 AND t.subscriptions = 0 AND "
                 "t.started = 0 AND t.canceled = 0 AND t.subscriptions_churned = 0");
}

core::Granularity granularity_of(const pg::Row &row) {
    return core::granularity_from(row.text(0)).value_or(core::Granularity::day);
}

} // namespace

void add_to_rollups(const pg::Uuid &organization, const core::Flows &flows) {
    add_mrr(organization, flows);
    add_counts(organization, flows);
}

core::Flows stored_rollups(const pg::Uuid &organization) {
    core::Flows out;
    static pg::Plan mrr{
        "SELECT granularity, currency, period_start, new_mrr, reactivation_mrr, expansion_mrr, "
        "contraction_mrr, churned_mrr, trial_mrr, committed_mrr, customers, subscriptions "
        "FROM billing_internal.mrr_rollup WHERE organization_id = $1",
        {UUIDOID}};
    const pg::Result flows = pg::run(mrr, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < flows.size(); ++i) {
        const pg::Row row = flows[i];
        out.mrr[{granularity_of(row), row.text(1), row.day(2)}] = {
            row.decimal(3), row.decimal(4), row.decimal(5), row.decimal(6), row.decimal(7),
            row.decimal(8), row.decimal(9), row.i64(10),    row.i64(11)};
    }
    static pg::Plan counts{"SELECT granularity, period_start, customers, customers_churned, "
                           "subscriptions, started, canceled, subscriptions_churned "
                           "FROM billing_internal.count_rollup WHERE organization_id = $1",
                           {UUIDOID}};
    const pg::Result rows = pg::run(counts, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        out.counts[{granularity_of(row), row.day(1)}] = {row.i64(2), row.i64(3), row.i64(4),
                                                         row.i64(5), row.i64(6), row.i64(7)};
    }
    return out;
}

void replace_rollups(const pg::Uuid &organization, const core::Flows &flows) {
    static pg::Plan mrr{"DELETE FROM billing_internal.mrr_rollup WHERE organization_id = $1",
                        {UUIDOID}};
    static pg::Plan counts{"DELETE FROM billing_internal.count_rollup WHERE organization_id = $1",
                           {UUIDOID}};
    pg::run(mrr, pg::Params(organization), pg::Access::write);
    pg::run(counts, pg::Params(organization), pg::Access::write);
    add_to_rollups(organization, flows);
}

} // namespace billing::analytics
