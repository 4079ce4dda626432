#include "analytics/revenue_entries.hpp"
#include "pg/batch_writer.hpp"

namespace billing::analytics {

namespace {

core::Decimal signed_by(core::Decimal amount, int sign) {
    return sign < 0 ? -amount : amount;
}

void write_buckets(const pg::Uuid &organization, const RevenueFlows &flows) {
    static pg::BatchWriter writer{"revenue_rollup",
                                  pg::OnConflict::add,
                                  3,
                                  {{"granularity", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"period_start", DATEOID},
                                   {"gross_revenue", NUMERICOID},
                                   {"refunds", NUMERICOID},
                                   {"disputes", NUMERICOID},
                                   {"credit_notes", NUMERICOID},
                                   {"invoices_paid", INT8OID}}};
    static pg::BatchWriter zeros{
        "revenue_rollup",
        pg::OnConflict::fail,
        3,
        {{"granularity", TEXTOID}, {"currency", TEXTOID}, {"period_start", DATEOID}}};
    pg::Columns rows = writer.columns();
    pg::Columns keys = zeros.columns();
    for (const auto &[key, flow] : flows.buckets) {
        if (flow == RevenueFlow{}) {
            continue;
        }
        const auto &[granularity, currency, day] = key;
        rows.row(core::name_of(granularity), currency, pg::Date{day}, flow.gross, flow.refunds,
                 flow.disputes, flow.credit_notes, flow.invoices_paid);
        keys.row(core::name_of(granularity), currency, pg::Date{day});
    }
    writer.write(organization, rows);
    zeros.remove(organization, keys,
                 "t.gross_revenue = 0 AND t.refunds = 0 AND t.disputes = 0 AND "
                 "t.credit_notes = 0 AND t.invoices_paid = 0");
}

void write_customers(const pg::Uuid &organization, const RevenueFlows &flows) {
    static pg::BatchWriter writer{"customer_revenue",
                                  pg::OnConflict::add,
                                  2,
                                  {{"customer_id", UUIDOID},
                                   {"currency", TEXTOID},
                                   {"lifetime_revenue", NUMERICOID},
                                   {"payments", INT8OID}}};
    static pg::BatchWriter zeros{"customer_revenue",
                                 pg::OnConflict::fail,
                                 2,
                                 {{"customer_id", UUIDOID}, {"currency", TEXTOID}}};
    pg::Columns rows = writer.columns();
    pg::Columns keys = zeros.columns();
    for (const auto &[key, flow] : flows.customers) {
        if (flow == CustomerRevenue{}) {
            continue;
        }
        rows.row(key.first, key.second, flow.net, flow.payments);
        keys.row(key.first, key.second);
    }
    writer.write(organization, rows);
    zeros.remove(organization, keys, "t.lifetime_revenue = 0 AND t.payments = 0");
}

} // namespace

void RevenueFlow::add(const RevenueEntry &entry, int sign) {
    const core::Decimal amount = signed_by(entry.amount, sign);
    switch (entry.kind) {
    case EntryKind::gross:
        gross += amount;
        invoices_paid += entry.amount.is_positive() ? sign : 0;
        break;
    case EntryKind::refund:
        refunds += amount;
        break;
    case EntryKind::dispute:
        disputes += amount;
        break;
    case EntryKind::dispute_reversal:
        disputes -= amount;
        break;
    case EntryKind::credit_note:
        credit_notes += amount;
        break;
    }
}

void RevenueFlows::add(const RevenueEntry &entry, int sign, const core::Calendar &calendar) {
    for (const core::Granularity granularity : core::kGranularities) {
        const core::Day bucket = calendar.bucket_of(entry.occurred_at, granularity);
        buckets[{granularity, entry.currency, bucket}].add(entry, sign);
    }
    if (!entry.customer) {
        return;
    }
    CustomerRevenue &customer = customers[{*entry.customer, entry.currency}];
    const bool comes_in =
        entry.kind == EntryKind::gross || entry.kind == EntryKind::dispute_reversal;
    customer.net += signed_by(entry.amount, comes_in ? sign : -sign);
    if (entry.kind == EntryKind::gross && entry.amount.is_positive()) {
        customer.payments += sign;
    }
}

void add_to_revenue_rollups(const pg::Uuid &organization, const RevenueFlows &flows) {
    write_buckets(organization, flows);
    write_customers(organization, flows);
}

RevenueFlows stored_revenue_rollups(const pg::Uuid &organization) {
    static pg::Plan buckets{"SELECT granularity, currency, period_start, gross_revenue, refunds, "
                            "disputes, credit_notes, invoices_paid "
                            "FROM billing_internal.revenue_rollup WHERE organization_id = $1",
                            {UUIDOID}};
    static pg::Plan customers{"SELECT customer_id, currency, lifetime_revenue, payments "
                              "FROM billing_internal.customer_revenue WHERE organization_id = $1",
                              {UUIDOID}};
    RevenueFlows out;
    const pg::Result rows = pg::run(buckets, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const auto granularity =
            core::granularity_from(row.text(0)).value_or(core::Granularity::day);
        out.buckets[{granularity, row.text(1), row.day(2)}] = {
            row.decimal(3), row.decimal(4), row.decimal(5), row.decimal(6), row.i64(7)};
    }
    const pg::Result totals = pg::run(customers, pg::Params(organization), pg::Access::write);
    for (size_t i = 0; i < totals.size(); ++i) {
        const pg::Row row = totals[i];
        out.customers[{row.uuid(0), row.text(1)}] = {row.decimal(2), row.i64(3)};
    }
    return out;
}

void replace_revenue_rollups(const pg::Uuid &organization, const RevenueFlows &flows) {
    static pg::Plan buckets{"DELETE FROM billing_internal.revenue_rollup "
                            "WHERE organization_id = $1",
                            {UUIDOID}};
    static pg::Plan customers{"DELETE FROM billing_internal.customer_revenue "
                              "WHERE organization_id = $1",
                              {UUIDOID}};
    pg::run(buckets, pg::Params(organization), pg::Access::write);
    pg::run(customers, pg::Params(organization), pg::Access::write);
    add_to_revenue_rollups(organization, flows);
}

} // namespace billing::analytics
