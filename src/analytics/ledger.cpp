#include "analytics/ledger.hpp"

#include "analytics/due.hpp"
#include "analytics/ledger_table.hpp"
#include "analytics/rollup.hpp"
#include "analytics/standings.hpp"

#include <algorithm>
#include <tuple>

namespace billing::analytics {

namespace {

core::LedgerPoint point_of(const LedgerRow &row) {
    core::LedgerPoint point;
    point.at = row.effective_at;
    point.currency = row.currency;
    point.mrr = row.after.mrr - row.before.mrr;
    point.trial = row.after.trial - row.before.trial;
    point.committed = row.after.committed - row.before.committed;
    point.subscription = pg::UuidHash{}(row.subscription);
    return point;
}

std::vector<LedgerRow> rows_of(subscriptions::Objects &objects,
                               const subscriptions::Derived &derived, core::Instant now) {
    std::vector<LedgerRow> out;
    out.reserve(derived.timeline.changes.size());
    for (const core::MrrChange &change : derived.timeline.changes) {
        LedgerRow row;
        row.subscription = derived.row->id;
        row.price = objects.prices.at(change.price).id;
        row.effective_at = change.effective_at;
        row.event_rank = change.event_rank;
        row.event_id = change.event_id;
        row.customer = *derived.row->customer_id;
        if (!change.product.empty()) {
            row.product = objects.products.at(change.product).id;
        }
        row.currency = change.currency;
        row.reason = change.reason;
        row.before = change.before;
        row.after = change.after;
        row.folded = change.effective_at <= now;
        row.recorded_at = now;
        out.push_back(std::move(row));
    }
    return out;
}

std::vector<StatusRow> statuses_of(const subscriptions::Derived &derived, core::Instant now) {
    std::vector<StatusRow> out;
    out.reserve(derived.timeline.statuses.size());
    for (const core::StatusChange &change : derived.timeline.statuses) {
        out.push_back({change, *derived.row->customer_id, change.effective_at <= now});
    }
    return out;
}

} // namespace

bool LedgerRow::same_as(const LedgerRow &other) const {
    return std::tie(price, effective_at, event_rank, event_id, customer, product, currency,
                    reason) == std::tie(other.price, other.effective_at, other.event_rank,
                                        other.event_id, other.customer, other.product,
                                        other.currency, other.reason) &&
           before == other.before && after == other.after;
}

bool StatusRow::same_as(const StatusRow &other) const {
    const core::StatusChange &a = change;
    const core::StatusChange &b = other.change;
    return std::tie(a.effective_at, a.event_id, a.status, a.in_service, a.entitled, a.ended,
                    customer) == std::tie(b.effective_at, b.event_id, b.status, b.in_service,
                                          b.entitled, b.ended, other.customer);
}

void Ledger::load(const std::vector<pg::Uuid> &customers,
                  const std::vector<pg::Uuid> &subscriptions) {
    for (LedgerRow &row : load_ledger(organization_.id, customers)) {
        if (row.folded) {
            customers_[row.customer].stored.push_back(point_of(row));
        }
        rows_[row.subscription].push_back(std::move(row));
    }
    statuses_ = load_statuses(organization_.id, subscriptions);
}

void Ledger::compare_changes(const pg::Uuid &subscription, std::vector<LedgerRow> wanted) {
    std::vector<LedgerRow> &stored = rows_[subscription];
    for (LedgerRow &row : wanted) {
        const auto found = std::find_if(stored.begin(), stored.end(),
                                        [&row](const LedgerRow &s) { return s.same_as(row); });
        if (found == stored.end()) {
            changes_.added.push_back(row);
            continue;
        }
        row.folded = found->folded;
        row.recorded_at = found->recorded_at;
        stored.erase(found);
    }
    for (LedgerRow &row : stored) {
        changes_.removed.push_back(std::move(row));
    }
    stored = std::move(wanted);
}

void Ledger::compare_statuses(const pg::Uuid &subscription, std::vector<StatusRow> wanted) {
    std::vector<StatusRow> &stored = statuses_[subscription];
    std::vector<core::StatusChange> before;
    for (const StatusRow &row : stored) {
        if (row.folded) {
            before.push_back(row.change);
        }
    }
    std::vector<core::StatusChange> after;
    for (const StatusRow &row : wanted) {
        const auto found = std::find_if(stored.begin(), stored.end(),
                                        [&row](const StatusRow &s) { return s.same_as(row); });
        const bool known = found != stored.end();
        if (row.folded || (known && found->folded)) {
            after.push_back(row.change);
        }
        if (!known) {
            changes_.added_statuses.emplace_back(subscription, row);
            continue;
        }
        if (!found->folded && row.folded) {
            due_statuses_.emplace_back(subscription, row);
        }
        stored.erase(found);
    }
    for (StatusRow &row : stored) {
        changes_.removed_statuses.emplace_back(subscription, std::move(row));
    }
    const core::Calendar &calendar = organization_.calendar();
    core::Flows now_flows;
    core::net_subscription(after, calendar, core::kNever, now_flows);
    if (all_ != nullptr) {
        all_->add(now_flows);
        return;
    }
    core::Flows old_flows;
    core::net_subscription(before, calendar, core::kNever, old_flows);
    difference_.add(now_flows);
    difference_.subtract(old_flows);
}

void Ledger::net() {
    for (auto &[subscription, rows] : rows_) {
        for (LedgerRow &row : rows) {
            if (!is_due(row.effective_at) && !row.folded) {
                continue;
            }
            customers_[row.customer].wanted.push_back(point_of(row));
            if (!row.folded) {
                row.folded = true;
                due_.push_back(row);
            }
        }
    }
    const core::Calendar &calendar = organization_.calendar();
    for (auto &[customer, side] : customers_) {
        core::Flows now_flows;
        core::net_customer(std::move(side.wanted), calendar, core::kNever, now_flows);
        if (all_ != nullptr) {
            all_->add(now_flows);
            continue;
        }
        core::Flows old_flows;
        core::net_customer(std::move(side.stored), calendar, core::kNever, old_flows);
        difference_.add(now_flows);
        difference_.subtract(old_flows);
    }
    customers_.clear();
}

void Ledger::write() {
    remove_ledger_rows(organization_.id, changes_.removed, now_);
    add_ledger_rows(organization_.id, changes_.added);
    fold_ledger_rows(organization_.id, due_);
    remove_statuses(organization_.id, changes_.removed_statuses);
    add_statuses(organization_.id, changes_.added_statuses);
    fold_statuses(organization_.id, due_statuses_);
    if (all_ == nullptr) {
        difference_.drop_zeros();
        add_to_rollups(organization_.id, difference_);
    }
    update_standings(organization_.id, changed_customers());
    clear();
}

std::vector<pg::Uuid> Ledger::changed_customers() const {
    std::vector<pg::Uuid> out;
    for (const auto *rows : {&changes_.removed, &changes_.added, &due_}) {
        for (const LedgerRow &row : *rows) {
            out.push_back(row.customer);
        }
    }
    for (const auto *rows :
         {&changes_.removed_statuses, &changes_.added_statuses, &due_statuses_}) {
        for (const auto &[subscription, row] : *rows) {
            out.push_back(row.customer);
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void Ledger::clear() {
    difference_ = {};
    changes_ = {};
    due_.clear();
    due_statuses_.clear();
    rows_.clear();
    statuses_.clear();
}

void Ledger::derive_differences(subscriptions::Objects &objects,
                                const std::vector<subscriptions::Derived> &derived) {
    std::vector<pg::Uuid> customers = former_;
    std::vector<pg::Uuid> subscriptions;
    for (const subscriptions::Derived &one : derived) {
        customers.push_back(*one.row->customer_id);
        subscriptions.push_back(one.row->id);
    }
    std::sort(customers.begin(), customers.end());
    customers.erase(std::unique(customers.begin(), customers.end()), customers.end());
    load(customers, subscriptions);
    for (const subscriptions::Derived &one : derived) {
        compare_changes(one.row->id, rows_of(objects, one, now_));
        compare_statuses(one.row->id, statuses_of(one, now_));
    }
    net();
}

void Ledger::replace(subscriptions::Objects &objects,
                     const std::vector<subscriptions::Derived> &derived) {
    derive_differences(objects, derived);
    write();
}

Ledger::Changes Ledger::compare(subscriptions::Objects &objects,
                                const std::vector<subscriptions::Derived> &derived) {
    derive_differences(objects, derived);
    Changes out = std::move(changes_);
    clear();
    return out;
}

void fold_due(const tenancy::Organization &organization, core::Instant now) {
    if (!anything_due(organization.id, now)) {
        return;
    }
    const std::vector<pg::Uuid> customers = due_customers(organization.id, now);
    const core::Flows flows = due_flows(organization, now);
    add_to_rollups(organization.id, flows);
    fold_all_due(organization.id, now);
    update_standings(organization.id, customers);
}

} // namespace billing::analytics
