#include "customers/past_references.hpp"

#include "customers/references.hpp"

namespace billing::customers {

namespace {

struct Merged {
    pg::Uuid into;
    core::Instant at = 0;
    std::optional<core::Instant> archived_at;
    std::optional<core::Instant> other_created_at;
};
using Merges = std::map<pg::Uuid, Merged>; // by who went

// Of all who became one with this customer by now, with whom they became.
std::pair<pg::Uuid, Merges> load_merges(const pg::Uuid &organization, const pg::Uuid &customer,
                                        pg::Access access) {
    static pg::Plan plan{
        "SELECT k.id, m.customer_id, m.merged_into, m.merged_at, m.archived_at, "
        "m.other_created_at "
        "FROM (SELECT COALESCE(c.merged_into, c.id) AS id FROM billing_internal.customers AS c "
        "WHERE c.organization_id = $1 AND c.id = $2) AS k "
        "LEFT JOIN LATERAL (SELECT t.id FROM billing_internal.customers AS t "
        "WHERE t.organization_id = $1 AND t.merged_into = k.id OFFSET 0) AS g ON true "
        "LEFT JOIN LATERAL (SELECT * FROM billing_internal.customer_merges AS u "
        "WHERE u.organization_id = $1 AND u.customer_id = g.id OFFSET 0) AS m ON true",
        {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, customer), access);
    std::pair<pg::Uuid, Merges> out{customer, {}};
    for (size_t i = 0; i < rows.size(); ++i) {
        out.first = rows[i].uuid(0);
        if (!rows[i].is_null(1)) {
            out.second[rows[i].uuid(1)] = {rows[i].uuid(2), rows[i].instant(3),
                                           rows[i].instant_or_null(4), rows[i].instant_or_null(5)};
        }
    }
    return out;
}

// Who this one was at an instant.
pg::Uuid at_that_time(const Merges &merges, pg::Uuid customer, core::Instant at) {
    for (auto merged = merges.find(customer); merged != merges.end() && merged->second.at <= at;
         merged = merges.find(customer)) {
        customer = merged->second.into;
    }
    return customer;
}

// Since the first merge that is later, a customer may count as older than it was.
std::optional<core::Instant> made_at(const Merges &merges, const pg::Uuid &customer,
                                     core::Instant at) {
    const Merged *first = nullptr;
    for (const auto &[gone, merged] : merges) {
        if (merged.into == customer && merged.at > at &&
            (first == nullptr || merged.at < first->at)) {
            first = &merged;
        }
    }
    return first == nullptr ? std::nullopt : first->other_created_at;
}

// A name that was brought into a merge: by the first to lose it since, else by the last who had.
struct Brought {
    pg::Uuid by;
    core::Instant merged_at = 0;
};

std::optional<Brought> find_brought(const pg::Uuid &organization, const std::string &reference,
                                    core::Instant at, pg::Access access) {
    static pg::Plan plan{
        "SELECT m.customer_id, m.merged_at FROM (SELECT n.customer_id "
        "FROM billing_internal.customer_merge_names AS n WHERE n.organization_id = $1 "
        "AND n.stripe_customer_id = $2 UNION ALL SELECT e.customer_id "
        "FROM billing_internal.customer_merges AS e WHERE e.organization_id = $1 "
        "AND e.external_id = $2) AS b JOIN LATERAL (SELECT * "
        "FROM billing_internal.customer_merges AS t WHERE t.organization_id = $1 "
        "AND t.customer_id = b.customer_id OFFSET 0) AS m ON true "
        "ORDER BY m.merged_at <= $3, abs(EXTRACT(epoch FROM m.merged_at - $3)) LIMIT 1",
        {UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, reference, pg::Timestamp{at}), access);
    return rows.empty() ? std::nullopt
                        : std::optional(Brought{rows[0].uuid(0), rows[0].instant(1)});
}

// Whom the reference named then. A name may have gone to somebody else since.
std::optional<pg::Uuid> find_then(const pg::Uuid &organization, const std::string &reference,
                                  core::Instant at, pg::Access access) {
    const auto brought = find_brought(organization, reference, at, access);
    if (brought && brought->merged_at > at) {
        return brought->by;
    }
    const auto now = find_customer(organization, reference, access);
    if (!brought) {
        return now;
    }
    const auto [kept_by, merges] = load_merges(organization, brought->by, access);
    return now == kept_by ? at_that_time(merges, brought->by, at) : now;
}

} // namespace

void append_firsts(pg::Params &params, const Firsts &firsts) {
    if (!firsts) {
        params.add(pg::Null{});
        return;
    }
    pg::Columns column({UUIDOID});
    for (const pg::Uuid &one : *firsts) {
        column.row(one);
    }
    column.append_to(params);
}

std::optional<Whose> find_past_customer(const pg::Uuid &organization, const std::string &reference,
                                        core::Instant at, pg::Access access) {
    const auto named = find_then(organization, reference, at, access);
    if (!named) {
        return std::nullopt;
    }
    const auto [kept_by, merges] = load_merges(organization, *named, access);
    Whose out;
    out.customer = *named;
    out.kept_by = kept_by;
    if (merges.empty()) {
        return out;
    }
    const auto merged = merges.find(out.customer);
    if (merged != merges.end()) {
        out.merged_since = merged->second.at > at;
        out.archived_at = merged->second.archived_at;
    }
    out.created_at = made_at(merges, out.customer, at);
    out.firsts.emplace();
    if (at_that_time(merges, kept_by, at) == out.customer) {
        out.firsts->push_back(kept_by);
    }
    for (const auto &[first, into] : merges) {
        if (at_that_time(merges, first, at) == out.customer) {
            out.firsts->push_back(first);
        }
    }
    return out;
}

} // namespace billing::customers
