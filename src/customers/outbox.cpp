#include "customers/outbox.hpp"

namespace billing::customers {

namespace {

void put_text(std::string &out, std::string_view key, std::string_view text) {
    out += out.empty() || out.back() == '{' ? "\"" : ", \"";
    pg::append_json_escaped(out, key);
    out += "\": \"";
    pg::append_json_escaped(out, text);
    out += '"';
}

void put_metadata(std::string &out, const std::map<std::string, std::string> &metadata) {
    std::string inside = "{";
    for (const auto &[key, text] : metadata) {
        put_text(inside, key, text);
    }
    out += (out.back() == '{' ? "\"metadata\": " : ", \"metadata\": ") + inside + "}";
}

// Stripe's parameters that bring `from` to `to`. Our id is always among them.
std::string payload_of(const Customer &from, const Customer &to) {
    std::string out = "{";
    if (from.email != to.email) {
        put_text(out, "email", to.email);
    }
    if (from.name != to.name) {
        put_text(out, "name", to.name);
    }
    auto metadata = stripe_changes(stored_metadata(from.metadata), stored_metadata(to.metadata));
    metadata["pg_billing_customer_id"] = to.id.to_string();
    if (from.external_id != to.external_id) {
        metadata["external_id"] = to.external_id;
    }
    put_metadata(out, metadata);
    return out + "}";
}

std::string whole_payload_of(const Customer &customer) {
    return payload_of(Customer{}, customer);
}

// Whether there was a pending row.
bool join(const Customer &customer, const std::string &payload) {
    static pg::Plan plan{
        "UPDATE billing_internal.outbox AS o SET payload = m.payload, "
        "payload_hash = encode(sha256(convert_to(m.payload::text, 'UTF8')), 'hex'), "
        "generation = o.generation + 1, updated_at = $4, next_attempt_at = $4 "
        "FROM (SELECT p.id, p.payload || $3 || jsonb_build_object('metadata', "
        "coalesce(p.payload -> 'metadata', '{}') || ($3 -> 'metadata')) AS payload "
        "FROM billing_internal.outbox AS p WHERE p.organization_id = $1 "
        "AND p.object = 'customer' AND p.object_id = $2 AND p.status = 'pending' FOR UPDATE) AS m "
        "WHERE o.organization_id = $1 AND o.id = m.id",
        {UUIDOID, UUIDOID, JSONBOID, TIMESTAMPTZOID}};
    return !pg::run(plan,
                    pg::Params(customer.organization, customer.id, pg::JsonbText{payload},
                               pg::Timestamp{pg::transaction_start()}),
                    pg::Access::write)
                .empty();
}

void append(const Customer &customer, std::string_view operation, const std::string &payload) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.outbox (organization_id, id, object, object_id, operation, "
        "payload, payload_hash, next_attempt_at, created_at, updated_at) VALUES ($1, $2, "
        "'customer', $3, $4, $5, encode(sha256(convert_to($5::text, 'UTF8')), 'hex'), $6, $6, $6)",
        {UUIDOID, UUIDOID, UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    pg::run(plan,
            pg::Params(customer.organization, pg::new_uuid(), customer.id, operation,
                       pg::JsonbText{payload}, pg::Timestamp{pg::transaction_start()}),
            pg::Access::write);
}

// Stripe has the customer, or is being asked to make it.
bool is_at_stripe(const Customer &customer) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.outbox WHERE organization_id = $1 "
                         "AND object = 'customer' AND object_id = $2 AND operation = 'create' "
                         "AND status IN ('trying', 'sent') LIMIT 1",
                         {UUIDOID, UUIDOID}};
    return !customer.stripe_id.empty() ||
           !pg::run(plan, pg::Params(customer.organization, customer.id), pg::Access::write)
                .empty();
}

} // namespace

void send_new(const Customer &made) {
    append(made, "create", whole_payload_of(made));
}

void send_change(const Customer &before, const Customer &after) {
    const std::string changes = payload_of(before, after);
    if (join(after, changes)) {
        return;
    }
    if (is_at_stripe(after)) {
        append(after, "update", changes);
    } else {
        append(after, "create", whole_payload_of(after));
    }
}

} // namespace billing::customers
