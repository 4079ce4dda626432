#include "customers/customer.hpp"

#include "customers/claims.hpp"
#include "customers/outbox.hpp"
#include "customers/references.hpp"
#include "pg/sql_text.hpp"

namespace billing::customers {

namespace {

Customer made_of(const pg::Uuid &organization, const Fields &fields) {
    Customer made;
    made.organization = organization;
    made.id = pg::new_uuid();
    made.email = fields.email.value_or("");
    made.name = fields.name.value_or("");
    made.external_id = fields.external_id.value_or("");
    pg::FieldErrors errors;
    const Metadata metadata = merged({}, fields.metadata.value_or(Metadata{}));
    check_size(metadata, errors);
    errors.raise();
    made.metadata = json_of(metadata);
    made.stripe_status = "pending";
    made.created_at = pg::transaction_start();
    made.updated_at = made.created_at;
    return made;
}

// What `fields` make of a customer.
Customer after_of(const Customer &before, const Fields &fields) {
    Customer after = before;
    after.email = fields.email.value_or(before.email);
    after.name = fields.name.value_or(before.name);
    after.external_id = fields.external_id.value_or(before.external_id);
    if (fields.metadata) {
        const Metadata base =
            fields.replaces_metadata ? Metadata{} : stored_metadata(before.metadata);
        const Metadata metadata = merged(base, *fields.metadata);
        pg::FieldErrors errors;
        check_size(metadata, errors);
        errors.raise();
        // In jsonb's own writing, so that the same is the same.
        after.metadata = pg::jsonb_text(pg::to_datum(pg::JsonbText{json_of(metadata)}));
    }
    return after;
}

bool same(const Customer &a, const Customer &b) {
    return a.email == b.email && a.name == b.name && a.external_id == b.external_id &&
           a.metadata == b.metadata;
}

void write(const Customer &after, bool external_id_changed) {
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS c SET external_id = $3, email = $4, name = $5, "
        "metadata = $6, stripe_status = $7, stripe_error = $8, updated_at = $9, "
        "changed_here_at = $9, external_id_set_here = c.external_id_set_here OR $10 "
        "WHERE c.organization_id = $1 AND c.id = $2",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
         BOOLOID}};
    try {
        pg::run(plan,
                pg::Params(after.organization, after.id, pg::nullable(after.external_id),
                           pg::nullable(after.email), pg::nullable(after.name),
                           pg::JsonbText{after.metadata}, after.stripe_status,
                           pg::nullable(after.stripe_error), pg::timestamp(after.updated_at),
                           external_id_changed),
                pg::Access::write);
    } catch (const pg::ServerError &error) {
        if (error.sqlstate() == "23505") { // no other key of the row changes
            throw external_id_taken();
        }
        throw;
    }
}

} // namespace

pg::TupleBuilder Customer::columns() const {
    return pg::TupleBuilder(id, organization, pg::nullable(external_id), pg::nullable(stripe_id),
                            pg::nullable(email), pg::nullable(name), pg::JsonbText{metadata},
                            pg::nullable(currency), archived_at ? "archived" : "active",
                            stripe_status, pg::nullable(stripe_error), pg::timestamp(created_at),
                            pg::timestamp(updated_at), pg::timestamp(archived_at));
}

Customer customer_of(const pg::Row &row) {
    Customer out;
    out.organization = row.uuid(0);
    out.id = row.uuid(1);
    out.external_id = row.text(2);
    out.stripe_id = row.text(3);
    out.email = row.text(4);
    out.name = row.text(5);
    out.metadata = row.json(6);
    out.currency = row.text(7);
    out.stripe_status = row.text(8);
    out.stripe_error = row.text(9);
    out.created_at = row.instant_or_null(10);
    out.updated_at = row.instant_or_null(11);
    out.archived_at = row.instant_or_null(12);
    out.merged_into = row.uuid_or_null(13);
    out.deleted_at_stripe = row.boolean(14);
    return out;
}

pg::Error external_id_taken() {
    return pg::Error(pg::Code::conflict, "another customer has this external_id")
        .field("external_id", "is taken")
        .hint("Find it with billing.find_customer(), or use billing.ensure_customer().");
}

pg::Error merged_elsewhere(std::string_view field) {
    return pg::Error(pg::Code::conflict, "this customer was merged into another one")
        .field(field, "was merged")
        .hint("Name the customer that it became: merged_into of billing.get_customer().");
}

Customer lock_customer(const pg::Uuid &organization, const pg::Uuid &id, std::string_view field) {
    static constexpr auto kSql =
        pg::joined("SELECT ", kCustomerColumns,
                   " FROM billing_internal.customers AS c "
                   "WHERE c.organization_id = $1 AND c.id = $2 FOR NO KEY UPDATE");
    static pg::Plan plan{kSql.data(), {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, id), pg::Access::write);
    if (rows.empty()) {
        throw no_such_customer(field);
    }
    return customer_of(rows[0]);
}

Customer read_customer(const pg::Uuid &organization, const pg::Uuid &id, std::string_view field) {
    static constexpr auto kSql = pg::joined("SELECT ", kCustomerColumns,
                                            " FROM billing_internal.customers AS c "
                                            "WHERE c.organization_id = $1 AND c.id = $2");
    static pg::Plan plan{kSql.data(), {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, id), pg::Access::write);
    if (rows.empty()) {
        throw no_such_customer(field);
    }
    return customer_of(rows[0]);
}

std::optional<Customer> lock_by_external_id(const pg::Uuid &organization,
                                            const std::string &external_id) {
    static pg::Plan plan{"SELECT COALESCE(c.merged_into, c.id) "
                         "FROM billing_internal.customers AS c "
                         "WHERE c.organization_id = $1 AND c.external_id = $2",
                         {UUIDOID, TEXTOID}};
    for (;;) {
        const pg::Result rows =
            pg::run(plan, pg::Params(organization, external_id), pg::Access::write);
        if (rows.empty()) {
            return std::nullopt;
        }
        const pg::Uuid id = rows[0].uuid(0);
        Customer found = lock_customer(organization, id, "external_id");
        // Before the lock was there, it may have been merged or have got another external id.
        const pg::Result still =
            pg::run(plan, pg::Params(organization, external_id), pg::Access::write);
        if (!still.empty() && still[0].uuid(0) == id) {
            return found;
        }
    }
}

std::optional<Customer> offer_customer(const pg::Uuid &organization, const Fields &fields) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.customers (organization_id, id, external_id, email, name, "
        "metadata, stripe_status, created_at, updated_at, changed_here_at, external_id_set_here) "
        "VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $7, $7, $3 IS NOT NULL) ON CONFLICT DO "
        "NOTHING",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    Customer made = made_of(organization, fields);
    const pg::Result inserted =
        pg::run(plan,
                pg::Params(organization, made.id, pg::nullable(made.external_id),
                           pg::nullable(made.email), pg::nullable(made.name),
                           pg::JsonbText{made.metadata}, pg::timestamp(made.created_at)),
                pg::Access::write);
    if (inserted.empty()) {
        return std::nullopt;
    }
    send_new(made);
    return made;
}

Customer changed_customer(const Customer &before, const Fields &fields) {
    Customer after = after_of(before, fields);
    if (same(before, after)) {
        return before;
    }
    // Later than what anybody has read, also where this transaction began before another's commit.
    const core::Instant last = before.updated_at.value_or(core::kBeginning);
    after.updated_at = std::max(pg::transaction_start(), last + 1);
    if (!before.deleted_at_stripe) {
        after.stripe_status = "pending";
        after.stripe_error.clear();
    }
    return after;
}

Customer change_customer(const Customer &before, const Fields &fields) {
    Customer after = changed_customer(before, fields);
    if (same(before, after)) {
        return before;
    }
    const bool external_id_changed = after.external_id != before.external_id;
    write(after, external_id_changed);
    if (external_id_changed && !before.external_id.empty()) {
        settle_claims(before.organization, {before.external_id});
    }
    if (!before.deleted_at_stripe) {
        send_change(before, after);
    }
    return after;
}

} // namespace billing::customers
