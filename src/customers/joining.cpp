#include "customers/joining.hpp"

#include "customers/creation.hpp"
#include "customers/deletions.hpp"
#include "customers/taking.hpp"

namespace billing::customers {

namespace {

bool is_at_stripe(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = $2 AND stripe_customer_id IS NOT NULL",
                         {UUIDOID, UUIDOID}};
    return !pg::run(plan, pg::Params(organization, customer), pg::Access::write).empty();
}

// A Stripe id is one row's alone: it leaves the one before it comes to the other.
std::string release_stripe_id(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS c SET stripe_customer_id = NULL, "
        "claimed_external_id = NULL FROM (SELECT k.stripe_customer_id "
        "FROM billing_internal.customers AS k WHERE k.organization_id = $1 AND k.id = $2 "
        "FOR UPDATE) AS o WHERE c.organization_id = $1 AND c.id = $2 "
        "RETURNING o.stripe_customer_id",
        {UUIDOID, UUIDOID}};
    return pg::run(plan, pg::Params(organization, customer), pg::Access::write)[0].text(0);
}

// The customer is the one that Stripe knows by this id. What waited to be made there waits to be
// changed there now, and what was written here stands meanwhile. The customer is locked first, as
// by whoever changes it, and what waits to be sent is read after that.
void take_stripe_id(const pg::Uuid &organization, const pg::Uuid &customer,
                    const std::string &stripe_id, core::Instant at) {
    static pg::Plan lock{"SELECT 1 FROM billing_internal.customers WHERE organization_id = $1 "
                         "AND id = $2 FOR UPDATE",
                         {UUIDOID, UUIDOID}};
    static pg::Plan outbox{"UPDATE billing_internal.outbox SET operation = 'update' "
                           "WHERE organization_id = $1 AND object = 'customer' "
                           "AND object_id = $2 AND status = 'pending'",
                           {UUIDOID, UUIDOID}};
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS c SET stripe_customer_id = $3, "
        "changed_here_at = GREATEST(c.changed_here_at, $4), "
        "updated_at = GREATEST(c.updated_at, $4), stripe_error = NULL, "
        "stripe_status = CASE WHEN EXISTS (SELECT 1 FROM billing_internal.outbox AS o "
        "WHERE o.organization_id = $1 AND o.object = 'customer' AND o.object_id = $2 "
        "AND o.status IN ('pending', 'trying')) THEN 'pending' ELSE 'synced' END "
        "WHERE c.organization_id = $1 AND c.id = $2",
        {UUIDOID, UUIDOID, TEXTOID, TIMESTAMPTZOID}};
    pg::run(lock, pg::Params(organization, customer), pg::Access::write);
    pg::run(outbox, pg::Params(organization, customer), pg::Access::write);
    pg::run(plan, pg::Params(organization, customer, stripe_id, pg::Timestamp{at + 1}),
            pg::Access::write);
}

// What Stripe says of one becomes what it says of the other.
void take_facts(const pg::Uuid &organization, const Merge &merge) {
    static pg::Plan plan{
        "UPDATE billing_internal.customers AS t SET "
        "email = CASE WHEN s.seen_created >= t.changed_here_at THEN s.email ELSE t.email END, "
        "name = CASE WHEN s.seen_created >= t.changed_here_at THEN s.name ELSE t.name END, "
        "metadata = CASE WHEN s.seen_created >= t.changed_here_at THEN s.metadata "
        "ELSE t.metadata END, "
        "claimed_external_id = s.claimed_external_id, currency = s.currency, "
        "stripe_created_at = s.stripe_created_at, "
        "country = s.country, test_clock = s.test_clock, "
        "created_at = LEAST(t.created_at, s.created_at), "
        "deleted_at = s.deleted_at, "
        "stripe_merged_here = s.stripe_merged_here, deleted_event_id = s.deleted_event_id, "
        "seen_created = s.seen_created, "
        "seen_rank = s.seen_rank, seen_event_id = s.seen_event_id, seen_ties = s.seen_ties "
        "FROM billing_internal.customers AS s "
        "WHERE t.organization_id = $1 AND t.id = $3 AND s.organization_id = $1 AND s.id = $2",
        {UUIDOID, UUIDOID, UUIDOID}};
    pg::run(plan, pg::Params(organization, merge.from, merge.to), pg::Access::write);
}

// What is asked of an earlier instant is asked of the customer that there was.
void remember(const pg::Uuid &organization, const Merge &merge, core::Instant at) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.customer_merges (organization_id, customer_id, merged_into, "
        "merged_at, external_id, archived_at, other_created_at) "
        "SELECT c.organization_id, c.id, $3, $4, c.external_id, "
        "c.archived_at, (SELECT o.created_at FROM billing_internal.customers AS o "
        "WHERE o.organization_id = $1 AND o.id = $3) FROM billing_internal.customers AS c "
        "WHERE c.organization_id = $1 AND c.id = $2 "
        "ON CONFLICT (organization_id, customer_id) DO NOTHING",
        {UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    static pg::Plan names{
        "INSERT INTO billing_internal.customer_merge_names (organization_id, stripe_customer_id, "
        "customer_id) SELECT c.organization_id, c.stripe_customer_id, $2 "
        "FROM billing_internal.customers AS c WHERE c.organization_id = $1 "
        "AND (c.id = $2 OR c.merged_into = $2) AND c.stripe_customer_id IS NOT NULL "
        "ON CONFLICT DO NOTHING",
        {UUIDOID, UUIDOID}};
    pg::run(plan, pg::Params(organization, merge.from, merge.to, pg::Timestamp{at}),
            pg::Access::write);
    pg::run(names, pg::Params(organization, merge.from), pg::Access::write);
}

// The Stripe customers of a customer that is merged by hand give way to those of the other one.
void mark_merged_here(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{"UPDATE billing_internal.customers SET stripe_merged_here = true "
                         "WHERE organization_id = $1 AND (id = $2 OR merged_into = $2)",
                         {UUIDOID, UUIDOID}};
    pg::run(plan, pg::Params(organization, customer), pg::Access::write);
}

void point_to(const pg::Uuid &organization, const Merge &merge, core::Instant at) {
    static pg::Plan row{
        "UPDATE billing_internal.customers AS c SET merged_into = $3, "
        "archived_at = LEAST(c.archived_at, $4), updated_at = GREATEST(c.updated_at, $4) "
        "WHERE c.organization_id = $1 AND c.id = $2",
        {UUIDOID, UUIDOID, UUIDOID, TIMESTAMPTZOID}};
    static pg::Plan earlier{"UPDATE billing_internal.customers SET merged_into = $3 "
                            "WHERE organization_id = $1 AND merged_into = $2",
                            {UUIDOID, UUIDOID, UUIDOID}};
    static pg::Plan outbox{"DELETE FROM billing_internal.outbox WHERE organization_id = $1 "
                           "AND object = 'customer' AND object_id = $2 AND status = 'pending'",
                           {UUIDOID, UUIDOID}};
    pg::run(row, pg::Params(organization, merge.from, merge.to, pg::Timestamp{at}),
            pg::Access::write);
    pg::run(earlier, pg::Params(organization, merge.from, merge.to), pg::Access::write);
    pg::run(outbox, pg::Params(organization, merge.from), pg::Access::write);
}

// A second Stripe customer of one that has one: a row of its own, that only leads there.
void add_pointer(const pg::Uuid &organization, const std::string &stripe_customer,
                 const pg::Uuid &to, core::Instant at) {
    static pg::Plan plan{"INSERT INTO billing_internal.customers (organization_id, id, "
                         "stripe_customer_id, merged_into, archived_at, updated_at) "
                         "VALUES ($1, $2, $3, $4, $5, $5)",
                         {UUIDOID, UUIDOID, TEXTOID, UUIDOID, TIMESTAMPTZOID}};
    pg::run(plan, pg::Params(organization, pg::new_uuid(), stripe_customer, to, pg::Timestamp{at}),
            pg::Access::write);
}

struct StripeCustomer {
    pg::Uuid id;
    bool is_settled = false; // merged, or written here: it is somebody already
};

std::optional<StripeCustomer> find_stripe_customer(const pg::Uuid &organization,
                                                   const std::string &stripe_customer) {
    static pg::Plan plan{"SELECT id, merged_into IS NOT NULL OR changed_here_at IS NOT NULL "
                         "FROM billing_internal.customers "
                         "WHERE organization_id = $1 AND stripe_customer_id = $2",
                         {UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, stripe_customer), pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    return StripeCustomer{rows[0].uuid(0), rows[0].boolean(1)};
}

} // namespace

void join_rows(const pg::Uuid &organization, const Merge &merge, core::Instant at, MadeBy by) {
    remember(organization, merge, at);
    if (by == MadeBy::hand) {
        mark_merged_here(organization, merge.from);
    }
    if (!is_at_stripe(organization, merge.to)) {
        const std::string stripe_id = release_stripe_id(organization, merge.from);
        if (!stripe_id.empty()) {
            take_stripe_id(organization, merge.to, stripe_id, at);
            take_facts(organization, merge);
            follow_creation(organization, {merge.to});
        }
    }
    point_to(organization, merge, at);
    settle_deletions(organization, {merge.to});
}

void Links::name(const std::string &stripe_customer, std::vector<std::string> references,
                 core::Instant at) {
    std::erase_if(references, [](const std::string &reference) { return reference.empty(); });
    if (!stripe_customer.empty() && !references.empty()) {
        named_.push_back({stripe_customer, std::move(references), at});
    }
}

Links::Targets Links::find_targets(const pg::Uuid &organization) const {
    static pg::Plan by_id{"SELECT id, COALESCE(merged_into, id) FROM billing_internal.customers "
                          "WHERE organization_id = $1 AND id = ANY ($2)",
                          {UUIDOID, UUIDARRAYOID}};
    static pg::Plan by_external_id{
        "SELECT external_id, COALESCE(merged_into, id) FROM billing_internal.customers "
        "WHERE organization_id = $1 AND external_id = ANY ($2) AND external_id_set_here",
        {UUIDOID, TEXTARRAYOID}};
    std::vector<pg::Uuid> ids;
    std::vector<std::string> texts;
    for (const Named &named : named_) {
        for (const std::string &reference : named.references) {
            texts.push_back(reference);
            if (const auto id = pg::parse_uuid(reference)) {
                ids.push_back(*id);
            }
        }
    }
    Targets targets;
    const pg::Result named_by_text =
        pg::run(by_external_id, pg::keyed(organization, texts), pg::Access::write);
    for (size_t i = 0; i < named_by_text.size(); ++i) {
        targets[named_by_text[i].text(0)] = named_by_text[i].uuid(1);
    }
    const pg::Result named_by_id = pg::run(by_id, pg::keyed(organization, ids), pg::Access::write);
    for (size_t i = 0; i < named_by_id.size(); ++i) {
        targets[named_by_id[i].uuid(0).to_string()] = named_by_id[i].uuid(1);
    }
    return targets;
}

std::optional<Merge> Links::link(const pg::Uuid &organization, const Named &named,
                                 const Targets &targets) const {
    for (const std::string &reference : named.references) {
        const auto id = pg::parse_uuid(reference);
        const auto target = targets.find(id ? id->to_string() : reference);
        if (target == targets.end()) {
            continue;
        }
        const pg::Uuid to = target->second;
        const auto stripe_customer = find_stripe_customer(organization, named.stripe_customer);
        if (stripe_customer) {
            if (stripe_customer->is_settled || stripe_customer->id == to) {
                return std::nullopt;
            }
            const Merge merge{stripe_customer->id, to};
            join_rows(organization, merge, named.at, MadeBy::link);
            return merge;
        }
        if (is_at_stripe(organization, to)) {
            add_pointer(organization, named.stripe_customer, to, named.at);
        } else {
            take_stripe_id(organization, to, named.stripe_customer, named.at);
        }
        settle_deletions(organization, {to});
        return std::nullopt;
    }
    return std::nullopt;
}

std::vector<Merge> Links::settle(const pg::Uuid &organization) {
    std::vector<Merge> merges;
    if (named_.empty()) {
        return merges;
    }
    Targets targets = find_targets(organization);
    if (targets.empty()) {
        return merges;
    }
    std::vector<pg::Uuid> concerned;
    for (const auto &[reference, target] : targets) {
        concerned.push_back(target);
    }
    for (const Named &named : named_) {
        if (const auto known = find_stripe_customer(organization, named.stripe_customer)) {
            concerned.push_back(known->id);
        }
    }
    take(organization, std::move(concerned), Hold::keys);
    for (const Named &named : named_) {
        const auto merge = link(organization, named, targets);
        if (!merge) {
            continue;
        }
        merges.push_back(*merge);
        // Whoever names the one that went means the one that it became.
        for (auto &[reference, target] : targets) {
            target = target == merge->from ? merge->to : target;
        }
    }
    return merges;
}

} // namespace billing::customers
