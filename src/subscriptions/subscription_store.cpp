#include "subscriptions/subscription_store.hpp"

#include "core/words.hpp"

#include <algorithm>

namespace billing::subscriptions {

void SubscriptionRow::assign(const core::SubscriptionSnapshot &snapshot) {
    status = snapshot.status;
    currency = snapshot.currency;
    start_date = snapshot.start_date;
    trial_start = snapshot.trial_start;
    trial_end = snapshot.trial_end;
    period_start = snapshot.period_start;
    period_end = snapshot.period_end;
    billing_anchor = snapshot.billing_cycle_anchor;
    ends_at = snapshot.ends_at;
    canceled_at = snapshot.canceled_at;
    ended_at = snapshot.ended_at;
    pause_behavior = core::word_of(snapshot.pause);
    test_clock = snapshot.test_clock;
    created_at = snapshot.created;
}

std::string SubscriptionStore::read(const pg::Row &row) {
    std::string stripe_id = row.text(0);
    SubscriptionRow &out = rows_[stripe_id];
    out.id = row.uuid(1);
    out.customer_id = row.uuid_or_null(2);
    out.stripe_customer = row.text(3);
    out.status = row.text(4);
    out.currency = row.text(5);
    out.start_date = row.instant_or_null(6);
    out.trial_start = row.instant_or_null(7);
    out.trial_end = row.instant_or_null(8);
    out.period_start = row.instant_or_null(9);
    out.period_end = row.instant_or_null(10);
    out.billing_anchor = row.instant_or_null(11);
    out.ends_at = row.instant_or_null(12);
    out.canceled_at = row.instant_or_null(13);
    out.ended_at = row.instant_or_null(14);
    out.pause_behavior = row.text(15);
    out.test_clock = row.text(16);
    out.unresolved = row.boolean(17);
    out.created_at = row.instant_or_null(18);
    out.updated_at = row.instant_or_null(19);
    return stripe_id;
}

void SubscriptionStore::load(const pg::Uuid &organization) {
    static pg::Plan plan{
        "SELECT s.stripe_subscription_id, s.id, s.customer_id, s.stripe_customer_id, s.status, "
        "s.currency, s.start_date, s.trial_start, s.trial_end, s.current_period_start, "
        "s.current_period_end, s.billing_anchor, s.ends_at, s.canceled_at, s.ended_at, "
        "s.pause_behavior, s.test_clock, s.unresolved, s.created_at, s.updated_at "
        "FROM billing_internal.subscriptions AS s "
        "WHERE s.organization_id = $1 AND s.stripe_subscription_id = ANY ($2)",
        {UUIDOID, TEXTARRAYOID}};
    std::vector<std::string> loaded;
    load_with(plan, organization, [&](const pg::Row &row) { loaded.push_back(read(row)); });
    load_items(organization, loaded);
}

std::vector<std::string> SubscriptionStore::load_by_id(const pg::Uuid &organization,
                                                       const std::vector<pg::Uuid> &ids) {
    static pg::Plan plan{"SELECT s.stripe_subscription_id FROM billing_internal.subscriptions AS s "
                         "WHERE s.organization_id = $1 AND s.id = ANY ($2)",
                         {UUIDOID, UUIDARRAYOID}};
    std::vector<std::string> found;
    {
        const pg::Result rows = pg::run(plan, pg::keyed(organization, ids), pg::Access::write);
        for (size_t i = 0; i < rows.size(); ++i) {
            found.push_back(rows[i].text(0));
            want(found.back());
        }
    }
    load(organization);
    return found;
}

void SubscriptionStore::load_items(const pg::Uuid &organization,
                                   const std::vector<std::string> &stripe_ids) {
    static pg::Plan plan{
        "SELECT i.subscription_id, i.stripe_item_id, i.price_id, i.product_id, i.quantity, "
        "i.current_period_start, i.current_period_end FROM billing_internal.subscription_items "
        "AS i WHERE i.organization_id = $1 AND i.subscription_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    if (stripe_ids.empty()) {
        return;
    }
    std::unordered_map<pg::Uuid, SubscriptionRow *, pg::UuidHash> by_id;
    std::vector<pg::Uuid> ids;
    for (const std::string &stripe_id : stripe_ids) {
        SubscriptionRow &row = rows_[stripe_id];
        by_id[row.id] = &row;
        ids.push_back(row.id);
    }
    const pg::Result rows = pg::run(plan, pg::keyed(organization, ids), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        ItemRow item{row.text(1),        row.uuid_or_null(2),    row.uuid_or_null(3),
                     row.i64_or_null(4), row.instant_or_null(5), row.instant_or_null(6)};
        by_id[row.uuid(0)]->stored_items.push_back(item);
        by_id[row.uuid(0)]->items.push_back(std::move(item));
    }
}

void SubscriptionStore::flush_items(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"subscription_items",
                                  pg::OnConflict::replace,
                                  2,
                                  {{"subscription_id", UUIDOID},
                                   {"stripe_item_id", TEXTOID},
                                   {"price_id", UUIDOID},
                                   {"product_id", UUIDOID},
                                   {"quantity", INT8OID},
                                   {"current_period_start", TIMESTAMPTZOID},
                                   {"current_period_end", TIMESTAMPTZOID}}};
    static pg::BatchWriter remover{"subscription_items",
                                   pg::OnConflict::fail,
                                   2,
                                   {{"subscription_id", UUIDOID}, {"stripe_item_id", TEXTOID}}};
    pg::Columns written = writer.columns();
    pg::Columns removed = remover.columns();
    for (auto &[stripe_id, row] : rows_) {
        for (const ItemRow &item : row.items) {
            const auto &stored = row.stored_items;
            if (std::find(stored.begin(), stored.end(), item) == stored.end()) {
                written.row(row.id, item.stripe_id, item.price_id, item.product_id, item.quantity,
                            pg::timestamp(item.period_start), pg::timestamp(item.period_end));
            }
        }
        for (const ItemRow &stored : row.stored_items) {
            const bool kept =
                std::any_of(row.items.begin(), row.items.end(), [&stored](const ItemRow &item) {
                    return item.stripe_id == stored.stripe_id;
                });
            if (!kept) {
                removed.row(row.id, stored.stripe_id);
            }
        }
        row.stored_items = row.items;
    }
    remover.remove(organization, removed);
    writer.write(organization, written);
}

void SubscriptionStore::flush(const pg::Uuid &organization) {
    static pg::BatchWriter writer{"subscriptions",
                                  pg::OnConflict::replace,
                                  1,
                                  {{"id", UUIDOID},
                                   {"customer_id", UUIDOID},
                                   {"stripe_customer_id", TEXTOID},
                                   {"stripe_subscription_id", TEXTOID},
                                   {"status", TEXTOID},
                                   {"currency", TEXTOID},
                                   {"start_date", TIMESTAMPTZOID},
                                   {"trial_start", TIMESTAMPTZOID},
                                   {"trial_end", TIMESTAMPTZOID},
                                   {"current_period_start", TIMESTAMPTZOID},
                                   {"current_period_end", TIMESTAMPTZOID},
                                   {"billing_anchor", TIMESTAMPTZOID},
                                   {"ends_at", TIMESTAMPTZOID},
                                   {"canceled_at", TIMESTAMPTZOID},
                                   {"ended_at", TIMESTAMPTZOID},
                                   {"pause_behavior", TEXTOID},
                                   {"test_clock", TEXTOID},
                                   {"unresolved", BOOLOID},
                                   {"created_at", TIMESTAMPTZOID},
                                   {"updated_at", TIMESTAMPTZOID}}};
    flush_with(writer, organization,
               [](pg::Columns &columns, const std::string &stripe_id, const SubscriptionRow &row) {
                   columns.row(row.id, row.customer_id, pg::nullable(row.stripe_customer),
                               stripe_id, pg::nullable(row.status), pg::nullable(row.currency),
                               pg::timestamp(row.start_date), pg::timestamp(row.trial_start),
                               pg::timestamp(row.trial_end), pg::timestamp(row.period_start),
                               pg::timestamp(row.period_end), pg::timestamp(row.billing_anchor),
                               pg::timestamp(row.ends_at), pg::timestamp(row.canceled_at),
                               pg::timestamp(row.ended_at), pg::nullable(row.pause_behavior),
                               pg::nullable(row.test_clock), row.unresolved,
                               pg::timestamp(row.created_at), pg::timestamp(row.updated_at));
               });
    flush_items(organization);
}

} // namespace billing::subscriptions
