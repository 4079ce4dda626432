#include "analytics/verify.hpp"

#include "analytics/ledger.hpp"
#include "analytics/rebuild.hpp"
#include "analytics/revenue_entries.hpp"
#include "analytics/rollup.hpp"
#include "analytics/standings.hpp"

namespace billing::analytics {

namespace {

std::string text_of(core::Day day) {
    const core::Civil civil = core::civil_from_day(day);
    const auto two = [](int32_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(civil.year) + "-" + two(civil.month) + "-" + two(civil.day);
}

std::string key_text(const core::MrrKey &key) {
    const auto &[granularity, currency, day] = key;
    return std::string(core::name_of(granularity)) + " " + currency + " " + text_of(day);
}
std::string key_text(const core::CountKey &key) {
    const auto &[granularity, day] = key;
    return std::string(core::name_of(granularity)) + " " + text_of(day);
}
std::string key_text(const CustomerKey &key) {
    return key.first.to_string() + " " + key.second;
}

std::string value_text(const core::MrrFlow &flow) {
    std::string out;
    for (const core::Decimal amount :
         {flow.new_mrr, flow.reactivation, flow.expansion, flow.contraction, flow.churned,
          flow.trial, flow.committed}) {
        out += amount.to_string() + " ";
    }
    return out + std::to_string(flow.customers) + " " + std::to_string(flow.subscriptions);
}
std::string value_text(const core::CountFlow &flow) {
    std::string out;
    for (const int64_t count : {flow.customers, flow.customers_churned, flow.subscriptions,
                                flow.started, flow.canceled, flow.subscriptions_churned}) {
        out += (out.empty() ? "" : " ") + std::to_string(count);
    }
    return out;
}
std::string value_text(const RevenueFlow &flow) {
    return flow.gross.to_string() + " " + flow.refunds.to_string() + " " +
           flow.disputes.to_string() + " " + flow.credit_notes.to_string() + " " +
           std::to_string(flow.invoices_paid);
}
std::string value_text(const CustomerRevenue &flow) {
    return flow.net.to_string() + " " + std::to_string(flow.payments);
}

// Rows of zeros are not kept, so a missing row and zeros are the same.
template <class Map>
void compare(const char *part, const Map &stored, const Map &derived,
             std::vector<Difference> &out) {
    const typename Map::mapped_type zero{};
    for (const auto &[key, value] : stored) {
        const auto found = derived.find(key);
        const auto &wanted = found == derived.end() ? zero : found->second;
        if (!(value == wanted)) {
            out.push_back({part, key_text(key), value_text(value), value_text(wanted)});
        }
    }
    for (const auto &[key, value] : derived) {
        if (stored.find(key) == stored.end() && !(value == zero)) {
            out.push_back({part, key_text(key), "", value_text(value)});
        }
    }
}

std::string ledger_text(const LedgerRow &row) {
    return std::to_string(row.effective_at) + " " + row.event_id + " " + row.reason + " " +
           row.before.mrr.to_string() + " -> " + row.after.mrr.to_string();
}

std::string status_text(const StatusRow &row) {
    return std::to_string(row.change.effective_at) + " " + row.change.event_id + " " +
           row.change.status;
}

void add_changes(const Ledger::Changes &changes, std::vector<Difference> &out) {
    for (const LedgerRow &row : changes.removed) {
        out.push_back({"mrr_changes", row.subscription.to_string(), ledger_text(row), ""});
    }
    for (const LedgerRow &row : changes.added) {
        out.push_back({"mrr_changes", row.subscription.to_string(), "", ledger_text(row)});
    }
    for (const auto &[subscription, row] : changes.removed_statuses) {
        out.push_back({"status_changes", subscription.to_string(), status_text(row), ""});
    }
    for (const auto &[subscription, row] : changes.added_statuses) {
        out.push_back({"status_changes", subscription.to_string(), "", status_text(row)});
    }
}

std::string entry_text(const RevenueEntry &entry) {
    return std::string(word_of(entry.kind)) + " " + std::to_string(entry.occurred_at) + " " +
           entry.currency + " " + entry.amount.to_string();
}

void add_changes(const RevenueChanges &changes, std::vector<Difference> &out) {
    for (const RevenueEntry &entry : changes.removed) {
        out.push_back({"revenue_entries", entry.stripe_id, entry_text(entry), ""});
    }
    for (const RevenueEntry &entry : changes.added) {
        out.push_back({"revenue_entries", entry.stripe_id, "", entry_text(entry)});
    }
}

} // namespace

std::vector<Difference> differences(const tenancy::Organization &organization) {
    const pg::EnginePlanning planning;
    std::vector<Difference> out;
    core::Flows derived;
    // Rows that are due and not folded yet are no difference: neither side counts them.
    each_portion(organization, [&](subscriptions::Objects &objects,
                                   const std::vector<subscriptions::Derived> &portion) {
        Ledger ledger(organization, core::kBeginning);
        ledger.collect_flows_into(&derived);
        add_changes(ledger.compare(objects, portion), out);
    });
    const core::Flows stored = stored_rollups(organization.id);
    compare("mrr_rollup", stored.mrr, derived.mrr, out);
    compare("count_rollup", stored.counts, derived.counts, out);
    for (StandingDifference &one : standing_differences(organization.id)) {
        out.push_back(
            {"customers", one.customer.to_string(), std::move(one.stored), std::move(one.derived)});
    }
    each_revenue_portion(organization, [&](RevenueObjects &objects,
                                           const std::vector<std::string> &invoices,
                                           const std::vector<std::string> &reversals) {
        add_changes(compare_revenue(organization, objects, invoices, reversals), out);
    });
    const RevenueFlows entries = sum_of_entries(organization);
    const RevenueFlows kept = stored_revenue_rollups(organization.id);
    compare("revenue_rollup", kept.buckets, entries.buckets, out);
    compare("customer_revenue", kept.customers, entries.customers, out);
    return out;
}

} // namespace billing::analytics
