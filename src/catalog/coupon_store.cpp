#include "catalog/coupon_store.hpp"

#include "stripe/shapes/facts_json.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::catalog {

void CouponRow::assign(const core::CouponRow &row) {
    name = row.name;
    assign_embedded(row);
}

void CouponRow::fill(const core::CouponFacts &other) {
    if (!facts.applies_to) {
        facts.applies_to = other.applies_to;
    }
}

void CouponRow::assign_embedded(const core::CouponFacts &copy) {
    if (!tells_terms(copy)) {
        return;
    }
    const core::CouponFacts before = std::move(facts);
    facts = copy;
    fill(before);
    known = true;
}

void CouponStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_coupon_id, seen_created, seen_rank, seen_event_id, seen_ties, facts, name, "
        "deleted_at FROM billing_internal.coupons "
        "WHERE organization_id = $1 AND stripe_coupon_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    stripe::JsonReader json;
    load_with(plan, organization, [this, &json](const pg::Row &row) {
        const std::string stripe_id = row.text(0);
        CouponRow &coupon = rows_[stripe_id];
        coupon.seen = pg::seen_of(row, 1);
        coupon.facts.id = stripe_id;
        if (!row.is_null(5)) {
            coupon.facts = stripe::read_coupon(json.parse(row.text(5)));
            coupon.known = true;
        }
        coupon.name = row.text(6);
        coupon.deleted_at = row.instant_or_null(7);
    });
}

void CouponStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"coupons",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"stripe_coupon_id", TEXTOID},
                                   {"name", TEXTOID},
                                   {"facts", JSONOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const CouponRow &row) {
                   const std::string json =
                       row.known ? stripe::coupon_json(row.facts) : std::string();
                   columns.row(stripe_id, pg::nullable(row.name), pg::nullable(json),
                               pg::timestamp(row.deleted_at), pg::timestamp(row.seen.created),
                               pg::rank_or_null(row.seen), pg::nullable(row.seen.event_id),
                               pg::nullable(row.seen.ties));
               });
}

} // namespace billing::catalog
