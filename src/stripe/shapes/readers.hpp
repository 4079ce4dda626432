// One reader per Stripe object: data.object in any API version to the plain struct of the core.
//
// A field that is absent and one that is null read the same. A reference may be an id or the
// expanded object. Each throws ShapeError: missing_field for an id that must be there, wrong_type
// and out_of_range for a field whose value cannot be what it should be; never for a field or a
// word that is new here, except where an unknown word would change amounts (interval, duration,
// tiers_mode, the behaviour of a pause).
#pragma once

#include "core/objects.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

#include <optional>

namespace billing::stripe {

core::CustomerFacts read_customer(Element object);
core::ProductFacts read_product(Element object);
// A price or a legacy plan.
core::PriceRow read_price(Element object);
core::CouponRow read_coupon(Element object);
core::PromotionCodeFacts read_promotion_code(Element object);
// An id alone is allowed. A coupon that came as an id has neither percent_off nor amount_off: look
// it up by its id. The id of the discount may be empty in payloads before 2020-08.
core::DiscountFacts read_discount(Element object);
core::InvoiceFacts read_invoice(Element object);
core::InvoicePaymentFacts read_invoice_payment(Element object);
core::ChargeFacts read_charge(Element object);
core::RefundFacts read_refund(Element object);
core::DisputeFacts read_dispute(Element object);
core::CreditNoteFacts read_credit_note(Element object);
core::EntitlementFacts read_entitlement_summary(Element object);
// A list; empty where it is not that of a product's features.
std::optional<core::ProductFeatureFacts> read_product_features(Element object);
core::CheckoutSessionFacts read_checkout_session(Element object);

} // namespace billing::stripe
