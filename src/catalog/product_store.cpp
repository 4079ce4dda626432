#include "catalog/product_store.hpp"

namespace billing::catalog {

void ProductRow::assign(const core::ProductFacts &facts) {
    if (facts.deleted && facts.name.empty()) {
        return; // an id alone says nothing else
    }
    name = facts.name;
    active = facts.active;
    metadata = facts.metadata;
    created_at = facts.created;
}

void ProductStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_product_id, id, seen_created, seen_rank, seen_event_id, seen_ties, name, "
        "active, metadata, created_at, updated_at, deleted_at FROM billing_internal.products "
        "WHERE organization_id = $1 AND stripe_product_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) {
        ProductRow &product = rows_[row.text(0)];
        product.id = row.uuid(1);
        product.seen = pg::seen_of(row, 2);
        product.name = row.text(6);
        product.active = row.boolean(7);
        product.metadata = row.json(8);
        product.created_at = row.instant_or_null(9);
        product.updated_at = row.instant_or_null(10);
        product.deleted_at = row.instant_or_null(11);
    });
}

void ProductStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"products",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_product_id", TEXTOID},
                                   {"name", TEXTOID},
                                   {"active", BOOLOID},
                                   {"metadata", JSONBOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"updated_at", TIMESTAMPTZOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const ProductRow &row) {
                   columns.row(row.id, stripe_id, pg::nullable(row.name), row.active,
                               pg::JsonbText{row.metadata}, pg::timestamp(row.created_at),
                               pg::timestamp(row.updated_at), pg::timestamp(row.deleted_at),
                               pg::timestamp(row.seen.created), pg::rank_or_null(row.seen),
                               pg::nullable(row.seen.event_id), pg::nullable(row.seen.ties));
               });
}

} // namespace billing::catalog
