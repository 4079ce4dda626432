#include "analytics/revenue_entries.hpp"

#include "pg/batch_writer.hpp"

#include <algorithm>

namespace billing::analytics {

namespace {

// The share of an invoice's total that is not tax.
core::Decimal without_tax(core::Decimal amount, const core::InvoiceFacts &invoice) {
    if (!invoice.total_excluding_tax || invoice.total == 0) {
        return amount;
    }
    return amount.mul_div(core::Decimal::from_int(*invoice.total_excluding_tax),
                          core::Decimal::from_int(invoice.total));
}

std::optional<RevenueEntry> entry_of(const revenue::InvoiceRow &row) {
    const core::InvoiceFacts &facts = row.facts;
    if (facts.status != "paid" || row.deleted_at || facts.currency.empty()) {
        return std::nullopt;
    }
    const bool out_of_band = facts.paid_out_of_band && facts.amount_paid == 0;
    const int64_t paid = out_of_band ? facts.amount_due : facts.amount_paid;
    if (paid == 0) {
        return std::nullopt;
    }
    RevenueEntry entry;
    entry.stripe_id = facts.id;
    entry.kind = EntryKind::gross;
    entry.occurred_at = facts.paid_at.value_or(row.seen.created.value_or(0));
    entry.currency = facts.currency;
    entry.amount = without_tax(core::Decimal::from_int(paid), facts);
    entry.customer = row.customer_id;
    entry.stripe_invoice = facts.id;
    entry.event_id = row.seen.event_id;
    return entry;
}

// A reversal's entries; the invoice may be unknown.
std::vector<RevenueEntry> entries_of(const revenue::ReversalRow &row, const std::string &invoice_id,
                                     const revenue::InvoiceRow *invoice) {
    std::vector<RevenueEntry> out;
    RevenueEntry entry;
    entry.stripe_id = row.stripe_id;
    entry.currency = row.currency;
    entry.amount = core::Decimal::from_int(row.amount);
    entry.stripe_invoice = invoice_id;
    entry.event_id = row.seen.event_id;
    if (invoice != nullptr) {
        entry.customer = invoice->customer_id;
    }
    if (row.currency.empty() || row.amount == 0) {
        return out;
    }
    if (row.kind == "refund") {
        if (row.status != "succeeded" || !row.effective_at) {
            return out;
        }
        entry.kind = EntryKind::refund;
        entry.occurred_at =
            row.was_pending ? *row.effective_at : row.created_at.value_or(*row.effective_at);
        if (invoice != nullptr) {
            entry.amount = without_tax(entry.amount, invoice->facts);
        }
        out.push_back(entry);
    } else if (row.kind == "dispute") {
        if (row.effective_at) {
            entry.kind = EntryKind::dispute;
            entry.occurred_at = *row.effective_at;
            out.push_back(entry);
        }
        if (row.reinstated_at) {
            entry.kind = EntryKind::dispute_reversal;
            entry.occurred_at = *row.reinstated_at;
            out.push_back(entry);
        }
    } else if (row.status != "void" && row.created_at) {
        entry.kind = EntryKind::credit_note;
        entry.occurred_at = *row.created_at;
        out.push_back(entry);
    }
    return out;
}

RevenueEntry read_entry(const pg::Row &row) {
    RevenueEntry entry;
    entry.stripe_id = row.text(0);
    entry.kind = entry_kind_from(row.text(1));
    entry.occurred_at = row.instant(2);
    entry.currency = row.text(3);
    entry.amount = row.decimal(4);
    entry.customer = row.uuid_or_null(5);
    entry.stripe_invoice = row.text(6);
    entry.event_id = row.text(7);
    return entry;
}

std::vector<RevenueEntry> load_entries(const pg::Uuid &organization,
                                       const std::vector<std::string> &stripe_ids) {
    static pg::Plan plan{"SELECT stripe_id, kind, occurred_at, currency, amount, customer_id, "
                         "stripe_invoice_id, event_id FROM billing_internal.revenue_entries "
                         "WHERE organization_id = $1 AND stripe_id = ANY ($2)",
                         {UUIDOID, TEXTARRAYOID}};
    std::vector<RevenueEntry> out;
    const pg::Result rows = pg::run(plan, pg::keyed(organization, stripe_ids), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(read_entry(rows[i]));
    }
    return out;
}

// Takes away what both have, and leaves what is to delete and what is to insert.
void keep_differences(std::vector<RevenueEntry> &stored, std::vector<RevenueEntry> &wanted) {
    std::vector<RevenueEntry> added;
    for (RevenueEntry &entry : wanted) {
        const auto found = std::find(stored.begin(), stored.end(), entry);
        if (found == stored.end()) {
            added.push_back(std::move(entry));
        } else {
            stored.erase(found);
        }
    }
    wanted = std::move(added);
}

void write_entries(const pg::Uuid &organization, const std::vector<RevenueEntry> &removed,
                   const std::vector<RevenueEntry> &added) {
    static pg::BatchWriter keys{
        "revenue_entries",
        pg::OnConflict::fail,
        3,
        {{"stripe_id", TEXTOID}, {"kind", TEXTOID}, {"occurred_at", TIMESTAMPTZOID}}};
    static pg::BatchWriter writer{"revenue_entries",
                                  pg::OnConflict::fail,
                                  0,
                                  {{"stripe_id", TEXTOID},
                                   {"kind", TEXTOID},
                                   {"occurred_at", TIMESTAMPTZOID},
                                   {"currency", TEXTOID},
                                   {"amount", NUMERICOID},
                                   {"customer_id", UUIDOID},
                                   {"stripe_invoice_id", TEXTOID},
                                   {"event_id", TEXTOID}}};
    pg::Columns gone = keys.columns();
    for (const RevenueEntry &entry : removed) {
        gone.row(entry.stripe_id, word_of(entry.kind), pg::Timestamp{entry.occurred_at});
    }
    keys.remove(organization, gone);
    pg::Columns rows = writer.columns();
    for (const RevenueEntry &entry : added) {
        rows.row(entry.stripe_id, word_of(entry.kind), pg::Timestamp{entry.occurred_at},
                 entry.currency, entry.amount, entry.customer, pg::nullable(entry.stripe_invoice),
                 pg::nullable(entry.event_id));
    }
    writer.write(organization, rows);
}

void sort_unique(std::vector<std::string> &ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// For each reversal the invoice it belongs to, loaded into the store.
std::unordered_map<std::string, std::string>
find_invoices(const pg::Uuid &organization, RevenueObjects &objects,
              const std::vector<std::string> &reversals) {
    std::vector<std::string> references;
    for (const std::string &id : reversals) {
        const revenue::ReversalRow &row = *objects.reversals.find(id);
        for (const std::string *reference : {&row.charge, &row.payment_intent}) {
            if (!reference->empty()) {
                references.push_back(*reference);
            }
        }
    }
    const auto linked = objects.links.invoices_of(organization, references);
    std::unordered_map<std::string, std::string> out;
    for (const std::string &id : reversals) {
        const revenue::ReversalRow &row = *objects.reversals.find(id);
        std::string invoice = row.stripe_invoice;
        for (const std::string *reference : {&row.charge, &row.payment_intent}) {
            const auto found = linked.find(*reference);
            if (invoice.empty() && found != linked.end()) {
                invoice = found->second;
            }
        }
        objects.invoices.want(invoice);
        out[id] = std::move(invoice);
    }
    objects.invoices.load(organization);
    return out;
}

} // namespace

std::string_view word_of(EntryKind kind) {
    switch (kind) {
    case EntryKind::gross:
        return "gross";
    case EntryKind::refund:
        return "refund";
    case EntryKind::dispute:
        return "dispute";
    case EntryKind::dispute_reversal:
        return "dispute_reversal";
    case EntryKind::credit_note:
        return "credit_note";
    }
    return {};
}

EntryKind entry_kind_from(std::string_view word) {
    for (const EntryKind kind : {EntryKind::refund, EntryKind::dispute, EntryKind::dispute_reversal,
                                 EntryKind::credit_note}) {
        if (word_of(kind) == word) {
            return kind;
        }
    }
    return EntryKind::gross;
}

RevenueChanges compare_revenue(const tenancy::Organization &organization, RevenueObjects &objects,
                               std::vector<std::string> invoices,
                               std::vector<std::string> reversals) {
    // A refund names its charge, its invoice perhaps another id of the same payment.
    std::vector<std::string> references = objects.links.references_to(organization.id, invoices);
    references.insert(references.end(), objects.links.news().begin(), objects.links.news().end());
    references.insert(references.end(), invoices.begin(), invoices.end());
    sort_unique(references);
    for (std::string &id : objects.reversals.load_referring(organization.id, references)) {
        reversals.push_back(std::move(id));
    }
    sort_unique(reversals);
    sort_unique(invoices);

    RevenueChanges changes;
    const bool live = organization.livemode.value_or(false);
    for (const std::string &id : invoices) {
        const revenue::InvoiceRow &row = *objects.invoices.find(id);
        if (live && !row.facts.test_clock.empty()) {
            continue; // a simulation
        }
        if (auto entry = entry_of(row)) {
            changes.added.push_back(std::move(*entry));
        }
    }
    const auto invoice_of = find_invoices(organization.id, objects, reversals);
    for (const std::string &id : reversals) {
        const std::string &invoice = invoice_of.at(id);
        const revenue::InvoiceRow *row = objects.invoices.find(invoice);
        const bool known = row != nullptr && row->seen.created;
        for (RevenueEntry &entry :
             entries_of(*objects.reversals.find(id), invoice, known ? row : nullptr)) {
            changes.added.push_back(std::move(entry));
        }
    }
    std::vector<std::string> ids = invoices;
    ids.insert(ids.end(), reversals.begin(), reversals.end());
    changes.removed = load_entries(organization.id, ids);
    keep_differences(changes.removed, changes.added);
    return changes;
}

void replace_revenue(const tenancy::Organization &organization, RevenueObjects &objects,
                     std::vector<std::string> invoices, std::vector<std::string> reversals) {
    const RevenueChanges changes =
        compare_revenue(organization, objects, std::move(invoices), std::move(reversals));
    write_entries(organization.id, changes.removed, changes.added);
    RevenueFlows flows;
    for (const RevenueEntry &entry : changes.removed) {
        flows.add(entry, -1, organization.calendar());
    }
    for (const RevenueEntry &entry : changes.added) {
        flows.add(entry, 1, organization.calendar());
    }
    add_to_revenue_rollups(organization.id, flows);
}

RevenueFlows sum_of_entries(const tenancy::Organization &organization) {
    static pg::Plan plan{"SELECT stripe_id, kind, occurred_at, currency, amount, customer_id, "
                         "stripe_invoice_id, event_id FROM billing_internal.revenue_entries "
                         "WHERE organization_id = $1",
                         {UUIDOID}};
    RevenueFlows out;
    const pg::Result rows = pg::run(plan, pg::Params(organization.id), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.add(read_entry(rows[i]), 1, organization.calendar());
    }
    return out;
}

} // namespace billing::analytics
