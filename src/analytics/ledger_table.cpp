#include "analytics/ledger_table.hpp"

#include "pg/batch_writer.hpp"

namespace billing::analytics {

namespace {

pg::BatchWriter &key_writer() {
    static pg::BatchWriter keys{"mrr_changes",
                                pg::OnConflict::fail,
                                5,
                                {{"subscription_id", UUIDOID},
                                 {"price_id", UUIDOID},
                                 {"effective_at", TIMESTAMPTZOID},
                                 {"event_rank", INT2OID},
                                 {"event_id", TEXTOID}}};
    return keys;
}

pg::Columns keys_of(const std::vector<LedgerRow> &rows) {
    pg::Columns out = key_writer().columns();
    for (const LedgerRow &row : rows) {
        out.row(row.subscription, row.price, pg::Timestamp{row.effective_at}, row.event_rank,
                row.event_id);
    }
    return out;
}

pg::Columns status_keys_of(const KeyedStatuses &rows) {
    pg::Columns out({UUIDOID, TIMESTAMPTZOID});
    for (const auto &[subscription, row] : rows) {
        out.row(subscription, pg::Timestamp{row.change.effective_at});
    }
    return out;
}

void run_on_keys(pg::Plan &plan, const pg::Uuid &organization, const pg::Columns &keys) {
    if (keys.empty()) {
        return;
    }
    pg::Params params(organization);
    keys.append_to(params);
    pg::run(plan, params, pg::Access::write);
}

} // namespace

std::vector<LedgerRow> load_ledger(const pg::Uuid &organization,
                                   const std::vector<pg::Uuid> &customers) {
    static pg::Plan plan{
        "SELECT m.subscription_id, m.price_id, m.effective_at, m.event_rank, m.event_id, "
        "m.customer_id, m.product_id, m.currency, m.reason, m.old_mrr, m.old_trial_mrr, "
        "m.old_committed_mrr, m.new_mrr, m.new_trial_mrr, m.new_committed_mrr, m.folded, "
        "m.recorded_at FROM billing_internal.mrr_changes AS m "
        "WHERE m.organization_id = $1 AND m.customer_id = ANY ($2)",
        {UUIDOID, UUIDARRAYOID}};
    std::vector<LedgerRow> out;
    const pg::Result rows = pg::run(plan, pg::keyed(organization, customers), pg::Access::write);
    out.reserve(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        LedgerRow &entry = out.emplace_back();
        entry.subscription = row.uuid(0);
        entry.price = row.uuid(1);
        entry.effective_at = row.instant(2);
        entry.event_rank = row.i16(3);
        entry.event_id = row.text(4);
        entry.customer = row.uuid(5);
        entry.product = row.uuid_or_null(6);
        entry.currency = row.text(7);
        entry.reason = row.text(8);
        entry.before = {row.decimal(9), row.decimal(10), row.decimal(11)};
        entry.after = {row.decimal(12), row.decimal(13), row.decimal(14)};
        entry.folded = row.boolean(15);
        entry.recorded_at = row.instant(16);
    }
    return out;
}

void remove_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows,
                        core::Instant superseded_at) {
    static pg::BatchWriter history{"mrr_changes_history",
                                   pg::OnConflict::fail,
                                   0,
                                   {{"subscription_id", UUIDOID},
                                    {"price_id", UUIDOID},
                                    {"effective_at", TIMESTAMPTZOID},
                                    {"event_rank", INT2OID},
                                    {"event_id", TEXTOID},
                                    {"customer_id", UUIDOID},
                                    {"product_id", UUIDOID},
                                    {"currency", TEXTOID},
                                    {"reason", TEXTOID},
                                    {"old_mrr", NUMERICOID},
                                    {"new_mrr", NUMERICOID},
                                    {"old_trial_mrr", NUMERICOID},
                                    {"new_trial_mrr", NUMERICOID},
                                    {"old_committed_mrr", NUMERICOID},
                                    {"new_committed_mrr", NUMERICOID},
                                    {"recorded_at", TIMESTAMPTZOID},
                                    {"superseded_at", TIMESTAMPTZOID}}};
    key_writer().remove(organization, keys_of(rows));
    pg::Columns past = history.columns();
    for (const LedgerRow &row : rows) {
        if (row.recorded_at == superseded_at) {
            continue; // nobody has seen it: this transaction made it
        }
        past.row(row.subscription, row.price, pg::Timestamp{row.effective_at}, row.event_rank,
                 row.event_id, row.customer, row.product, row.currency, row.reason, row.before.mrr,
                 row.after.mrr, row.before.trial, row.after.trial, row.before.committed,
                 row.after.committed, pg::Timestamp{row.recorded_at}, pg::Timestamp{superseded_at});
    }
    history.write(organization, past);
}

void add_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows) {
    static pg::BatchWriter writer{"mrr_changes",
                                  pg::OnConflict::fail,
                                  0,
                                  {{"subscription_id", UUIDOID},
                                   {"price_id", UUIDOID},
                                   {"effective_at", TIMESTAMPTZOID},
                                   {"event_rank", INT2OID},
                                   {"event_id", TEXTOID},
                                   {"customer_id", UUIDOID},
                                   {"product_id", UUIDOID},
                                   {"currency", TEXTOID},
                                   {"reason", TEXTOID},
                                   {"old_mrr", NUMERICOID},
                                   {"new_mrr", NUMERICOID},
                                   {"old_trial_mrr", NUMERICOID},
                                   {"new_trial_mrr", NUMERICOID},
                                   {"old_committed_mrr", NUMERICOID},
                                   {"new_committed_mrr", NUMERICOID},
                                   {"folded", BOOLOID},
                                   {"recorded_at", TIMESTAMPTZOID}}};
    pg::Columns columns = writer.columns();
    for (const LedgerRow &row : rows) {
        columns.row(row.subscription, row.price, pg::Timestamp{row.effective_at}, row.event_rank,
                    row.event_id, row.customer, row.product, row.currency, row.reason,
                    row.before.mrr, row.after.mrr, row.before.trial, row.after.trial,
                    row.before.committed, row.after.committed, row.folded,
                    pg::Timestamp{row.recorded_at});
    }
    writer.write(organization, columns);
}

void fold_ledger_rows(const pg::Uuid &organization, const std::vector<LedgerRow> &rows) {
    static pg::Plan plan{
        "UPDATE billing_internal.mrr_changes AS m SET folded = true "
        "FROM unnest($2, $3, $4, $5, $6) AS u (subscription_id, price_id, effective_at, "
        "event_rank, event_id) WHERE m.organization_id = $1 "
        "AND m.subscription_id = u.subscription_id AND m.price_id = u.price_id "
        "AND m.effective_at = u.effective_at AND m.event_rank = u.event_rank "
        "AND m.event_id = u.event_id",
        {UUIDOID, UUIDARRAYOID, UUIDARRAYOID, TIMESTAMPTZARRAYOID, INT2ARRAYOID, TEXTARRAYOID}};
    run_on_keys(plan, organization, keys_of(rows));
}

std::unordered_map<pg::Uuid, std::vector<StatusRow>, pg::UuidHash>
load_statuses(const pg::Uuid &organization, const std::vector<pg::Uuid> &subscriptions) {
    static pg::Plan plan{
        "SELECT s.subscription_id, s.effective_at, s.event_id, s.status, s.in_service, "
        "s.entitled, s.ended, s.customer_id, s.folded FROM billing_internal.status_changes AS s "
        "WHERE s.organization_id = $1 AND s.subscription_id = ANY ($2) "
        "ORDER BY s.subscription_id, s.effective_at",
        {UUIDOID, UUIDARRAYOID}};
    std::unordered_map<pg::Uuid, std::vector<StatusRow>, pg::UuidHash> out;
    const pg::Result rows =
        pg::run(plan, pg::keyed(organization, subscriptions), pg::Access::write);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        out[row.uuid(0)].push_back({{row.instant(1), row.text(2), row.text(3), row.boolean(4),
                                     row.boolean(5), row.boolean(6)},
                                    row.uuid(7),
                                    row.boolean(8)});
    }
    return out;
}

void remove_statuses(const pg::Uuid &organization, const KeyedStatuses &rows) {
    static pg::BatchWriter keys{"status_changes",
                                pg::OnConflict::fail,
                                2,
                                {{"subscription_id", UUIDOID}, {"effective_at", TIMESTAMPTZOID}}};
    keys.remove(organization, status_keys_of(rows));
}

void add_statuses(const pg::Uuid &organization, const KeyedStatuses &rows) {
    static pg::BatchWriter writer{"status_changes",
                                  pg::OnConflict::fail,
                                  0,
                                  {{"subscription_id", UUIDOID},
                                   {"effective_at", TIMESTAMPTZOID},
                                   {"event_id", TEXTOID},
                                   {"customer_id", UUIDOID},
                                   {"status", TEXTOID},
                                   {"in_service", BOOLOID},
                                   {"entitled", BOOLOID},
                                   {"ended", BOOLOID},
                                   {"folded", BOOLOID}}};
    pg::Columns columns = writer.columns();
    for (const auto &[subscription, row] : rows) {
        const core::StatusChange &change = row.change;
        columns.row(subscription, pg::Timestamp{change.effective_at}, change.event_id, row.customer,
                    change.status, change.in_service, change.entitled, change.ended, row.folded);
    }
    writer.write(organization, columns);
}

void fold_statuses(const pg::Uuid &organization, const KeyedStatuses &rows) {
    static pg::Plan plan{"UPDATE billing_internal.status_changes AS s SET folded = true "
                         "FROM unnest($2, $3) AS u (subscription_id, effective_at) "
                         "WHERE s.organization_id = $1 AND s.subscription_id = u.subscription_id "
                         "AND s.effective_at = u.effective_at",
                         {UUIDOID, UUIDARRAYOID, TIMESTAMPTZARRAYOID}};
    run_on_keys(plan, organization, status_keys_of(rows));
}

bool anything_due(const pg::Uuid &organization, core::Instant now) {
    static pg::Plan plan{"SELECT EXISTS (SELECT 1 FROM billing_internal.mrr_changes AS m "
                         "WHERE m.organization_id = $1 AND NOT m.folded AND m.effective_at <= $2) "
                         "OR EXISTS (SELECT 1 FROM billing_internal.status_changes AS s "
                         "WHERE s.organization_id = $1 AND NOT s.folded AND s.effective_at <= $2)",
                         {UUIDOID, TIMESTAMPTZOID}};
    return pg::run(plan, pg::Params(organization, pg::Timestamp{now}), pg::Access::write)[0]
        .boolean(0);
}

void fold_all_due(const pg::Uuid &organization, core::Instant now) {
    static pg::Plan changes{"UPDATE billing_internal.mrr_changes SET folded = true "
                            "WHERE organization_id = $1 AND NOT folded AND effective_at <= $2",
                            {UUIDOID, TIMESTAMPTZOID}};
    static pg::Plan statuses{"UPDATE billing_internal.status_changes SET folded = true "
                             "WHERE organization_id = $1 AND NOT folded AND effective_at <= $2",
                             {UUIDOID, TIMESTAMPTZOID}};
    const pg::Params params(organization, pg::Timestamp{now});
    pg::run(changes, params, pg::Access::write);
    pg::run(statuses, params, pg::Access::write);
}

} // namespace billing::analytics
