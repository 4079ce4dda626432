#include "entitlements/check.hpp"
#include "entitlements/memo.hpp"
#include "entitlements/references.hpp"
#include "pg/as_owner.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

extern "C" {
#include "utils/array.h"
}

namespace billing::entitlements {

namespace {

constexpr int kArguments = 3; // customer, feature_key, quantity
constexpr size_t kMostKeys = 1000;

// A NULL is nothing known, so it is not allowed.
bool any_null(const pg::Args &args) {
    for (int i = 0; i < kArguments; ++i) {
        if (args.is_null(i)) {
            return true;
        }
    }
    return false;
}

struct Asked {
    pg::Uuid organization;
    std::string_view customer; // the bytes of a uuid, or a reference
    std::string_view feature_key;
    int64_t quantity;
};

// The memo's answer, else that of `look`.
template <class Look>
bool remembered(FunctionCallInfo fcinfo, const Asked &asked, Look look) {
    Memo *memo = Memo::of(fcinfo);
    if (memo == nullptr) {
        return look();
    }
    const auto key =
        memo->key(asked.organization, asked.customer, asked.feature_key, asked.quantity);
    if (!key) {
        return look();
    }
    if (const auto known = memo->find(*key)) {
        return *known;
    }
    const bool answer = look();
    memo->keep(*key, answer);
    return answer;
}

std::optional<pg::Uuid> find(const pg::Uuid &organization, const std::string &reference) {
    const pg::AsOwner owner;
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
    const pg::Uuid customer = pg::uuid_of(args.datum(0));
    const std::string_view bytes(reinterpret_cast<const char *>(customer.bytes.data()),
                                 customer.bytes.size());
    const Asked asked{organization, bytes, pg::text_view(args.datum(1)),
                      checked_quantity(DatumGetInt64(args.datum(2)))};
    return BoolGetDatum(remembered(fcinfo, asked, [&] {
        return check(organization, customer, asked.feature_key, asked.quantity, Want::verdict)
            .allowed;
    }));
}

PG_BILLING_FUNCTION(billing_check_access_text, check) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    if (any_null(args)) {
        return BoolGetDatum(false);
    }
    const Asked asked{organization, pg::text_view(args.datum(0)), pg::text_view(args.datum(1)),
                      checked_quantity(DatumGetInt64(args.datum(2)))};
    return BoolGetDatum(remembered(fcinfo, asked, [&] {
        const auto customer = find(organization, std::string(asked.customer));
        return customer &&
               check(organization, *customer, asked.feature_key, asked.quantity, Want::verdict)
                   .allowed;
    }));
}

PG_BILLING_FUNCTION(billing_check_access_many, check) {
    const pg::Args args(fcinfo);
    const pg::Uuid organization = current_organization();
    pg::RowSet rows(fcinfo);
    if (args.is_null(1)) {
        return rows.done();
    }
    const auto keys = texts_of(args.datum(1));
    if (keys.size() > kMostKeys) {
        throw pg::invalid("feature_keys", "must have at most 1000 elements");
    }
    const auto customer = args.uuid_or_null(0);
    for (const auto &key : keys) {
        Checked checked{false, 0};
        if (customer && key) {
            checked = check(organization, *customer, *key, 1, Want::remaining);
        }
        rows.row(key, checked.allowed, checked.remaining);
    }
    return rows.done();
}

} // namespace billing::entitlements
