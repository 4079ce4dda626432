#include "stripe/settle.hpp"
#include "stripe/shapes/facts_json.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {

void want(Work &work, const Event &, const core::ProductFacts &facts) {
    work.objects.products.want(facts.id);
}

void apply(Work &work, const Event &event, const core::ProductFacts &facts) {
    catalog::ProductRow &row = work.referred(work.objects.products, facts.id);
    if (settle(work, row, event, facts, read_product)) {
        row.updated_at = event.created;
    }
    if (event.deleted || facts.deleted) {
        row.dirty = true;
        row.active = false;
        row.deleted_at = std::min(row.deleted_at.value_or(event.created), event.created);
    }
}

void want(Work &work, const Event &, const core::PriceRow &facts) {
    work.objects.prices.want(facts.id);
    work.objects.products.want(facts.product);
}

void apply(Work &work, const Event &event, const core::PriceRow &facts) {
    catalog::PriceRow &row = work.objects.prices.at(facts.id);
    const std::string before = row.known ? price_json(row.facts) : "";
    if (settle(work, row, event, facts, read_price)) {
        row.updated_at = event.created;
    } else {
        row.fill(facts);
    }
    if (!row.facts.product.empty()) {
        row.product_id = work.referred(work.objects.products, row.facts.product).id;
    }
    if (event.deleted || facts.deleted) {
        row.dirty = true;
        row.active = false;
        row.deleted_at = std::min(row.deleted_at.value_or(event.created), event.created);
    }
    if (price_json(row.facts) != before) {
        row.dirty = true;
        work.touch_references_to(facts.id);
    }
}

} // namespace billing::stripe
