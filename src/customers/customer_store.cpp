#include "customers/customer_store.hpp"

#include <tuple>

namespace billing::customers {

void CustomerRow::assign(const core::CustomerFacts &facts) {
    if (facts.deleted && !facts.created) {
        return; // an id alone says nothing else
    }
    email.clear();
    for (const char c : facts.email) {
        email += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    name = facts.name;
    metadata = facts.metadata;
    currency = facts.currency;
    country = facts.country;
    test_clock = facts.test_clock;
    claimed_external_id = facts.external_id;
    created_at = facts.created;
}

void CustomerRow::mark_deleted(core::Instant at, const std::string &event_id) {
    const auto mine = std::tie(at, event_id);
    if (!deleted_at || mine < std::tie(*deleted_at, deleted_event_id)) {
        deleted_at = at;
        deleted_event_id = event_id;
    }
    if (!archived_at || *archived_at > at) {
        archived_at = at;
    }
}

void CustomerStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_customer_id, id, seen_created, seen_rank, seen_event_id, seen_ties, "
        "claimed_external_id, email, name, metadata, currency, country, test_clock, created_at, "
        "updated_at, archived_at, deleted_at, deleted_event_id FROM billing_internal.customers "
        "WHERE organization_id = $1 AND stripe_customer_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) {
        CustomerRow &customer = rows_[row.text(0)];
        customer.id = row.uuid(1);
        customer.seen = pg::seen_of(row, 2);
        customer.claimed_external_id = row.text(6);
        customer.stored_claim = customer.claimed_external_id;
        customer.email = row.text(7);
        customer.name = row.text(8);
        customer.metadata = pg::jsonb_text(row.datum(9));
        customer.currency = row.text(10);
        customer.country = row.text(11);
        customer.test_clock = row.text(12);
        customer.created_at = row.instant_or_null(13);
        customer.updated_at = row.instant_or_null(14);
        customer.archived_at = row.instant_or_null(15);
        customer.deleted_at = row.instant_or_null(16);
        customer.deleted_event_id = row.text(17);
    });
}

void CustomerStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"customers",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_customer_id", TEXTOID},
                                   {"claimed_external_id", TEXTOID},
                                   {"email", TEXTOID},
                                   {"name", TEXTOID},
                                   {"metadata", JSONBOID},
                                   {"currency", TEXTOID},
                                   {"country", TEXTOID},
                                   {"test_clock", TEXTOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"updated_at", TIMESTAMPTZOID},
                                   {"archived_at", TIMESTAMPTZOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"deleted_event_id", TEXTOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    pg::Columns claims({TEXTOID});
    for (auto &[stripe_id, row] : rows_) {
        // A deleted customer claims nothing.
        if (row.deleted_at) {
            row.claimed_external_id.clear();
        }
        if (row.dirty && row.claimed_external_id != row.stored_claim) {
            for (const std::string *claim : {&row.claimed_external_id, &row.stored_claim}) {
                if (!claim->empty()) {
                    claims.row(*claim);
                }
            }
            row.stored_claim = row.claimed_external_id;
        }
    }
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const CustomerRow &row) {
                   columns.row(row.id, stripe_id, pg::nullable(row.claimed_external_id),
                               pg::nullable(row.email), pg::nullable(row.name),
                               pg::JsonbText{row.metadata}, pg::nullable(row.currency),
                               pg::nullable(row.country), pg::nullable(row.test_clock),
                               pg::timestamp(row.created_at), pg::timestamp(row.updated_at),
                               pg::timestamp(row.archived_at), pg::timestamp(row.deleted_at),
                               pg::nullable(row.deleted_event_id), pg::timestamp(row.seen.created),
                               pg::rank_or_null(row.seen), pg::nullable(row.seen.event_id),
                               pg::nullable(row.seen.ties));
               });
    settle_claims(organization, claims);
}

void CustomerStore::settle_claims(const pg::Uuid &organization, const pg::Columns &claims) {
    static pg::Plan clear{"UPDATE billing_internal.customers SET external_id = NULL "
                          "WHERE organization_id = $1 AND external_id = ANY ($2) "
                          "AND stripe_customer_id IS NOT NULL",
                          {UUIDOID, TEXTARRAYOID}};
    static pg::Plan give{
        "UPDATE billing_internal.customers AS c SET external_id = w.claimed_external_id "
        "FROM (SELECT DISTINCT ON (o.claimed_external_id) o.claimed_external_id, o.id "
        "FROM billing_internal.customers AS o "
        "WHERE o.organization_id = $1 AND o.claimed_external_id = ANY ($2) "
        "ORDER BY o.claimed_external_id, o.created_at NULLS LAST, o.stripe_customer_id) AS w "
        "WHERE c.organization_id = $1 AND c.id = w.id AND NOT EXISTS ("
        "SELECT 1 FROM billing_internal.customers AS local WHERE local.organization_id = $1 "
        "AND local.external_id = w.claimed_external_id)",
        {UUIDOID, TEXTARRAYOID}};
    if (claims.empty()) {
        return;
    }
    pg::Params params(organization);
    claims.append_to(params);
    pg::run(clear, params, pg::Access::write);
    pg::run(give, params, pg::Access::write);
}

} // namespace billing::customers
