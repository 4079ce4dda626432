#include "shapes_support.hpp"
#include "stripe/shapes/readers.hpp"

namespace billing::stripe {
namespace {

using core::Decimal;
using core::from_unix;
using namespace testing;

class ObjectShapes : public ::testing::Test {
  protected:
    Element parse(std::string_view text) { return json_.parse(text); }
    template <typename Read>
    std::string error(Read read, std::string_view text) {
        return error_of([&] { read(parse(text)); });
    }
    JsonReader json_;
};

TEST_F(ObjectShapes, CustomerHasItsReferencesAndPlace) {
    const auto c = read_customer(parse(R"({"id":"cus_1","object":"customer","email":"a@b.c",
        "name":"Ann","currency":"EUR","created":1717200000,"livemode":true,
        "address":{"country":null},"shipping":{"name":"A","address":{"country":"de"}},
        "metadata":{"pg_billing_customer_id":"0190","external_id":"ext 1","seats":"a\u0000b"},
        "test_clock":{"id":"clock_1"},"discount":null})"));
    EXPECT_EQ(c.email, "a@b.c");
    EXPECT_EQ(c.currency, "eur");
    EXPECT_EQ(c.country, "DE");
    EXPECT_EQ(c.created, from_unix(kJun2024));
    EXPECT_EQ(c.livemode, true);
    EXPECT_EQ(c.pg_billing_customer_id, "0190");
    EXPECT_EQ(c.external_id, "ext 1");
    EXPECT_EQ(c.test_clock, "clock_1");
    EXPECT_EQ(c.metadata, "{\"seats\":\"a\xef\xbf\xbd"
                          "b\"}");
    EXPECT_TRUE(c.says_discount);
    EXPECT_FALSE(c.discount);
}

TEST_F(ObjectShapes, CustomerDiscountIsReadInBothShapes) {
    const auto old = read_customer(parse(R"({"id":"cus_1","discount":{"id":"di_1",
        "coupon":{"id":"c","percent_off":25.5,"duration":"forever"}}})"));
    EXPECT_EQ(old.discount.value().coupon.value().percent_off, Decimal::parse("25.5"));
    const auto recent = read_customer(parse(R"({"id":"cus_1","discount":{"id":"di_1",
        "source":{"type":"coupon","coupon":"c"}}})"));
    EXPECT_EQ(recent.discount.value().coupon.value().id, "c");
    EXPECT_FALSE(recent.discount->coupon->percent_off);
    EXPECT_FALSE(read_customer(parse(R"({"id":"cus_1"})")).says_discount);
}

TEST_F(ObjectShapes, DeletedStubsNeedOnlyTheirId) {
    EXPECT_TRUE(
        read_customer(parse(R"({"id":"cus_1","object":"customer","deleted":true})")).deleted);
    const auto product =
        read_product(parse(R"({"id":"prod_1","object":"product","deleted":true})"));
    EXPECT_TRUE(product.deleted);
    EXPECT_FALSE(product.active);
    EXPECT_TRUE(read_price(parse(R"({"id":"p","object":"plan","deleted":true})")).deleted);
    EXPECT_TRUE(read_coupon(parse(R"({"id":"c","object":"coupon","deleted":true})")).deleted);
    EXPECT_TRUE(read_invoice(parse(R"({"id":"in_1","object":"invoice","deleted":true})")).deleted);
}

TEST_F(ObjectShapes, PriceReadsTiersAndCurrencies) {
    const auto p = read_price(parse(R"({"id":"price_1","object":"price","product":"prod_1",
        "currency":"usd","active":false,"nickname":"Team","lookup_key":"team","type":"recurring",
        "unit_amount":null,"unit_amount_decimal":null,"tiers_mode":"graduated",
        "tiers":[{"up_to":5,"unit_amount":1000,"flat_amount":null},
                 {"up_to":null,"unit_amount_decimal":"800.5","flat_amount_decimal":250}],
        "recurring":{"interval":"year","interval_count":2,"usage_type":"licensed"},
        "currency_options":{"usd":{"unit_amount":1},"eur":{"unit_amount_decimal":0.25}}})"));
    EXPECT_FALSE(p.active);
    EXPECT_EQ(p.nickname, "Team");
    EXPECT_EQ(p.lookup_key, "team");
    EXPECT_EQ(p.tiers_mode, core::TiersMode::graduated);
    EXPECT_FALSE(p.amounts.unit_amount);
    ASSERT_EQ(p.amounts.tiers.size(), 2U);
    EXPECT_EQ(p.amounts.tiers[0].up_to, 5);
    EXPECT_EQ(p.amounts.tiers[0].unit_amount, Decimal::from_int(1000));
    EXPECT_FALSE(p.amounts.tiers[1].up_to);
    EXPECT_EQ(p.amounts.tiers[1].unit_amount, Decimal::parse("800.5"));
    EXPECT_EQ(p.amounts.tiers[1].flat_amount, Decimal::from_int(250));
    EXPECT_EQ(p.interval, core::Interval::year);
    EXPECT_EQ(p.interval_count, 2);
    ASSERT_EQ(p.currency_options.size(), 1U);
    EXPECT_EQ(p.currency_options[0].currency, "eur");
    EXPECT_EQ(p.currency_options[0].unit_amount, Decimal::parse("0.25"));
}

TEST_F(ObjectShapes, PriceTakesTheExactDecimalFromStringOrNumber) {
    const auto amount = [&](const std::string &members) {
        return read_price(parse(R"({"id":"p","currency":"usd",)" + members + "}"))
            .amounts.unit_amount;
    };
    const auto exact = Decimal::parse("0.123456789012");
    EXPECT_EQ(amount(R"("unit_amount":null,"unit_amount_decimal":"0.123456789012")"), exact);
    EXPECT_EQ(amount(R"("unit_amount":0,"unit_amount_decimal":0.123456789012)"), exact);
    EXPECT_EQ(amount(R"("unit_amount":12)"), Decimal::from_int(12));
    EXPECT_EQ(error(read_price, R"({"id":"p","unit_amount_decimal":"cheap"})"),
              "wrong_type: unit_amount_decimal must be a decimal number");
    EXPECT_EQ(error(read_price, R"({"id":"p","unit_amount_decimal":1e40})"),
              "out_of_range: unit_amount_decimal is too large a number");
}

TEST_F(ObjectShapes, PlanIsAPrice) {
    const auto p = read_price(parse(R"({"id":"gold","object":"plan","amount":990,
        "amount_decimal":"990","currency":"usd","interval":"month","interval_count":3,
        "usage_type":"metered","product":"prod_1","active":true,
        "transform_usage":{"divide_by":100,"round":"up"}})"));
    EXPECT_EQ(p.amounts.unit_amount, Decimal::from_int(990));
    EXPECT_EQ(p.interval, core::Interval::month);
    EXPECT_EQ(p.interval_count, 3);
    EXPECT_TRUE(p.metered);
    EXPECT_EQ(p.transform.value().divide_by, 100);
    EXPECT_TRUE(p.transform->round_up);
    EXPECT_EQ(read_price(parse(R"({"id":"once","type":"one_time","recurring":null})")).interval,
              core::Interval::none);
}

TEST_F(ObjectShapes, PriceRefusesTermsThatCannotBe) {
    EXPECT_EQ(
        error(read_price, R"({"id":"p","recurring":{"interval":"month","interval_count":0}})"),
        "out_of_range: recurring.interval_count must be between 1 and 2147483647");
    EXPECT_EQ(error(read_price, R"({"id":"p","transform_quantity":{"divide_by":0}})"),
              "out_of_range: transform_quantity.divide_by must be between 1 and 2147483647");
    EXPECT_EQ(error(read_price, R"({"id":"p","tiers_mode":"random"})"),
              "out_of_range: tiers_mode is a word that is not known here");
    EXPECT_EQ(error(read_price, R"({"id":"p","tiers":[{"up_to":1},7]})"),
              "wrong_type: tiers[1] must be an object");
    EXPECT_EQ(error(read_price, R"({"id":"p","currency_options":{"eur":{"unit_amount":true}}})"),
              "wrong_type: currency_options.eur.unit_amount must be a decimal number");
}

TEST_F(ObjectShapes, CouponTellsUnsaidProductsFromAllProducts) {
    const auto c = read_coupon(parse(R"({"id":"c","amount_off":500,"currency":"usd",
        "duration":"repeating","duration_in_months":3,"name":"Spring",
        "applies_to":{"products":["prod_1","prod_2"]}})"));
    EXPECT_EQ(c.amount_off, Decimal::from_int(500));
    EXPECT_EQ(c.duration, core::CouponDuration::repeating);
    EXPECT_EQ(c.duration_in_months, 3);
    EXPECT_EQ(c.applies_to, (std::vector<std::string>{"prod_1", "prod_2"}));
    EXPECT_FALSE(read_coupon(parse(R"({"id":"c","percent_off":1})")).applies_to);
    EXPECT_EQ(read_coupon(parse(R"({"id":"c","applies_to":null})")).applies_to.value().size(), 0U);
    EXPECT_EQ(error(read_coupon, R"({"id":"c","duration":"century"})"),
              "out_of_range: duration is a word that is not known here");
}

TEST_F(ObjectShapes, PromotionCodeIsReadInBothShapes) {
    EXPECT_EQ(read_promotion_code(parse(R"({"id":"promo_1","code":"FALL20",
        "coupon":{"id":"c","percent_off":20}})"))
                  .coupon.percent_off,
              Decimal::from_int(20));
    EXPECT_EQ(read_promotion_code(parse(R"({"id":"promo_1","code":"FALL20",
        "promotion":{"type":"coupon","coupon":"c"}})"))
                  .coupon.id,
              "c");
}

TEST_F(ObjectShapes, InvoiceUpTo2025February) {
    const auto i = read_invoice(parse(R"({"id":"in_1","customer":"cus_1","subscription":"sub_1",
        "status":"paid","paid":true,"currency":"usd","total":12000,"tax":2000,"subtotal":10000,
        "total_tax_amounts":[{"amount":2000,"inclusive":false}],"amount_due":7200,
        "amount_paid":7200,"amount_remaining":0,"paid_out_of_band":false,"created":1717200000,
        "status_transitions":{"paid_at":1717200060,"finalized_at":1717200030},
        "billing_reason":"subscription_cycle","attempted":true,"attempt_count":2,
        "charge":"ch_1","payment_intent":{"id":"pi_1"},"number":"A-1","next_payment_attempt":null,
        "period_start":1714521600,"period_end":1717200000,"test_clock":null})"));
    EXPECT_EQ(i.subscription, "sub_1");
    EXPECT_EQ(i.status, "paid");
    EXPECT_EQ(i.total, 12000);
    EXPECT_EQ(i.total_excluding_tax, 10000);
    EXPECT_EQ(i.amount_paid, 7200);
    EXPECT_EQ(i.paid_at, from_unix(1717200060));
    EXPECT_EQ(i.charge, "ch_1");
    EXPECT_EQ(i.payment_intent, "pi_1");
    EXPECT_EQ(i.attempt_count, 2);
    EXPECT_EQ(i.period_end, from_unix(kJun2024));
    EXPECT_FALSE(i.paid_out_of_band);
    EXPECT_FALSE(i.next_payment_attempt);
}

TEST_F(ObjectShapes, InvoiceSince2025March) {
    const auto i = read_invoice(parse(R"({"id":"in_1","customer":"cus_1","status":"paid",
        "subscription":"sub_other","parent":{"type":"subscription_details",
          "subscription_details":{"subscription":"sub_1"}},
        "currency":"usd","total":12000,"total_taxes":[{"amount":1500},{"amount":500}],
        "amount_due":7200,"amount_paid":7200,"status_transitions":{"paid_at":1717200060},
        "payments":{"object":"list","data":[
          {"id":"inpay_1","payment":{"type":"payment_intent","payment_intent":"pi_1"}},
          {"id":"inpay_2","payment":{"type":"charge","charge":"ch_2"}},
          {"id":"inpay_3","payment":{"type":"payment_record","payment_record":"pr_1"}}]}})"));
    EXPECT_EQ(i.subscription, "sub_1");
    EXPECT_EQ(i.total_excluding_tax, 10000);
    EXPECT_EQ(i.payments, (std::vector<core::PaymentLink>{{"pi_1", ""}, {"", "ch_2"}}));
    EXPECT_EQ(i.charge, "");
    EXPECT_FALSE(i.paid_out_of_band);
}

TEST_F(ObjectShapes, InvoiceTotalWithoutTaxIsSentDerivedOrUnknown) {
    const auto derived = [&](const std::string &members) {
        return read_invoice(parse(R"({"id":"in_1","total":1200,)" + members + R"("x":0})"))
            .total_excluding_tax;
    };
    EXPECT_EQ(derived(R"("total_excluding_tax":900,"tax":200,)"), 900);
    EXPECT_EQ(derived(R"("total_excluding_tax":null,"tax":200,)"), 1000);
    EXPECT_EQ(derived(R"("total_tax_amounts":[{"amount":100},{"amount":50}],)"), 1050);
    EXPECT_EQ(derived(R"("total_taxes":[],)"), 1200);
    EXPECT_EQ(derived(R"("tax":null,)"), 1200);
    EXPECT_EQ(derived(""), std::nullopt);
}

TEST_F(ObjectShapes, InvoicePaidOutOfBandIsSaidOrFollows) {
    const auto out = [&](const std::string &members) {
        return read_invoice(parse(R"({"id":"in_1","status":"paid","amount_due":500,)" + members +
                                  R"("x":0})"))
            .paid_out_of_band;
    };
    EXPECT_TRUE(out(R"("paid_out_of_band":true,"amount_paid":500,)"));
    EXPECT_FALSE(out(R"("paid_out_of_band":false,"amount_paid":0,)"));
    EXPECT_TRUE(out(R"("amount_paid":0,)"));
    EXPECT_FALSE(out(R"("amount_paid":500,)"));
}

TEST_F(ObjectShapes, InvoiceAmountsAreWholeAndBounded) {
    EXPECT_EQ(error(read_invoice, R"({"id":"in_1","total":1.5})"),
              "wrong_type: total must be an integer");
    EXPECT_EQ(error(read_invoice, R"({"id":"in_1","total":100000000000000001})"),
              "out_of_range: total is too large an amount");
    EXPECT_EQ(error(read_invoice, R"({"id":"in_1","total":99999999999999999999999})"),
              "out_of_range: total is too large a number");
    EXPECT_EQ(error(read_invoice, R"({"id":"in_1","total":0,"total_taxes":[
                  {"amount":100000000000000000},{"amount":1}]})"),
              "out_of_range: total_taxes is too large an amount");
    EXPECT_EQ(read_invoice(parse(R"({"id":"in_1","total":"5.0"})")).total, 5);
    EXPECT_EQ(error(read_invoice, R"({"id":"in_1","parent":{"subscription_details":5}})"),
              "wrong_type: parent.subscription_details must be an object");
}

TEST_F(ObjectShapes, PaymentsAreLinkedByIntentOrCharge) {
    const auto p = read_invoice_payment(parse(R"({"id":"inpay_1","invoice":"in_1","status":"paid",
        "amount_paid":500,"currency":"usd","payment":{"type":"payment_intent",
        "payment_intent":{"id":"pi_1"}},"status_transitions":{"paid_at":1717200000}})"));
    EXPECT_EQ(p.invoice, "in_1");
    EXPECT_EQ(p.payment_intent, "pi_1");
    EXPECT_EQ(p.amount_paid, 500);
    EXPECT_EQ(p.paid_at, from_unix(kJun2024));
    const auto c = read_charge(parse(R"({"id":"ch_1","payment_intent":"pi_1","invoice":"in_1",
        "amount":500,"amount_refunded":100,"currency":"usd","customer":"cus_1"})"));
    EXPECT_EQ(c.payment_intent, "pi_1");
    EXPECT_EQ(c.invoice, "in_1");
    EXPECT_EQ(c.amount_refunded, 100);
}

TEST_F(ObjectShapes, RefundNeedsItsAmountAndTime) {
    const auto r = read_refund(parse(R"({"id":"re_1","charge":"ch_1","payment_intent":null,
        "amount":3000,"currency":"usd","status":"succeeded","created":1717286400})"));
    EXPECT_EQ(r.charge, "ch_1");
    EXPECT_EQ(r.amount, 3000);
    EXPECT_EQ(r.created, from_unix(1717286400));
    EXPECT_EQ(error(read_refund, R"({"id":"re_1","created":1})"),
              "missing_field: amount is missing");
    EXPECT_EQ(error(read_refund, R"({"id":"re_1","amount":1})"),
              "missing_field: created is missing");
}

TEST_F(ObjectShapes, DisputeListsWhatMovedOnTheBalance) {
    const auto d = read_dispute(parse(R"({"id":"dp_1","charge":"ch_1","amount":5000,
        "currency":"usd","status":"won","created":1717200000,"balance_transactions":[
        {"id":"txn_1","amount":-5000,"fee":1500,"currency":"usd","created":1717200001,
         "reporting_category":"dispute"},
        {"id":"txn_2","amount":5000,"currency":"usd","reporting_category":"dispute_reversal"}]})"));
    EXPECT_EQ(d.amount, 5000);
    ASSERT_EQ(d.balance_transactions.size(), 2U);
    EXPECT_EQ(d.balance_transactions[0].amount, -5000);
    EXPECT_EQ(d.balance_transactions[1].reporting_category, "dispute_reversal");
}

TEST_F(ObjectShapes, CreditNoteIsReadInBothShapes) {
    const auto old = read_credit_note(parse(R"({"id":"cn_1","invoice":"in_1","customer":"cus_1",
        "amount":3000,"total":3000,"currency":"usd","status":"issued","created":1717200000,
        "refund":"re_1","out_of_band_amount":1000,"customer_balance_transaction":null})"));
    ASSERT_EQ(old.refunds.size(), 1U);
    EXPECT_EQ(old.refunds[0].refund, "re_1");
    EXPECT_FALSE(old.refunds[0].amount);
    EXPECT_EQ(old.out_of_band_amount, 1000);
    EXPECT_EQ(old.balance_credit, 0);
    const auto recent = read_credit_note(parse(R"({"id":"cn_1","invoice":"in_1","amount":3000,
        "total":3000,"currency":"usd","status":"void","created":1717200000,"voided_at":1717300000,
        "refunds":[{"amount_refunded":2000,"refund":"re_1"}],"post_payment_amount":3000,
        "out_of_band_amount":null,"total_taxes":[{"amount":500}],
        "customer_balance_transaction":{"id":"cbtxn_1","amount":-1000}})"));
    EXPECT_EQ(recent.refunds.at(0).amount, 2000);
    EXPECT_EQ(recent.out_of_band_amount, 0);
    EXPECT_EQ(recent.post_payment_amount, 3000);
    EXPECT_EQ(recent.total_excluding_tax, 2500);
    EXPECT_EQ(recent.balance_transaction, "cbtxn_1");
    EXPECT_EQ(recent.balance_credit, 1000);
    EXPECT_EQ(recent.voided_at, from_unix(1717300000));
    EXPECT_FALSE(read_credit_note(parse(R"({"id":"cn_1","amount":1,"created":1,
        "customer_balance_transaction":"cbtxn_1"})"))
                     .balance_credit);
}

TEST_F(ObjectShapes, EntitlementSummaryIsTheSetOfItsLookupKeys) {
    const auto summary = read_entitlement_summary(parse(R"({"customer":"cus_1","entitlements":{
        "object":"list","has_more":false,"data":[
        {"id":"ent_2","feature":"feat_2","lookup_key":"sso"},
        {"id":"ent_1","feature":{"id":"feat_1","lookup_key":"api"},"lookup_key":"api"},
        {"id":"ent_3","feature":"feat_3","lookup_key":"sso"}]}})"));
    EXPECT_EQ(summary.customer, "cus_1");
    EXPECT_EQ(summary.lookup_keys, (std::vector<std::string>{"api", "sso"}));
    EXPECT_TRUE(summary.complete);
    const auto cut = read_entitlement_summary(
        parse(R"({"customer":{"id":"cus_2"},"entitlements":{"data":[],"has_more":true}})"));
    EXPECT_EQ(cut.customer, "cus_2");
    EXPECT_TRUE(cut.lookup_keys.empty());
    EXPECT_FALSE(cut.complete);
}

TEST_F(ObjectShapes, ProductFeaturesAreTheListOfTheirProductAlone) {
    const auto list = read_product_features(parse(R"({"object":"list","has_more":true,
        "url":"/v1/products/prod_1/features","data":[
        {"id":"prodft_2","entitlement_feature":{"id":"feat_2","lookup_key":"sso","name":"SSO"}},
        {"id":"prodft_1","entitlement_feature":{"id":"feat_1","lookup_key":"api","name":null}},
        {"id":"prodft_3","entitlement_feature":{"id":"feat_2","lookup_key":"sso","name":"SSO"}}]})"));
    ASSERT_TRUE(list);
    EXPECT_EQ(list->product, "prod_1");
    ASSERT_EQ(list->links.size(), 2u);
    EXPECT_EQ(list->links[0].lookup_key, "api");
    EXPECT_EQ(list->links[0].name, "");
    EXPECT_EQ(list->links[1].name, "SSO");
    EXPECT_FALSE(list->complete);
    for (const char *url : {"/v1/products", "/v1/products/features", "/v1/products//features",
                            "/v1/products/prod_1/features/prodft_1", "/v1/products/a/b/features",
                            "/v1/customers", "/features", ""}) {
        const std::string text = std::string(R"({"object":"list","data":[],"url":")") + url + "\"}";
        EXPECT_FALSE(read_product_features(parse(text))) << url;
    }
    EXPECT_FALSE(read_product_features(parse(R"({"object":"list","data":[]})")));
}

TEST_F(ObjectShapes, EntitlementSummaryNeedsItsCustomerAndItsList) {
    const auto error_in = [&](std::string_view text) {
        return error(read_entitlement_summary, text);
    };
    EXPECT_NE(error_in(R"({"entitlements":{"data":[]}})").find("customer"), std::string::npos);
    EXPECT_NE(error_in(R"({"customer":"cus_1"})").find("entitlements"), std::string::npos);
    EXPECT_NE(error_in(R"({"customer":"cus_1","entitlements":{}})").find("entitlements"),
              std::string::npos);
    EXPECT_NE(error_in(R"({"customer":"cus_1","entitlements":{"data":[{"id":"ent_1"}]}})")
                  .find("entitlements.data[0].lookup_key"),
              std::string::npos);
}

TEST_F(ObjectShapes, CheckoutSessionNamesTheCustomer) {
    const auto s = read_checkout_session(parse(R"({"id":"cs_1","customer":"cus_1",
        "subscription":"sub_1","client_reference_id":"ref","customer_details":{"email":"a@b.c"},
        "metadata":{"external_id":"ext","pg_billing_customer_id":17},"mode":"subscription"})"));
    EXPECT_EQ(s.customer, "cus_1");
    EXPECT_EQ(s.subscription, "sub_1");
    EXPECT_EQ(s.client_reference_id, "ref");
    EXPECT_EQ(s.external_id, "ext");
    EXPECT_EQ(s.pg_billing_customer_id, "") << "a reference that is no string is none";
    EXPECT_EQ(s.email, "a@b.c");
}

TEST_F(ObjectShapes, NothingButAnObjectIsRead) {
    EXPECT_EQ(error(read_customer, R"("cus_1")"), "wrong_type: must be an object");
    EXPECT_EQ(error(read_invoice, "[]"), "wrong_type: must be an object");
    EXPECT_EQ(error(read_discount, "5"), "wrong_type: must be an object");
    EXPECT_EQ(read_discount(parse(R"("di_1")")).id, "di_1");
}

} // namespace
} // namespace billing::stripe
