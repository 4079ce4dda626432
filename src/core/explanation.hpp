// The sentences of explain_mrr. Pricing says what it did; with no list to fill nothing is built.
#pragma once

#include "core/pricer.hpp"

#include <vector>

namespace billing::core {

class Explanation {
  public:
    Explanation(std::vector<Step> *steps, const std::string &currency)
        : steps_(steps), currency_(currency) {}

    void base(const PricedItem &priced, bool known) const;
    void applied(const ListedDiscount &discount, bool item_level, const PricedItem &priced) const;
    // A discount of the list that changes nothing, and why.
    void passed_over(const ListedDiscount &discount, const ItemSnapshot *item, bool live) const;
    void inclusive_tax(const PricedItem &priced, Decimal percent) const;
    void automatic_tax() const;
    void month(const PricedItem &priced) const;
    void incomplete_items() const;

  private:
    void add(const ItemSnapshot *item, std::string step, std::string detail, Decimal amount) const;

    std::vector<Step> *steps_;
    const std::string &currency_;
};

} // namespace billing::core
