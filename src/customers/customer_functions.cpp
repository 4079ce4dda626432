#include "customers/write.hpp"
#include "tenancy/schema.hpp"

namespace billing::customers {

namespace {

using Set = void (*)(Fields &, const std::string &, pg::FieldErrors &);

// An argument that may be NULL: then it is not given.
void take(const pg::Args &args, int i, Set set, Fields &fields, pg::FieldErrors &errors) {
    if (const auto text = args.text_or_null(i)) {
        set(fields, *text, errors);
    }
}

void require(const pg::Args &args, int i, std::string_view name, pg::FieldErrors &errors) {
    if (args.is_null(i)) {
        errors.add(name, "must not be NULL");
    }
}

void take_metadata(const pg::Args &args, int i, Fields &fields, pg::FieldErrors &errors) {
    if (!args.is_null(i)) {
        set_metadata(fields, args.datum(i), errors);
    }
}

} // namespace

PG_BILLING_FUNCTION(billing_create_customer, write) {
    const pg::Args args(fcinfo);
    Customer made;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        Fields fields;
        pg::FieldErrors errors;
        require(args, 0, "email", errors);
        take(args, 0, set_email, fields, errors);
        take(args, 1, set_name, fields, errors);
        take(args, 2, set_external_id, fields, errors);
        take_metadata(args, 3, fields, errors);
        errors.raise();
        made = create(fields);
    }
    return pg::return_row(fcinfo, made.columns());
}

PG_BILLING_FUNCTION(billing_ensure_customer, write) {
    const pg::Args args(fcinfo);
    Customer ensured;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        Fields fields;
        pg::FieldErrors errors;
        require(args, 0, "external_id", errors);
        take(args, 0, set_external_id, fields, errors);
        take(args, 1, set_email, fields, errors);
        take(args, 2, set_name, fields, errors);
        take_metadata(args, 3, fields, errors);
        errors.raise();
        ensured = ensure(fields);
    }
    return pg::return_row(fcinfo, ensured.columns());
}

PG_BILLING_FUNCTION(billing_update_customer, write) {
    const pg::Args args(fcinfo);
    const pg::Uuid id = args.uuid(0, "customer_id");
    const auto expected = args.instant_or_null(2, "expected_updated_at");
    Customer updated;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        pg::FieldErrors errors;
        require(args, 1, "patch", errors);
        errors.raise();
        const Fields fields = read_patch(args.datum(1), errors);
        errors.raise();
        updated = update(id, fields, {expected, "expected_updated_at"});
    }
    return pg::return_row(fcinfo, updated.columns());
}

} // namespace billing::customers
