#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::catalog {

namespace {

constexpr size_t kMaxName = 200;
constexpr size_t kMaxStripeId = 255;

struct NewProduct {
    std::string name;
    std::string metadata; // a JSON object, as jsonb writes it
    std::optional<std::string> stripe_id;
};

NewProduct read_product(const pg::Args &args) {
    NewProduct product{args.text(0, "name"), "{}", args.text_or_null(2)};
    if (product.name.empty() || product.name.size() > kMaxName) {
        throw pg::invalid("name", "must have 1 to 200 bytes");
    }
    if (!args.is_null(1)) {
        product.metadata = pg::jsonb_text(args.datum(1));
    }
    if (product.metadata.front() != '{') {
        throw pg::invalid("metadata", "must be a JSON object");
    }
    if (product.stripe_id &&
        (product.stripe_id->empty() || product.stripe_id->size() > kMaxStripeId)) {
        throw pg::invalid("stripe_product_id", "must have 1 to 255 bytes");
    }
    return product;
}

pg::Uuid insert(const pg::Uuid &organization, const NewProduct &product) {
    static pg::Plan plan{
        "INSERT INTO billing_internal.products (organization_id, id, stripe_product_id, name, "
        "metadata, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
        {UUIDOID, UUIDOID, TEXTOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    const pg::Uuid id = pg::new_uuid();
    pg::run(plan,
            pg::Params(organization, id, product.stripe_id, product.name,
                       pg::JsonbText{product.metadata}, pg::Timestamp{pg::transaction_start()}),
            pg::Access::write);
    return id;
}

// A product without a Stripe id is the same again when it says the same.
std::optional<pg::Uuid> same_local(const pg::Uuid &organization, const NewProduct &product) {
    static pg::Plan plan{
        "SELECT id FROM billing_internal.products WHERE organization_id = $1 "
        "AND stripe_product_id IS NULL AND name = $2 AND metadata = $3 ORDER BY id LIMIT 1",
        {UUIDOID, TEXTOID, JSONBOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, product.name, pg::JsonbText{product.metadata}),
                pg::Access::write);
    return rows.empty() ? std::nullopt : std::optional(rows[0].uuid(0));
}

// A row that only stands in for a Stripe product becomes the one that is being made.
void fill(const pg::Uuid &organization, const pg::Uuid &id, const NewProduct &product) {
    static pg::Plan plan{"UPDATE billing_internal.products SET name = $3, metadata = $4, "
                         "created_at = COALESCE(created_at, $5), updated_at = $5 "
                         "WHERE organization_id = $1 AND id = $2",
                         {UUIDOID, UUIDOID, TEXTOID, JSONBOID, TIMESTAMPTZOID}};
    pg::run(plan,
            pg::Params(organization, id, product.name, pg::JsonbText{product.metadata},
                       pg::Timestamp{pg::transaction_start()}),
            pg::Access::write);
}

// What Stripe said of its product stays; what was said here must be the same again.
std::optional<pg::Uuid> same_at_stripe(const pg::Uuid &organization, const NewProduct &product) {
    static pg::Plan plan{
        "SELECT id, seen_created IS NOT NULL, name, metadata FROM billing_internal.products "
        "WHERE organization_id = $1 AND stripe_product_id = $2",
        {UUIDOID, TEXTOID}};
    const pg::Result rows =
        pg::run(plan, pg::Params(organization, *product.stripe_id), pg::Access::write);
    if (rows.empty()) {
        return std::nullopt;
    }
    const pg::Row row = rows[0];
    const pg::Uuid id = row.uuid(0);
    if (row.boolean(1)) {
        return id;
    }
    if (row.is_null(2)) {
        fill(organization, id, product);
        return id;
    }
    if (row.text(2) == product.name && row.json(3) == product.metadata) {
        return id;
    }
    throw pg::Error(pg::Code::conflict, "this Stripe product belongs to another product")
        .field("stripe_product_id", "is taken by the product \"" + row.text(2) + "\"")
        .hint("One Stripe product is one product here; find it with billing.find_product().");
}

// The lane keeps apply, which makes rows for the same Stripe ids, and other callers out.
pg::Uuid create(const NewProduct &product) {
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    const pg::Uuid organization = tenancy::get_organization(current_organization()).id;
    tenancy::lock_lane(organization);
    const auto same = product.stripe_id ? same_at_stripe(organization, product)
                                        : same_local(organization, product);
    return same ? *same : insert(organization, product);
}

std::optional<pg::Timestamp> time_at(const pg::Row &row, int column) {
    return pg::timestamp(row.instant_or_null(column));
}

} // namespace

PG_BILLING_FUNCTION(billing_create_product) {
    const pg::Args args(fcinfo);
    const NewProduct product = read_product(args);
    const pg::Uuid id = create(product);
    return pg::to_datum(id);
}

PG_BILLING_FUNCTION(billing_list_products, read) {
    pg::RowSet out(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    static pg::Plan plan{
        "SELECT id, stripe_product_id, name, active, metadata, created_at, updated_at "
        "FROM billing_internal.products WHERE organization_id = $1 AND deleted_at IS NULL "
        "ORDER BY created_at, id",
        {UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(current_organization()), pg::Access::read);
    for (size_t i = 0; i < rows.size(); ++i) {
        const pg::Row row = rows[i];
        const std::string stripe_id = row.text(1);
        const std::string name = row.text(2);
        out.row(row.uuid(0), pg::nullable(stripe_id), pg::nullable(name), row.boolean(3),
                pg::Raw{row.datum(4)}, time_at(row, 5), time_at(row, 6));
    }
    return out.done();
}

PG_BILLING_FUNCTION(billing_find_product, read) {
    const pg::Args args(fcinfo);
    const std::string stripe_id = args.text_or_null(0).value_or("");
    std::optional<pg::Uuid> id;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        static pg::Plan plan{"SELECT id FROM billing_internal.products "
                             "WHERE organization_id = $1 AND stripe_product_id = $2",
                             {UUIDOID, TEXTOID}};
        const pg::Result rows =
            pg::run(plan, pg::Params(current_organization(), stripe_id), pg::Access::read);
        if (!rows.empty()) {
            id = rows[0].uuid(0);
        }
    }
    return id ? pg::to_datum(*id) : pg::return_null(fcinfo);
}

} // namespace billing::catalog
