#include "revenue/invoice_store.hpp"

namespace billing::revenue {

void InvoiceRow::assign(const core::InvoiceFacts &next) {
    if (next.deleted && next.status.empty()) {
        return; // an id alone says nothing else
    }
    facts = next;
}

void InvoiceStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT i.stripe_invoice_id, i.id, i.seen_created, i.seen_rank, i.seen_event_id, "
        "i.seen_ties, i.customer_id, i.subscription_id, i.number, i.status, i.currency, "
        "i.billing_reason, i.total, i.total_excluding_tax, i.amount_due, i.amount_paid, "
        "i.amount_remaining, i.paid_out_of_band, i.paid_at, i.period_start, i.period_end, "
        "i.test_clock, i.created_at, i.updated_at, i.deleted_at "
        "FROM billing_internal.invoices AS i "
        "WHERE i.organization_id = $1 AND i.stripe_invoice_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) {
        const std::string stripe_id = row.text(0);
        InvoiceRow &invoice = rows_[stripe_id];
        invoice.id = row.uuid(1);
        invoice.seen = pg::seen_of(row, 2);
        invoice.customer_id = row.uuid_or_null(6);
        invoice.subscription_id = row.uuid_or_null(7);
        core::InvoiceFacts &facts = invoice.facts;
        facts.id = stripe_id;
        facts.number = row.text(8);
        facts.status = row.text(9);
        facts.currency = row.text(10);
        facts.billing_reason = row.text(11);
        facts.total = row.i64_or_null(12).value_or(0);
        facts.total_excluding_tax = row.i64_or_null(13);
        facts.amount_due = row.i64_or_null(14).value_or(0);
        facts.amount_paid = row.i64_or_null(15).value_or(0);
        facts.amount_remaining = row.i64_or_null(16).value_or(0);
        facts.paid_out_of_band = !row.is_null(17) && row.boolean(17);
        facts.paid_at = row.instant_or_null(18);
        facts.period_start = row.instant_or_null(19);
        facts.period_end = row.instant_or_null(20);
        facts.test_clock = row.text(21);
        facts.created = row.instant_or_null(22);
        invoice.updated_at = row.instant_or_null(23);
        invoice.deleted_at = row.instant_or_null(24);
    });
}

void InvoiceStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"invoices",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_invoice_id", TEXTOID},
                                   {"customer_id", UUIDOID},
                                   {"subscription_id", UUIDOID},
                                   {"number", TEXTOID},
                                   {"status", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"billing_reason", TEXTOID},
                                   {"total", INT8OID},
                                   {"total_excluding_tax", INT8OID},
                                   {"amount_due", INT8OID},
                                   {"amount_paid", INT8OID},
                                   {"amount_remaining", INT8OID},
                                   {"paid_out_of_band", BOOLOID},
                                   {"paid_at", TIMESTAMPTZOID},
                                   {"period_start", TIMESTAMPTZOID},
                                   {"period_end", TIMESTAMPTZOID},
                                   {"test_clock", TEXTOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"updated_at", TIMESTAMPTZOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const InvoiceRow &row) {
                   const core::InvoiceFacts &facts = row.facts;
                   const bool known = row.seen.created.has_value();
                   const auto amount = [known](int64_t value) {
                       return known ? std::optional(value) : std::nullopt;
                   };
                   columns.row(row.id, stripe_id, row.customer_id, row.subscription_id,
                               pg::nullable(facts.number), pg::nullable(facts.status),
                               pg::nullable(facts.currency), pg::nullable(facts.billing_reason),
                               amount(facts.total), facts.total_excluding_tax,
                               amount(facts.amount_due), amount(facts.amount_paid),
                               amount(facts.amount_remaining),
                               known ? std::optional(facts.paid_out_of_band) : std::nullopt,
                               pg::timestamp(facts.paid_at), pg::timestamp(facts.period_start),
                               pg::timestamp(facts.period_end), pg::nullable(facts.test_clock),
                               pg::timestamp(facts.created), pg::timestamp(row.updated_at),
                               pg::timestamp(row.deleted_at), pg::timestamp(row.seen.created),
                               pg::rank_or_null(row.seen), pg::nullable(row.seen.event_id),
                               pg::nullable(row.seen.ties));
               });
}

} // namespace billing::revenue
