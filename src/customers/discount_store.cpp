#include "customers/discount_store.hpp"

#include "stripe/shapes/facts_json.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::customers {

void DiscountRow::assign(const core::DiscountFacts &next) {
    // A rendering that names the coupon alone does not take back its terms.
    auto coupon = next.coupon ? next.coupon : facts.coupon;
    facts = next;
    facts.coupon = std::move(coupon);
}

void DiscountRow::mark_removed(core::Instant at) {
    if (!removed_at || at < *removed_at) {
        removed_at = at;
    }
}

core::AttachedDiscount DiscountRow::as_attached() const {
    core::AttachedDiscount out;
    out.discount = facts;
    out.removed_at = removed_at;
    out.created = seen.created.value_or(0);
    out.event_id = seen.event_id;
    return out;
}

void DiscountStore::read(const pg::Row &row) {
    const std::string stripe_id = row.text(0);
    const auto [place, fresh] = rows_.try_emplace(stripe_id);
    if (!fresh) {
        return; // what the batch holds is younger
    }
    DiscountRow &discount = place->second;
    discount.seen = pg::seen_of(row, 1);
    stripe::JsonReader json;
    if (!row.is_null(5)) {
        discount.facts = stripe::read_discount(json.parse(row.text(5)));
    }
    discount.facts.id = stripe_id;
    discount.removed_at = row.instant_or_null(6);
    discount.attached = row.boolean(7);
}

void DiscountStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_discount_id, seen_created, seen_rank, seen_event_id, seen_ties, facts, "
        "removed_at, attached FROM billing_internal.discounts "
        "WHERE organization_id = $1 AND stripe_discount_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) { read(row); });
}

void DiscountStore::load_of_customers(const pg::Uuid &organization,
                                      const std::vector<std::string> &stripe_customers) {
    static pg::Plan plan{
        "SELECT stripe_discount_id, seen_created, seen_rank, seen_event_id, seen_ties, facts, "
        "removed_at, attached FROM billing_internal.discounts "
        "WHERE organization_id = $1 AND stripe_customer_id = ANY ($2) "
        "AND attached",
        {UUIDOID, TEXTARRAYOID}};
    if (stripe_customers.empty()) {
        return;
    }
    const pg::Result result =
        pg::run(plan, pg::keyed(organization, stripe_customers), pg::Access::write);
    for (size_t i = 0; i < result.size(); ++i) {
        read(result[i]);
    }
}

void DiscountStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"discounts",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"stripe_discount_id", TEXTOID},
                                   {"stripe_customer_id", TEXTOID},
                                   {"stripe_subscription_id", TEXTOID},
                                   {"stripe_coupon_id", TEXTOID},
                                   {"facts", JSONOID},
                                   {"removed_at", TIMESTAMPTZOID},
                                   {"attached", BOOLOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const DiscountRow &row) {
                   columns.row(stripe_id, pg::nullable(row.facts.customer),
                               pg::nullable(row.facts.subscription),
                               pg::nullable(row.facts.coupon ? row.facts.coupon->id : ""),
                               stripe::discount_json(row.facts), pg::timestamp(row.removed_at),
                               row.attached, pg::timestamp(row.seen.created),
                               pg::rank_or_null(row.seen), pg::nullable(row.seen.event_id),
                               pg::nullable(row.seen.ties));
               });
}

} // namespace billing::customers
