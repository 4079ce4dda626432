#include "entitlements/check.hpp"
#include "entitlements/references.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

extern "C" {
#include "utils/array.h"
}

namespace billing::entitlements {

namespace {

constexpr int kArguments = 3; // customer, feature_key, quantity

// A NULL is nothing known, so it is not allowed.
bool any_null(const pg::Args &args) {
    for (int i = 0; i < kArguments; ++i) {
        if (args.is_null(i)) {
            return true;
        }
    }
    return false;
}

std::optional<pg::Uuid> find(const pg::Uuid &organization, const std::string &reference) {
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    return find_customer(organization, reference, pg::Access::read);
}

std::vector<std::optional<std::string>> texts_of(Datum array) {
    Datum *values = nullptr;
    bool *nulls = nullptr;
    int count = 0;
    pg::call([&] {
        deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values,
                          &nulls, &count);
    });
    std::vector<std::optional<std::string>> out;
    for (int i = 0; i < count; ++i) {
        out.push_back(nulls[i] ? std::nullopt : std::optional(pg::text_of(values[i])));
    }
    return out;
}

} // namespace

PG_BILLING_FUNCTION(billing_check_access, check) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    if (any_null(args)) {
        return BoolGetDatum(false);
    }
    const int64_t quantity = checked_quantity(args.i64(2, "quantity"));
    return BoolGetDatum(check(organization, args.uuid(0, "customer_id"),
                              args.text(1, "feature_key"), quantity, Want::verdict)
                            .allowed);
}

PG_BILLING_FUNCTION(billing_check_access_text, check) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    if (any_null(args)) {
        return BoolGetDatum(false);
    }
    const int64_t quantity = checked_quantity(args.i64(2, "quantity"));
    const auto customer = find(organization, args.text(0, "customer"));
    if (!customer) {
        return BoolGetDatum(false);
    }
    return BoolGetDatum(
        check(organization, *customer, args.text(1, "feature_key"), quantity, Want::verdict)
            .allowed);
}

PG_BILLING_FUNCTION(billing_check_access_many, check) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    pg::RowSet rows(fcinfo);
    if (args.is_null(1)) {
        return rows.done();
    }
    const auto customer = args.uuid_or_null(0);
    for (const auto &key : texts_of(args.datum(1))) {
        Checked checked{false, 0};
        if (customer && key) {
            checked = check(organization, *customer, *key, 1, Want::remaining);
        }
        rows.row(key, checked.allowed, checked.remaining);
    }
    return rows.done();
}

} // namespace billing::entitlements
