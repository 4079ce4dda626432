#include "customers/listing.hpp"

namespace billing::customers {

namespace {

struct StandingWord {
    std::string_view word;
    const char *condition; // on customers AS c; else the word is one of customer_standings AS s
};
// By Standing. Who was merged is listed as who it became; such a row is always archived.
constexpr StandingWord kStandings[] = {
    {"active", " AND c.archived_at IS NULL"},
    {"archived", " AND c.archived_at IS NOT NULL AND c.merged_into IS NULL"},
    {"all", " AND c.merged_into IS NULL"},
    {"paying", nullptr},
    {"trialing", nullptr},
    {"past_due", nullptr},
    {"churned", nullptr}};
constexpr int kStandingCount = std::size(kStandings);

bool is_by_standing(Standing standing) {
    return kStandings[static_cast<int>(standing)].condition == nullptr;
}

constexpr char kCustomers[] = " FROM billing_internal.customers AS c WHERE c.organization_id = $1";
constexpr char kStanders[] =
    " FROM billing_internal.customer_standings AS s WHERE s.organization_id = $1";
constexpr char kCustomersOfStanding[] =
    " FROM billing_internal.customer_standings AS s JOIN billing_internal.customers AS c "
    "ON c.organization_id = $1 AND c.id = s.customer_id WHERE s.organization_id = $1";

// Parameters of every statement; those that one does not use are NULL.
constexpr std::initializer_list<Oid> kTypes = {UUIDOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
                                               INT8OID, INT8OID, TIMESTAMPTZOID, UUIDOID};

enum class Part : uint8_t {
    from_start,
    count,
    after,          // behind a created_at and an id
    after_uncreated // behind an id, of those without created_at
};

// Which statement; every flag is one filter.
struct Shape {
    Part part;
    Standing standing;
    bool email;
    bool from;
    bool to;

    static constexpr int kCount = 4 * kStandingCount * 8;
    int index() const {
        return ((static_cast<int>(part) * kStandingCount + static_cast<int>(standing)) * 2 +
                (email ? 1 : 0)) *
                   4 +
               (from ? 2 : 0) + (to ? 1 : 0);
    }

    std::string source() const {
        const StandingWord &word = kStandings[static_cast<int>(standing)];
        if (!is_by_standing(standing)) {
            return kCustomers + std::string(word.condition);
        }
        const bool alone = part == Part::count && !email;
        return (alone ? kStanders : kCustomersOfStanding) + std::string(" AND s.standing = '") +
               std::string(word.word) + "'";
    }

    std::string sql() const {
        const std::string at = is_by_standing(standing) ? "s.created_at" : "c.created_at";
        const std::string id = is_by_standing(standing) ? "s.customer_id" : "c.id";
        std::string out =
            part == Part::count ? "SELECT count(*)" : std::string("SELECT ") + kCustomerColumns;
        out += source();
        out += email ? " AND c.email = $2" : "";
        out += from ? " AND " + at + " >= $3 AND " + at + " < 'infinity'" : "";
        out += to ? " AND " + at + " < $4" : "";
        if (part == Part::count) {
            return out;
        }
        if (part == Part::after) {
            out += " AND (" + at + ", " + id + ") < ($7, $8)";
        } else if (part == Part::after_uncreated) {
            out += " AND " + at + " IS NULL AND " + id + " < $8";
        }
        return out + " ORDER BY " + at + " DESC, " + id + " DESC LIMIT $5 OFFSET $6";
    }
};

// Calls read(row) for each.
template <class Read>
void run(const PageRequest &request, Part part, const pg::Params &params, Read read) {
    static std::array<SPIPlanPtr, Shape::kCount> kept{};
    const Shape shape{part, request.standing, request.email.has_value(),
                      request.created_from.has_value(), request.created_to.has_value()};
    SPIPlanPtr &place = kept[shape.index()];
    const std::string sql = place == nullptr ? shape.sql() : std::string();
    pg::Plan plan(sql.c_str(), kTypes);
    plan.kept = place;
    const pg::Result rows = pg::run(plan, params, pg::Access::read);
    place = plan.kept;
    for (size_t i = 0; i < rows.size(); ++i) {
        read(rows[i]);
    }
}

pg::Params params_of(const PageRequest &request, int64_t size, const Cursor &after) {
    return pg::Params(request.organization, request.email, pg::timestamp(request.created_from),
                      pg::timestamp(request.created_to), size, request.offset,
                      pg::timestamp(after.created_at), after.id);
}

// Before everybody who has a created_at.
Cursor first_created() {
    Cursor cursor;
    cursor.id.bytes.fill(0xff);
    cursor.created_at = core::kNever;
    return cursor;
}

} // namespace

std::optional<Standing> standing_from(std::string_view word) {
    for (int i = 0; i < kStandingCount; ++i) {
        if (kStandings[i].word == word) {
            return static_cast<Standing>(i);
        }
    }
    return std::nullopt;
}

std::vector<Customer> page_of(const PageRequest &request) {
    std::vector<Customer> page;
    const auto append = [&](Part part, const Cursor &after) {
        const int64_t left = request.size - static_cast<int64_t>(page.size());
        run(request, part, params_of(request, left, after),
            [&page](const pg::Row &row) { page.push_back(customer_of(row)); });
    };
    if (!request.after) {
        append(Part::from_start, {});
    } else if (request.after->created_at) {
        append(Part::after, *request.after);
    } else if (is_by_standing(request.standing)) {
        append(Part::after, {request.after->id, core::kNever}); // as customer_standings has it
    } else {
        append(Part::after_uncreated, *request.after);
        append(Part::after, first_created());
    }
    return page;
}

int64_t count_of(const PageRequest &request) {
    int64_t count = 0;
    run(request, Part::count, params_of(request, 0, {}),
        [&count](const pg::Row &row) { count = row.i64(0); });
    return count;
}

std::optional<Cursor> cursor_of(const pg::Uuid &organization, const pg::Uuid &customer) {
    static pg::Plan plan{"SELECT c.created_at FROM billing_internal.customers AS c "
                         "WHERE c.organization_id = $1 AND c.id = $2",
                         {UUIDOID, UUIDOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, customer), pg::Access::read);
    if (rows.empty()) {
        return std::nullopt;
    }
    return Cursor{customer, rows[0].instant_or_null(0)};
}

} // namespace billing::customers
