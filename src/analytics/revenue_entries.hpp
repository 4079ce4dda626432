// Revenue: from invoices and reversals to entries, and from entries to the rollups.
#pragma once

#include "core/calendar.hpp"
#include "revenue/invoice_store.hpp"
#include "revenue/payment_links.hpp"
#include "revenue/reversal_store.hpp"
#include "tenancy/organization.hpp"

namespace billing::analytics {

enum class EntryKind : uint8_t { gross, refund, dispute, dispute_reversal, credit_note };
std::string_view word_of(EntryKind kind);
EntryKind entry_kind_from(std::string_view word);

struct RevenueEntry {
    std::string stripe_id;
    EntryKind kind = EntryKind::gross;
    core::Instant occurred_at = 0;
    std::string currency;
    core::Decimal amount; // positive; the kind tells the direction
    std::optional<pg::Uuid> customer;
    std::string stripe_invoice;
    std::string event_id;

    bool operator==(const RevenueEntry &) const = default;
};

struct RevenueFlow {
    core::Decimal gross;
    core::Decimal refunds;
    core::Decimal disputes;
    core::Decimal credit_notes;
    int64_t invoices_paid = 0;

    bool operator==(const RevenueFlow &) const = default;
    // Adds an entry's share, or with a negative sign takes it back.
    void add(const RevenueEntry &entry, int sign);
};
using RevenueKey = std::tuple<core::Granularity, std::string, core::Day>;
struct CustomerRevenue {
    core::Decimal net;
    int64_t payments = 0;
    bool operator==(const CustomerRevenue &) const = default;
};
using CustomerKey = std::pair<pg::Uuid, std::string>; // customer, currency

struct RevenueFlows {
    std::map<RevenueKey, RevenueFlow> buckets;
    std::map<CustomerKey, CustomerRevenue> customers;

    void add(const RevenueEntry &entry, int sign, const core::Calendar &calendar);
};

struct RevenueObjects {
    revenue::InvoiceStore invoices;
    revenue::ReversalStore reversals;
    revenue::PaymentLinks links;
};

// Entries that are stored and should not be, and those that should be and are not.
struct RevenueChanges {
    std::vector<RevenueEntry> removed;
    std::vector<RevenueEntry> added;
};

// Derives the entries of these invoices and reversals (Stripe ids, in the stores), and of the
// reversals that lean on these invoices or on new links, and writes what differs from the stored
// ones together with the rollups' share. The stores must have been flushed.
void replace_revenue(const tenancy::Organization &organization, RevenueObjects &objects,
                     std::vector<std::string> invoices, std::vector<std::string> reversals);
// The same without writing.
RevenueChanges compare_revenue(const tenancy::Organization &organization, RevenueObjects &objects,
                               std::vector<std::string> invoices,
                               std::vector<std::string> reversals);

// Adds flows to the stored rollups; rows of zeros go.
void add_to_revenue_rollups(const pg::Uuid &organization, const RevenueFlows &flows);
// What is stored, and its replacement.
RevenueFlows stored_revenue_rollups(const pg::Uuid &organization);
void replace_revenue_rollups(const pg::Uuid &organization, const RevenueFlows &flows);
// All entries of the organization, summed.
RevenueFlows sum_of_entries(const tenancy::Organization &organization);

} // namespace billing::analytics
