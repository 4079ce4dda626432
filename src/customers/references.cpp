#include "customers/references.hpp"

namespace billing::customers {

namespace {

std::optional<pg::Uuid> first_id(const pg::Result &rows) {
    return rows.empty() ? std::nullopt : std::optional(rows[0].uuid(0));
}

std::optional<pg::Uuid> by_stripe_id(const pg::Uuid &organization, const std::string &reference,
                                     pg::Access access) {
    static pg::Plan plan{"SELECT COALESCE(merged_into, id) FROM billing_internal.customers "
                         "WHERE organization_id = $1 AND stripe_customer_id = $2",
                         {UUIDOID, TEXTOID}};
    return first_id(pg::run(plan, pg::Params(organization, reference), access));
}

std::optional<pg::Uuid> by_external_id(const pg::Uuid &organization, const std::string &reference,
                                       pg::Access access) {
    static pg::Plan plan{"SELECT COALESCE(merged_into, id) FROM billing_internal.customers "
                         "WHERE organization_id = $1 AND external_id = $2",
                         {UUIDOID, TEXTOID}};
    return first_id(pg::run(plan, pg::Params(organization, reference), access));
}

} // namespace

bool customer_exists(const pg::Uuid &organization, const pg::Uuid &customer, pg::Access access) {
    static pg::Plan plan{"SELECT id FROM billing_internal.customers "
                         "WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID}};
    return !pg::run(plan, pg::Params(organization, customer), access).empty();
}

std::optional<pg::Uuid> find_customer(const pg::Uuid &organization, const std::string &reference,
                                      pg::Access access) {
    const auto uuid = pg::parse_uuid(reference);
    if (uuid && customer_exists(organization, *uuid, access)) {
        return uuid;
    }
    if (reference.rfind("cus_", 0) == 0) {
        if (const auto id = by_stripe_id(organization, reference, access)) {
            return id;
        }
    }
    return by_external_id(organization, reference, access);
}

pg::Error no_such_customer(std::string_view field) {
    return pg::Error(pg::Code::not_found, "customer does not exist")
        .field(field, "is unknown")
        .hint("A customer is named by its uuid, its Stripe id or its external_id.");
}

pg::Uuid get_customer(const pg::Uuid &organization, const std::string &reference,
                      pg::Access access) {
    const auto id = find_customer(organization, reference, access);
    if (!id) {
        throw no_such_customer("customer");
    }
    return *id;
}

} // namespace billing::customers
