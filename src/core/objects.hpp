// What the engine keeps of Stripe's other objects, beside subscriptions.
//
// Plain values in one shape, whatever API version sent them. An empty string is an absent id, name
// or word; statuses are Stripe's own words, also ones unknown here. Every amount is an int64_t in
// the minor units of `currency`, except in prices and coupons, whose amounts are Decimals in minor
// units. Currencies are lower-case, countries upper-case. Kept text holds valid UTF-8 without
// U+0000.
#pragma once

#include "core/instant.hpp"
#include "core/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace billing::core {

// A deleted object arrives as its id alone: everything but id and `deleted` is then unset.
struct CustomerFacts {
    std::string id;
    bool deleted = false;
    std::string email;
    std::string name;
    std::string currency;
    std::string country;         // of the address, else of the shipping address
    std::string metadata = "{}"; // minified JSON, without our own references
    std::optional<Instant> created;
    std::optional<bool> livemode;
    std::string test_clock;
    // Our own references, as metadata carries them.
    std::string pg_billing_customer_id;
    std::string external_id;
    // The payload speaks of the customer's discount: an empty `discount` then means that there is
    // none. Otherwise nothing is known of it.
    bool says_discount = false;
    std::optional<DiscountFacts> discount;
};

struct ProductFacts {
    std::string id;
    bool deleted = false;
    bool active = true;
    std::string name;
    std::string metadata = "{}"; // minified JSON
    std::optional<Instant> created;
    std::optional<bool> livemode;
};

// A price, or a plan of the legacy API read as one.
struct PriceRow : PriceFacts {
    bool deleted = false;
    bool active = true;
    std::string nickname;
    std::string lookup_key;
    std::optional<Instant> created;
    std::optional<bool> livemode;
};

struct CouponRow : CouponFacts {
    bool deleted = false;
    std::string name;
    std::optional<Instant> created;
};

struct PromotionCodeFacts {
    std::string id;
    std::string code;
    bool active = true;
    std::string customer;
    CouponFacts coupon; // without percent_off and amount_off where only its id was sent
    std::optional<Instant> created;
};

// A payment of an invoice, by whichever of the two ids the rendering has.
struct PaymentLink {
    std::string payment_intent;
    std::string charge;
    bool operator==(const PaymentLink &) const = default;
};

struct InvoiceFacts {
    std::string id;
    bool deleted = false;
    std::string customer;
    std::string subscription;
    std::string status; // draft, open, paid, uncollectible, void
    std::string currency;
    std::string number;
    std::string billing_reason;
    int64_t subtotal = 0;
    int64_t total = 0;
    // As sent, else total - taxes; empty where the rendering says nothing of taxes.
    std::optional<int64_t> total_excluding_tax;
    int64_t amount_due = 0;
    int64_t amount_paid = 0;
    int64_t amount_remaining = 0;
    // As sent; since 2025-03-31 it is not, and then it is a paid invoice with an amount due of
    // which nothing was paid.
    bool paid_out_of_band = false;
    std::optional<Instant> created;
    std::optional<Instant> finalized_at;
    std::optional<Instant> paid_at;
    std::optional<Instant> voided_at;
    std::optional<Instant> marked_uncollectible_at;
    std::optional<Instant> period_start;
    std::optional<Instant> period_end;
    std::optional<Instant> due_at;
    bool attempted = false;
    int64_t attempt_count = 0;
    std::optional<Instant> next_payment_attempt;
    std::string charge;
    std::string payment_intent;
    std::vector<PaymentLink> payments; // the flat ids above are not repeated here
    std::string test_clock;
};

struct InvoicePaymentFacts {
    std::string id;
    std::string invoice;
    std::string payment_intent;
    std::string charge;
    std::string status; // open, paid, canceled
    std::string currency;
    std::optional<int64_t> amount_paid;
    std::optional<Instant> created;
    std::optional<Instant> paid_at;
};

// A charge, kept only for what it links: refunds name charges, invoices name payment intents.
struct ChargeFacts {
    std::string id;
    std::string payment_intent;
    std::string invoice; // up to 2025-02-24
    std::string customer;
    std::string status;
    std::string currency;
    int64_t amount = 0;
    int64_t amount_refunded = 0; // a hint; never added to revenue
    std::optional<Instant> created;
};

struct RefundFacts {
    std::string id;
    std::string charge;
    std::string payment_intent;
    std::string status; // pending, requires_action, succeeded, failed, canceled
    std::string currency;
    int64_t amount = 0;
    Instant created = 0;
};

// Money that moved on the account's balance; amount is negative where it left.
struct BalanceTransactionFacts {
    std::string id;
    std::string type;
    std::string reporting_category; // dispute, dispute_reversal, ...
    std::string currency;
    int64_t amount = 0; // without fees
    std::optional<Instant> created;
};

struct DisputeFacts {
    std::string id;
    std::string charge;
    std::string payment_intent;
    std::string status;
    std::string currency;
    int64_t amount = 0;
    Instant created = 0;
    std::vector<BalanceTransactionFacts> balance_transactions; // empty where not expanded
};

struct CreditNoteRefund {
    std::string refund;
    std::optional<int64_t> amount; // of the refund that belongs to the note
};

struct CreditNoteFacts {
    std::string id;
    std::string invoice;
    std::string customer;
    std::string status; // issued, void
    std::string type;   // pre_payment, post_payment, mixed
    std::string currency;
    int64_t amount = 0;
    int64_t total = 0;
    std::optional<int64_t> total_excluding_tax;
    int64_t out_of_band_amount = 0;
    std::optional<int64_t> pre_payment_amount;
    std::optional<int64_t> post_payment_amount;
    std::vector<CreditNoteRefund> refunds;
    // Positive: credited to the customer's balance. Empty where the transaction came as an id.
    std::optional<int64_t> balance_credit;
    std::string balance_transaction; // of the customer's balance
    Instant created = 0;
    std::optional<Instant> voided_at;
};

// What Stripe Entitlements says a customer has.
struct EntitlementFacts {
    std::string customer;
    std::vector<std::string> lookup_keys; // sorted, each once
    bool complete = true;                 // Stripe cuts the list at 10
};

// What the list of a product's features at Stripe says.
struct ProductFeatureFacts {
    struct Link {
        std::string lookup_key;
        std::string name;
    };
    std::string product;
    std::vector<Link> links; // ordered by key, each once
    bool complete = true;    // no page follows
};

struct CheckoutSessionFacts {
    std::string id;
    std::string customer;
    std::string subscription;
    std::string invoice;
    std::string payment_intent;
    std::string client_reference_id;
    std::string pg_billing_customer_id; // of the metadata, like external_id
    std::string external_id;
    std::string email; // customer_details.email, else customer_email
    std::string mode;  // payment, setup, subscription
    std::string status;
    std::string payment_status;
    std::optional<Instant> created;
};

} // namespace billing::core
