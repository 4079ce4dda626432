// INSERT and UPDATE of the view customers, as PostgREST's POST and PATCH make them: the same code
// as create_customer() and update_customer(). What a caller may not write must stay as it is.

#include "customers/deferred.hpp"
#include "customers/view_row.hpp"
#include "customers/write.hpp"
#include "tenancy/schema.hpp"

namespace billing::customers {

namespace {

using Set = void (*)(Fields &, const std::string &, pg::FieldErrors &);

bool is_written(std::string_view column) {
    return column == "email" || column == "name" || column == "external_id" || column == "metadata";
}

// Another text, or none any more.
void take(const ViewRow &before, const ViewRow &after, const char *column, Set set,
          std::optional<std::string> Fields::*member, Fields &fields, pg::FieldErrors &errors) {
    if (before.same(after, column)) {
        return;
    }
    if (const auto text = after.text(column)) {
        set(fields, *text, errors);
    } else {
        fields.*member = "";
    }
}

Fields difference(const ViewRow &before, const ViewRow &after, pg::FieldErrors &errors) {
    Fields fields;
    take(before, after, "email", set_email, &Fields::email, fields, errors);
    take(before, after, "name", set_name, &Fields::name, fields, errors);
    take(before, after, "external_id", set_external_id, &Fields::external_id, fields, errors);
    if (!before.same(after, "metadata")) {
        fields.replaces_metadata = true;
        if (const auto metadata = after.datum("metadata")) {
            set_metadata(fields, *metadata, errors);
        } else {
            fields.metadata = Metadata{};
        }
    }
    for (const std::string &column : after.columns()) {
        if (!is_written(column) && !before.same(after, column)) {
            errors.add(column, "is not to be written");
        }
    }
    return fields;
}

} // namespace

PG_BILLING_FUNCTION(billing_customers_insert, write) {
    const ViewCall call(fcinfo, ViewCall::Event::insert);
    Customer made;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        pg::FieldErrors errors;
        const Fields fields = difference(call.nothing(), call.after(), errors);
        if (!call.after().text("email")) {
            errors.add("email", "must not be null");
        }
        errors.raise();
        made = create(fields);
    }
    return call.answer(made.columns());
}

PG_BILLING_FUNCTION(billing_customers_update, write) {
    const ViewCall call(fcinfo, ViewCall::Event::update);
    Customer updated;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        pg::FieldErrors errors;
        const Fields fields = difference(call.before(), call.after(), errors);
        errors.raise();
        updated = defer_update(call.before().id(), fields, call.before().seen());
    }
    return call.answer(updated.columns());
}

PG_BILLING_FUNCTION(billing_customers_statement, write) {
    require_end_of_statement(fcinfo);
    {
        const pg::Spi spi;
        tenancy::require_schema();
        do_deferred();
    }
    return Datum(0);
}

} // namespace billing::customers
