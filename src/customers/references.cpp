#include "customers/references.hpp"

#include <algorithm>
#include <iterator>

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

using Found = std::map<std::string, pg::Uuid>;

void add_by_uuid(Found &found, const pg::Uuid &organization,
                 const std::vector<std::string> &references, pg::Access access) {
    static pg::Plan plan{
        "SELECT c.id FROM unnest($2::uuid[]) AS u (id) JOIN LATERAL (SELECT t.id "
        "FROM billing_internal.customers AS t WHERE t.organization_id = $1 AND t.id = u.id "
        "OFFSET 0) AS c ON true",
        {UUIDOID, UUIDARRAYOID}};
    std::multimap<pg::Uuid, const std::string *> named; // one uuid can be written in several ways
    std::vector<pg::Uuid> ids;
    for (const std::string &reference : references) {
        if (const auto id = pg::parse_uuid(reference)) {
            named.emplace(*id, &reference);
            ids.push_back(*id);
        }
    }
    if (ids.empty()) {
        return;
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, ids), access);
    for (size_t i = 0; i < rows.size(); ++i) {
        const auto [first, last] = named.equal_range(rows[i].uuid(0));
        for (auto one = first; one != last; ++one) {
            found.emplace(*one->second, one->first);
        }
    }
}

// Of what is not found yet.
template <class Wanted>
void add_by_text(Found &found, pg::Plan &plan, const pg::Uuid &organization,
                 const std::vector<std::string> &references, pg::Access access, Wanted wanted) {
    std::vector<std::string> left;
    std::copy_if(references.begin(), references.end(), std::back_inserter(left),
                 [&](const std::string &one) { return found.count(one) == 0 && wanted(one); });
    if (left.empty()) {
        return;
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, left), access);
    for (size_t i = 0; i < rows.size(); ++i) {
        found.emplace(rows[i].text(0), rows[i].uuid(1));
    }
}

bool is_stripe_id(const std::string &reference) {
    return reference.rfind("cus_", 0) == 0;
}

} // namespace

Found find_customers(const pg::Uuid &organization, const std::vector<std::string> &references,
                     pg::Access access) {
    static pg::Plan by_stripe_id{
        "SELECT u.reference, c.id FROM unnest($2::text[]) AS u (reference) "
        "JOIN LATERAL (SELECT COALESCE(t.merged_into, t.id) AS id "
        "FROM billing_internal.customers AS t WHERE t.organization_id = $1 "
        "AND t.stripe_customer_id = u.reference OFFSET 0) AS c ON true",
        {UUIDOID, TEXTARRAYOID}};
    static pg::Plan by_external_id{
        "SELECT u.reference, c.id FROM unnest($2::text[]) AS u (reference) "
        "JOIN LATERAL (SELECT COALESCE(t.merged_into, t.id) AS id "
        "FROM billing_internal.customers AS t WHERE t.organization_id = $1 "
        "AND t.external_id = u.reference OFFSET 0) AS c ON true",
        {UUIDOID, TEXTARRAYOID}};
    Found found;
    add_by_uuid(found, organization, references, access);
    add_by_text(found, by_stripe_id, organization, references, access, is_stripe_id);
    add_by_text(found, by_external_id, organization, references, access,
                [](const std::string &) { return true; });
    return found;
}

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
    if (is_stripe_id(reference)) {
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
