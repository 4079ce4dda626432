#include "customers/customer_store.hpp"

#include "core/text.hpp"
#include "customers/claims.hpp"
#include "customers/creation.hpp"
#include "customers/deletions.hpp"
#include "customers/metadata.hpp"

#include <algorithm>
#include <tuple>

namespace billing::customers {

namespace {

CustomerRow row_of(const pg::Row &row) {
    CustomerRow customer;
    customer.id = row.uuid(1);
    customer.seen = pg::seen_of(row, 2);
    customer.claimed_external_id = row.text(6);
    customer.stored_claim = customer.claimed_external_id;
    customer.email = row.text(7);
    customer.name = row.text(8);
    customer.metadata = row.json(9);
    customer.currency = row.text(10);
    customer.country = row.text(11);
    customer.test_clock = row.text(12);
    customer.created_at = row.instant_or_null(13);
    customer.stored_created_at = customer.created_at;
    customer.updated_at = row.instant_or_null(14);
    customer.archived_at = row.instant_or_null(15);
    customer.deleted_at = row.instant_or_null(16);
    customer.deleted_event_id = row.text(17);
    customer.changed_here_at = row.instant_or_null(18);
    customer.merged_into = row.uuid_or_null(19);
    customer.stripe_created_at = row.instant_or_null(20);
    return customer;
}

} // namespace

void CustomerRow::assign(const core::CustomerFacts &facts) {
    if (facts.deleted && !facts.created) {
        return; // an id alone says nothing else
    }
    const SharedTexts local = *this;
    email = core::lower_case(facts.email);
    name = facts.name;
    metadata = facts.metadata;
    currency = facts.currency;
    country = facts.country;
    test_clock = facts.test_clock;
    claimed_external_id = facts.external_id;
    stripe_created_at = facts.created;
    if (!changed_here_at) {
        created_at = facts.created;
        return;
    }
    if (facts.created) {
        created_at = std::min(created_at.value_or(*facts.created), *facts.created);
    }
    keep_local(local, *changed_here_at);
    // Stripe keeps texts alone: a number that comes back as one is what it was.
    if (stripe_changes(stored_metadata(local.metadata), stored_metadata(metadata)).empty()) {
        metadata = local.metadata;
    }
}

void CustomerRow::keep_local(const SharedTexts &local, core::Instant at) {
    changed_here_at = at;
    if (seen.created && *seen.created < at) {
        static_cast<SharedTexts &>(*this) = local;
        updated_at = std::max(updated_at.value_or(at), at);
    }
}

void CustomerRow::mark_deleted(core::Instant at, const std::string &event_id) {
    const auto mine = std::tie(at, event_id);
    if (!deleted_at || mine < std::tie(*deleted_at, deleted_event_id)) {
        deleted_at = at;
        deleted_event_id = event_id;
    }
}

void CustomerStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT stripe_customer_id, id, seen_created, seen_rank, seen_event_id, seen_ties, "
        "claimed_external_id, email, name, metadata, currency, country, test_clock, created_at, "
        "updated_at, archived_at, deleted_at, deleted_event_id, changed_here_at, merged_into, "
        "stripe_created_at "
        "FROM billing_internal.customers "
        "WHERE organization_id = $1 AND stripe_customer_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    load_with(plan, organization, [this](const pg::Row &row) {
        CustomerRow &customer = rows_[row.text(0)];
        customer = row_of(row);
        customer.stored = true;
    });
}

std::vector<pg::Uuid> CustomerStore::written() const {
    std::vector<pg::Uuid> ids;
    for (const auto &[stripe_id, row] : rows_) {
        if (row.dirty && row.stored) {
            ids.push_back(row.id);
        }
    }
    return ids;
}

void CustomerStore::take_local_changes(const pg::Uuid &organization, Hold hold) {
    static pg::Plan plan{
        "SELECT c.id, c.email, c.name, c.metadata, c.changed_here_at "
        "FROM billing_internal.customers AS c WHERE c.organization_id = $1 AND c.id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    std::unordered_map<pg::Uuid, CustomerRow *, pg::UuidHash> by_id;
    const std::vector<pg::Uuid> ids = written();
    for (auto &[stripe_id, row] : rows_) {
        if (row.dirty && row.stored) {
            by_id[row.id] = &row;
        }
    }
    if (ids.empty()) {
        return;
    }
    take(organization, ids, hold);
    const pg::Result rows = pg::run(plan, pg::keyed(organization, ids), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row now = rows[i];
        CustomerRow &row = *by_id[now.uuid(0)];
        const auto changed_here_at = now.instant_or_null(4);
        if (changed_here_at != row.changed_here_at) {
            row.keep_local({now.text(1), now.text(2), now.json(3)}, *changed_here_at);
        }
    }
}

std::vector<std::string> CustomerStore::changed_claims() {
    std::vector<std::string> claims;
    for (auto &[stripe_id, row] : rows_) {
        // A deleted customer claims nothing.
        if (row.deleted_at) {
            row.claimed_external_id.clear();
        }
        if (row.dirty && row.claimed_external_id != row.stored_claim) {
            for (const std::string *claim : {&row.claimed_external_id, &row.stored_claim}) {
                if (!claim->empty()) {
                    claims.push_back(*claim);
                }
            }
            row.stored_claim = row.claimed_external_id;
        }
    }
    return claims;
}

std::vector<pg::Uuid> CustomerStore::newly_dated() {
    std::vector<pg::Uuid> out;
    for (auto &[stripe_id, row] : rows_) {
        if (row.dirty && row.stored && row.created_at != row.stored_created_at) {
            out.push_back(row.id);
            row.stored_created_at = row.created_at;
        }
    }
    return out;
}

std::vector<pg::Uuid> CustomerStore::owners_of_deleted() const {
    std::vector<pg::Uuid> out;
    for (const auto &[stripe_id, row] : rows_) {
        if (row.dirty && row.deleted_at) {
            out.push_back(row.owner());
        }
    }
    return out;
}

void CustomerStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"customers",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"stripe_customer_id", TEXTOID},
                                   {"stripe_created_at", TIMESTAMPTZOID},
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
                                   {"merged_into", UUIDOID},
                                   {"deleted_at", TIMESTAMPTZOID},
                                   {"deleted_event_id", TEXTOID},
                                   {"seen_created", TIMESTAMPTZOID},
                                   {"seen_rank", INT2OID},
                                   {"seen_event_id", TEXTOID},
                                   {"seen_ties", TEXTOID}}};
    const std::vector<std::string> claims = changed_claims();
    take_local_changes(organization, claims.empty() ? Hold::row : Hold::keys);
    const std::vector<pg::Uuid> dated = newly_dated();
    const std::vector<pg::Uuid> deleted = owners_of_deleted();
    take_claimants(organization, claims);
    take(organization, deleted);
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const CustomerRow &row) {
                   columns.row(row.id, stripe_id, pg::timestamp(row.stripe_created_at),
                               pg::nullable(row.claimed_external_id), pg::nullable(row.email),
                               pg::nullable(row.name), pg::JsonbText{row.metadata},
                               pg::nullable(row.currency), pg::nullable(row.country),
                               pg::nullable(row.test_clock), pg::timestamp(row.created_at),
                               pg::timestamp(row.updated_at), pg::timestamp(row.archived_at),
                               row.merged_into, pg::timestamp(row.deleted_at),
                               pg::nullable(row.deleted_event_id), pg::timestamp(row.seen.created),
                               pg::rank_or_null(row.seen), pg::nullable(row.seen.event_id),
                               pg::nullable(row.seen.ties));
               });
    settle_claims(organization, claims);
    follow_creation(organization, dated);
    settle_deletions(organization, deleted);
}

} // namespace billing::customers
