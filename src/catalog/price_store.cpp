#include "catalog/price_store.hpp"

#include "core/words.hpp"
#include "stripe/shapes/facts_json.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::catalog {

void PriceRow::assign(const core::PriceRow &row) {
    active = row.active;
    nickname = row.nickname;
    lookup_key = row.lookup_key;
    created_at = row.created;
    assign_embedded(row);
}

void PriceRow::fill(const core::PriceFacts &other) {
    if (facts.tiers_missing()) {
        facts.amounts.tiers = other.amounts.tiers;
    }
    if (facts.currency_options.empty()) {
        facts.currency_options = other.currency_options;
    }
}

void PriceRow::assign_embedded(const core::PriceFacts &copy) {
    const core::PriceFacts before = std::move(facts);
    facts = copy;
    fill(before);
    known = true;
}

void PriceStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_price_id, id, seen_created, seen_rank, seen_event_id, seen_ties, facts, "
        "product_id, nickname, lookup_key, active, created_at, updated_at, deleted_at "
        "FROM billing_internal.prices WHERE organization_id = $1 AND stripe_price_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    stripe::JsonReader json;
    load_with(plan, organization, [this, &json](const pg::Row &row) {
        const std::string stripe_id = row.text(0);
        PriceRow &price = rows_[stripe_id];
        price.id = row.uuid(1);
        price.seen = pg::seen_of(row, 2);
        price.facts.id = stripe_id;
        if (!row.is_null(6)) {
            price.facts = stripe::read_price(json.parse(row.text(6)));
            price.known = true;
        }
        price.product_id = row.uuid_or_null(7);
        price.nickname = row.text(8);
        price.lookup_key = row.text(9);
        price.active = row.boolean(10);
        price.created_at = row.instant_or_null(11);
        price.updated_at = row.instant_or_null(12);
        price.deleted_at = row.instant_or_null(13);
    });
}

void PriceStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"prices",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_price_id", TEXTOID},
                                   {"product_id", UUIDOID},
                                   {"nickname", TEXTOID},
                                   {"lookup_key", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"unit_amount", NUMERICOID},
                                   {"billing_interval", TEXTOID},
                                   {"interval_count", INT4OID},
                                   {"usage_type", TEXTOID},
                                   {"tiers_mode", TEXTOID},
                                   {"active", BOOLOID},
                                   {"facts", JSONOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"updated_at", TIMESTAMPTZOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const PriceRow &row) {
                   const core::PriceFacts &facts = row.facts;
                   const bool recurring = facts.interval != core::Interval::none;
                   const std::string json = row.known ? stripe::price_json(facts) : std::string();
                   columns.row(row.id, stripe_id, row.product_id, pg::nullable(row.nickname),
                               pg::nullable(row.lookup_key), pg::nullable(facts.amounts.currency),
                               facts.amounts.unit_amount, pg::nullable(word_of(facts.interval)),
                               recurring ? std::optional(facts.interval_count) : std::nullopt,
                               row.known ? std::optional<std::string_view>(
                                               facts.metered ? "metered" : "licensed")
                                         : std::nullopt,
                               pg::nullable(word_of(facts.tiers_mode)), row.active,
                               pg::nullable(json), pg::timestamp(row.created_at),
                               pg::timestamp(row.updated_at), pg::timestamp(row.deleted_at),
                               pg::timestamp(row.seen.created), pg::rank_or_null(row.seen),
                               pg::nullable(row.seen.event_id), pg::nullable(row.seen.ties));
               });
}

} // namespace billing::catalog
