#include "core/text.hpp"
#include "customers/listing.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::customers {

namespace {

constexpr int32_t kMaxPage = 500;

PageRequest read_request(const pg::Args &args, pg::FieldErrors &errors) {
    PageRequest request;
    const auto standing = standing_from(args.text_or_null(0).value_or(""));
    if (!standing) {
        errors.add("status",
                   "must be active, archived, all, paying, trialing, past_due or churned");
    }
    request.standing = standing.value_or(Standing::active);
    if (const auto email = args.text_or_null(1)) {
        request.email = core::lower_case(*email);
    }
    request.created_from = args.instant_or_null(2, "created_from");
    request.created_to = args.instant_or_null(3, "created_to");
    request.size = args.i32(4, "page_size");
    if (request.size < 1 || request.size > kMaxPage) {
        errors.add("page_size", "must be 1 to 500");
    }
    request.offset = args.i32(5, "page_offset");
    if (request.offset < 0) {
        errors.add("page_offset", "must not be negative");
    }
    if (request.offset > 0 && !args.is_null(6)) {
        errors.add("page_offset", "must be 0 where after is given");
    }
    return request;
}

} // namespace

PG_BILLING_FUNCTION(billing_list_customers, read) {
    const pg::Args args(fcinfo);
    pg::RowSet out(fcinfo);
    pg::FieldErrors errors;
    PageRequest request = read_request(args, errors);
    errors.raise();
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    request.organization = current_organization();
    std::optional<int64_t> total;
    if (const auto after = args.uuid_or_null(6)) {
        request.after = cursor_of(request.organization, *after);
        if (!request.after) {
            throw pg::invalid("after", "must be the id of a customer");
        }
    } else {
        total = count_of(request);
    }
    for (const Customer &customer : page_of(request)) {
        pg::TupleBuilder row = customer.columns();
        row.put(total);
        out.add(row);
    }
    return out.done();
}

} // namespace billing::customers
