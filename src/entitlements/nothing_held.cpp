#include "entitlements/nothing_held.hpp"

#include "pg/index_probe.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgroids.h"
}

namespace billing::entitlements {

namespace {

pg::IndexProbe overrides{
    "overrides", "overrides_of_customer", {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ}, {}};
pg::IndexProbe summaries{
    "entitlement_summaries", "entitlement_summaries_pkey", {F_UUID_EQ, F_UUID_EQ}, {}};
pg::IndexProbe grants{"feature_grants",
                      "feature_grants_open",
                      {F_UUID_EQ, F_UUID_EQ},
                      {{"product_id", UUIDOID}, {"ends_at", TIMESTAMPTZOID, pg::kNullable}}};
pg::IndexProbe features{"features",
                        "features_organization_id_key_key",
                        {F_UUID_EQ, F_TEXTEQ},
                        {{"id", UUIDOID}, {"credit_key", TEXTOID, pg::kNullable}}};
pg::IndexProbe plan_features{
    "product_features", "product_features_of_product", {F_UUID_EQ, F_UUID_EQ, F_UUID_EQ}, {}};
pg::IndexProbe default_features{
    "product_features", "product_features_default", {F_UUID_EQ, F_UUID_EQ}, {}};
const std::array<pg::IndexProbe *, 6> kAll = {&overrides, &summaries,     &grants,
                                              &features,  &plan_features, &default_features};

// What is read inside pg::call: plain values alone.
struct Products {
    static constexpr size_t kMost = 16;
    std::array<pg::Uuid, kMost> ids;
    size_t count = 0;
};

pg::Uuid uuid_at(Datum value) {
    pg::Uuid out;
    std::copy_n(DatumGetUUIDP(value)->data, out.bytes.size(), out.bytes.begin());
    return out;
}

// The products of the customer's grants that have not ended. More than there is room for are
// counted.
Products products_of(const std::array<Datum, 2> &customer, core::Instant at) {
    Products out;
    grants.scan(customer.data(), [&out, at](const Datum *values, const bool *nulls) {
        if (nulls[1] || pg::instant_of(values[1]) > at) {
            if (out.count < Products::kMost) {
                out.ids[out.count] = uuid_at(values[0]);
            }
            ++out.count;
        }
        return out.count <= Products::kMost;
    });
    return out;
}

struct Feature {
    bool found = false;
    pg::Uuid id;
    bool paid_by_credits = false; // so credits may give it
};

Feature find_feature(Datum organization, Datum key) {
    const std::array<Datum, 2> name = {organization, key};
    Feature out;
    features.scan(name.data(), [&out](const Datum *values, const bool *nulls) {
        out = {true, uuid_at(values[0]), !nulls[1]};
        return false;
    });
    return out;
}

bool give(const Products &products, Datum organization, const pg::Uuid &feature) {
    return std::any_of(products.ids.begin(), products.ids.begin() + products.count,
                       [organization, &feature](const pg::Uuid &product) {
                           const std::array<Datum, 3> key = {organization, pg::as_datum(product),
                                                             pg::as_datum(feature)};
                           return plan_features.finds(key.data());
                       });
}

} // namespace

bool holdings_are_ready() {
    return std::all_of(kAll.begin(), kAll.end(),
                       [](const pg::IndexProbe *one) { return one->is_ready(); });
}

void prepare_holdings() {
    for (pg::IndexProbe *one : kAll) {
        one->prepare();
    }
}

bool holds_nothing(const pg::Uuid &organization, const pg::Uuid &customer,
                   std::string_view feature_key, core::Instant at) {
    const std::array<Datum, 3> key = {pg::as_datum(organization), pg::as_datum(customer),
                                      pg::to_datum(feature_key)};
    const Feature feature = find_feature(key[0], key[2]);
    if (!feature.found) {
        return true; // what no feature is called nobody can have
    }
    const std::array<Datum, 2> of_default = {key[0], pg::as_datum(feature.id)};
    const std::array<Datum, 2> of_customer = {key[0], key[1]};
    if (feature.paid_by_credits || default_features.finds(of_default.data()) ||
        overrides.finds(key.data()) || summaries.finds(of_customer.data())) {
        return false;
    }
    const Products products = products_of(of_customer, at);
    return products.count <= Products::kMost && !give(products, key[0], feature.id);
}

} // namespace billing::entitlements
