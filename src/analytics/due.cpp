#include "analytics/due.hpp"

#include <algorithm>
#include <span>

namespace billing::analytics {

namespace {

// Rows of this many customers or subscriptions are held in memory at a time.
constexpr size_t kChunk = 1000;

// Which rows have to be netted again: unfolded ones up to `now`, and folded ones in (now, clock].
struct Window {
    pg::Uuid organization;
    core::Instant now;
    core::Instant clock;
    // Whether folded rows later than `now` count in the state that is asked for.
    bool keep_folded;
    // write: what a fold is about to mark, this transaction's own rows included.
    pg::Access access;

    bool counts(bool folded, core::Instant at) const {
        return at <= now || (folded && keep_folded);
    }
};

// No row is folded before its time, so folded rows later than `now` lie before the present: the
// search is over the length of this transaction, not over everything that is dated ahead.
core::Instant present() {
    return pg::instant_of(TimestampTzGetDatum(GetCurrentTimestamp()));
}

std::vector<pg::Uuid> ids_of(pg::Plan &plan, const Window &window) {
    const pg::Result rows = pg::run(
        plan,
        pg::Params(window.organization, pg::Timestamp{window.now}, pg::Timestamp{window.clock}),
        window.access);
    std::vector<pg::Uuid> ids;
    ids.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        ids.push_back(rows[i].uuid(0));
    }
    return ids;
}

std::vector<pg::Uuid> touched_customers(const Window &window) {
    static pg::Plan plan{"SELECT m.customer_id FROM billing_internal.mrr_changes AS m "
                         "WHERE m.organization_id = $1 AND NOT m.folded AND m.effective_at <= $2 "
                         "UNION "
                         "SELECT m.customer_id FROM billing_internal.mrr_changes AS m "
                         "WHERE m.organization_id = $1 AND m.folded "
                         "AND m.effective_at > $2 AND m.effective_at <= $3",
                         {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    return ids_of(plan, window);
}

std::vector<pg::Uuid> touched_subscriptions(const Window &window) {
    static pg::Plan plan{"SELECT s.subscription_id FROM billing_internal.status_changes AS s "
                         "WHERE s.organization_id = $1 AND NOT s.folded AND s.effective_at <= $2 "
                         "UNION "
                         "SELECT s.subscription_id FROM billing_internal.status_changes AS s "
                         "WHERE s.organization_id = $1 AND s.folded "
                         "AND s.effective_at > $2 AND s.effective_at <= $3",
                         {UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    return ids_of(plan, window);
}

pg::Result rows_of(pg::Plan &plan, const Window &window, std::span<const pg::Uuid> ids) {
    pg::Columns chunk({UUIDOID});
    for (const pg::Uuid &id : ids) {
        chunk.row(id);
    }
    pg::Params params(window.organization, pg::Timestamp{window.now});
    chunk.append_to(params);
    return pg::run(plan, params, window.access);
}

// net(the rows that count at the moment) - net(the rows in the rollups), for each group of rows
// with the same id. Columns: the id, effective_at, folded, then what `read` takes.
template <class Item, class Read, class Net>
void add_differences(const pg::Result &rows, const Window &window, const Read &read, const Net &net,
                     core::Flows &out) {
    std::vector<Item> moment;
    std::vector<Item> folded;
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const core::Instant at = row.instant(1);
        const bool is_folded = row.boolean(2);
        const Item item = read(row, at);
        if (window.counts(is_folded, at)) {
            moment.push_back(item);
        }
        if (is_folded) {
            folded.push_back(item);
        }
        if (i + 1 == rows.size() || rows[i + 1].uuid(0) != row.uuid(0)) {
            core::Flows before;
            net(moment, out);
            net(folded, before);
            out.subtract(before);
            moment.clear();
            folded.clear();
        }
    }
}

core::LedgerPoint ledger_point(const pg::Row &row, core::Instant at) {
    core::LedgerPoint point;
    point.at = at;
    point.currency = row.text(3);
    point.mrr = row.decimal(4);
    point.trial = row.decimal(5);
    point.committed = row.decimal(6);
    point.subscription = pg::UuidHash{}(row.uuid(7));
    return point;
}

core::StatusChange status_change(const pg::Row &row, core::Instant at) {
    core::StatusChange change;
    change.effective_at = at;
    change.in_service = row.boolean(3);
    change.ended = row.boolean(4);
    return change;
}

void net_customers(const Window &window, const core::Calendar &calendar,
                   std::span<const pg::Uuid> customers, core::Flows &out) {
    static pg::Plan plan{
        "SELECT m.customer_id, m.effective_at, m.folded, m.currency, m.new_mrr - m.old_mrr, "
        "m.new_trial_mrr - m.old_trial_mrr, m.new_committed_mrr - m.old_committed_mrr, "
        "m.subscription_id "
        "FROM billing_internal.mrr_changes AS m "
        "WHERE m.organization_id = $1 AND m.customer_id = ANY ($3) "
        "AND (m.effective_at <= $2 OR m.folded) "
        "ORDER BY m.customer_id",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    const auto net = [&calendar](const std::vector<core::LedgerPoint> &points, core::Flows &flows) {
        core::net_customer(points, calendar, core::kNever, flows);
    };
    add_differences<core::LedgerPoint>(rows_of(plan, window, customers), window, ledger_point, net,
                                       out);
}

void net_subscriptions(const Window &window, const core::Calendar &calendar,
                       std::span<const pg::Uuid> subscriptions, core::Flows &out) {
    static pg::Plan plan{
        "SELECT s.subscription_id, s.effective_at, s.folded, s.in_service, s.ended "
        "FROM billing_internal.status_changes AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = ANY ($3) "
        "AND (s.effective_at <= $2 OR s.folded) "
        "ORDER BY s.subscription_id, s.effective_at",
        {UUIDOID, TIMESTAMPTZOID, UUIDARRAYOID}};
    const auto net = [&calendar](const std::vector<core::StatusChange> &changes,
                                 core::Flows &flows) {
        core::net_subscription(changes, calendar, core::kNever, flows);
    };
    add_differences<core::StatusChange>(rows_of(plan, window, subscriptions), window, status_change,
                                        net, out);
}

core::Flows flows_in(const tenancy::Organization &organization, const Window &window) {
    const pg::EnginePlanning planning;
    const core::Calendar &calendar = organization.calendar();
    core::Flows out;
    const std::vector<pg::Uuid> customers = touched_customers(window);
    for (size_t from = 0; from < customers.size(); from += kChunk) {
        const size_t count = std::min(kChunk, customers.size() - from);
        net_customers(window, calendar, std::span(customers).subspan(from, count), out);
    }
    const std::vector<pg::Uuid> subscriptions = touched_subscriptions(window);
    for (size_t from = 0; from < subscriptions.size(); from += kChunk) {
        const size_t count = std::min(kChunk, subscriptions.size() - from);
        net_subscriptions(window, calendar, std::span(subscriptions).subspan(from, count), out);
    }
    out.drop_zeros();
    return out;
}

} // namespace

core::Flows due_flows(const tenancy::Organization &organization, core::Instant now) {
    return flows_in(organization, {organization.id, now, now, true, pg::Access::write});
}

core::Flows flows_to(const tenancy::Organization &organization, core::Instant now) {
    return flows_in(organization,
                    {organization.id, now, std::max(now, present()), false, pg::Access::read});
}

} // namespace billing::analytics
