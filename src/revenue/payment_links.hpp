// Which invoice a charge or payment intent paid, from whichever object said so.
#pragma once

#include "pg/spi.hpp"

#include <set>
#include <unordered_map>

namespace billing::revenue {

class PaymentLinks {
  public:
    // Says that a charge or payment intent paid an invoice. Empty ids are ignored.
    void link(const std::string &reference, const std::string &stripe_invoice);
    // Says that a charge belongs to a payment intent.
    void link_charge(const std::string &charge, const std::string &payment_intent);

    // Every charge, payment intent and invoice that a new link names: what refers to one of them
    // has to be looked at again.
    const std::set<std::string> &news() const { return news_; }

    // Writes the new links.
    void flush(const pg::Uuid &organization);
    // For charges and payment intents: the invoice, through the charge's payment intent if need
    // be; the smallest id where several invoices claim one. Call after flush().
    std::unordered_map<std::string, std::string>
    invoices_of(const pg::Uuid &organization, const std::vector<std::string> &references) const;

    // The charges and payment intents that are known to have paid one of these invoices.
    std::vector<std::string> references_to(const pg::Uuid &organization,
                                           const std::vector<std::string> &invoices) const;

  private:
    std::set<std::pair<std::string, std::string>> links_;
    std::set<std::pair<std::string, std::string>> charges_;
    std::set<std::string> news_;
};

} // namespace billing::revenue
