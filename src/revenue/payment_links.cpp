#include "revenue/payment_links.hpp"

#include "pg/batch_writer.hpp"

namespace billing::revenue {

void PaymentLinks::link(const std::string &reference, const std::string &stripe_invoice) {
    if (!reference.empty() && !stripe_invoice.empty()) {
        links_.emplace(reference, stripe_invoice);
        news_.insert(reference);
    }
}

void PaymentLinks::link_charge(const std::string &charge, const std::string &payment_intent) {
    if (!charge.empty() && !payment_intent.empty()) {
        charges_.emplace(charge, payment_intent);
        news_.insert(charge);
    }
}

void PaymentLinks::flush(const pg::Uuid &organization) {
    static pg::BatchWriter links{"invoice_payments",
                                 pg::OnConflict::skip,
                                 0,
                                 {{"reference", TEXTOID}, {"stripe_invoice_id", TEXTOID}}};
    static pg::BatchWriter charges{"charges",
                                   pg::OnConflict::skip,
                                   0,
                                   {{"stripe_charge_id", TEXTOID}, {"payment_intent", TEXTOID}}};
    pg::Columns link_rows = links.columns();
    for (const auto &[reference, invoice] : links_) {
        link_rows.row(reference, invoice);
    }
    links.write(organization, link_rows);
    pg::Columns charge_rows = charges.columns();
    for (const auto &[charge, payment_intent] : charges_) {
        charge_rows.row(charge, payment_intent);
    }
    charges.write(organization, charge_rows);
    links_.clear();
    charges_.clear();
}

std::unordered_map<std::string, std::string>
PaymentLinks::invoices_of(const pg::Uuid &organization,
                          const std::vector<std::string> &references) const {
    static pg::Plan plan{
        "SELECT p.reference, p.stripe_invoice_id FROM billing_internal.invoice_payments AS p "
        "WHERE p.organization_id = $1 AND p.reference = ANY ($2) UNION ALL "
        "SELECT c.stripe_charge_id, p.stripe_invoice_id FROM billing_internal.charges AS c "
        "JOIN LATERAL (SELECT q.stripe_invoice_id FROM billing_internal.invoice_payments AS q "
        "WHERE q.organization_id = $1 AND q.reference = c.payment_intent OFFSET 0) AS p ON true "
        "WHERE c.organization_id = $1 AND c.stripe_charge_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    std::unordered_map<std::string, std::string> out;
    if (references.empty()) {
        return out;
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, references), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto [place, fresh] = out.try_emplace(rows[i].text(0), rows[i].text(1));
        if (!fresh) {
            place->second = std::min(place->second, rows[i].text(1));
        }
    }
    return out;
}

std::vector<std::string>
PaymentLinks::references_to(const pg::Uuid &organization,
                            const std::vector<std::string> &invoices) const {
    static pg::Plan plan{"SELECT p.reference FROM billing_internal.invoice_payments AS p "
                         "WHERE p.organization_id = $1 AND p.stripe_invoice_id = ANY ($2)",
                         {UUIDOID, TEXTARRAYOID}};
    std::vector<std::string> out;
    if (invoices.empty()) {
        return out;
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, invoices), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        out.push_back(rows[i].text(0));
    }
    return out;
}

} // namespace billing::revenue
