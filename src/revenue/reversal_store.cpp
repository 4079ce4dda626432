#include "revenue/reversal_store.hpp"

namespace billing::revenue {

std::string ReversalStore::read(const pg::Row &row) {
    std::string stripe_id = row.text(0);
    const auto [place, fresh] = rows_.try_emplace(stripe_id);
    if (!fresh) {
        return stripe_id; // what the batch holds is younger
    }
    ReversalRow &out = place->second;
    out.stripe_id = stripe_id;
    out.id = row.uuid(1);
    out.seen = pg::seen_of(row, 2);
    out.kind = row.text(6);
    out.status = row.text(7);
    out.currency = row.text(8);
    out.amount = row.i64_or_null(9).value_or(0);
    out.charge = row.text(10);
    out.payment_intent = row.text(11);
    out.stripe_invoice = row.text(12);
    out.created_at = row.instant_or_null(13);
    out.was_pending = row.boolean(14);
    out.effective_at = row.instant_or_null(15);
    out.reinstated_at = row.instant_or_null(16);
    return stripe_id;
}

void ReversalStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_id, id, seen_created, seen_rank, seen_event_id, seen_ties, kind, status, "
        "currency, amount, charge, payment_intent, stripe_invoice_id, created_at, was_pending, "
        "effective_at, reinstated_at FROM billing_internal.reversals "
        "WHERE organization_id = $1 AND stripe_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) { read(row); });
}

std::vector<std::string> ReversalStore::load_referring(const pg::Uuid &organization,
                                                       const std::vector<std::string> &references) {
    static pg::Plan plan{"SELECT r.stripe_id FROM billing_internal.reversals AS r "
                         "WHERE r.organization_id = $1 AND r.charge = ANY ($2) UNION "
                         "SELECT r.stripe_id FROM billing_internal.reversals AS r "
                         "WHERE r.organization_id = $1 AND r.payment_intent = ANY ($2) UNION "
                         "SELECT r.stripe_id FROM billing_internal.reversals AS r "
                         "WHERE r.organization_id = $1 AND r.stripe_invoice_id = ANY ($2) UNION "
                         "SELECT r.stripe_id FROM billing_internal.charges AS c "
                         "JOIN LATERAL (SELECT q.stripe_id FROM billing_internal.reversals AS q "
                         "WHERE q.organization_id = $1 AND q.charge = c.stripe_charge_id "
                         "OFFSET 0) AS r ON true "
                         "WHERE c.organization_id = $1 AND c.payment_intent = ANY ($2)",
                         {UUIDOID, TEXTARRAYOID}};
    std::vector<std::string> found;
    if (references.empty()) {
        return found;
    }
    {
        const pg::Result rows =
            pg::run(plan, pg::keyed(organization, references), pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            found.push_back(rows[i].text(0));
            want(found.back());
        }
    }
    load(organization);
    return found;
}

void ReversalStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"reversals",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_id", TEXTOID},
                                   {"kind", TEXTOID},
                                   {"status", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"amount", INT8OID},
                                   {"charge", TEXTOID},
                                   {"payment_intent", TEXTOID},
                                   {"stripe_invoice_id", TEXTOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"was_pending", BOOLOID},
                                   {"effective_at", TIMESTAMPTZOID},
                                   {"reinstated_at", TIMESTAMPTZOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const ReversalRow &row) {
                   columns.row(row.id, stripe_id, row.kind, pg::nullable(row.status),
                               pg::nullable(row.currency), row.amount, pg::nullable(row.charge),
                               pg::nullable(row.payment_intent), pg::nullable(row.stripe_invoice),
                               pg::timestamp(row.created_at), row.was_pending,
                               pg::timestamp(row.effective_at), pg::timestamp(row.reinstated_at),
                               pg::timestamp(row.seen.created), pg::rank_or_null(row.seen),
                               pg::nullable(row.seen.event_id), pg::nullable(row.seen.ties));
               });
}

} // namespace billing::revenue
