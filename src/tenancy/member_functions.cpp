#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/members.hpp"
#include "tenancy/schema.hpp"

namespace billing::tenancy {

namespace {

std::string checked_user(const pg::Args &args) {
    std::string user = args.text(0, "user_id");
    if (user.empty() || user.size() > Trusted::kMaxUser) {
        throw pg::invalid("user_id", "must have 1 to 255 bytes");
    }
    return user;
}

// A back end may; of requests those of users who are owners. An API key has no owner.
bool caller_is_owner(const pg::Uuid &organization) {
    if (trusted().kind == CallerKind::service) {
        return true;
    }
    return trusted().kind == CallerKind::user &&
           find_role(organization, trusted().user.data(), pg::Access::write) == Role::owner;
}

void add_rows(pg::RowSet &rows, const pg::Result &found) {
    for (size_t i = 0; i < found.size(); ++i) {
        rows.row(found[i].uuid(0), found[i].text(1), found[i].text(2));
    }
}

void list_memberships(pg::RowSet &rows, const std::string &user) {
    static pg::Plan plan{"SELECT m.organization_id, o.name, m.role "
                         "FROM billing_internal.members AS m "
                         "JOIN billing_internal.organizations AS o ON o.id = m.organization_id "
                         "WHERE m.user_id = $1 ORDER BY o.name, m.organization_id",
                         {TEXTOID}};
    const pg::EnginePlanning planning;
    add_rows(rows, pg::run(plan, pg::Params(user), pg::Access::read));
}

void list_one(pg::RowSet &rows, const pg::Uuid &organization) {
    static pg::Plan plan{"SELECT o.id, o.name, 'api_key'::text "
                         "FROM billing_internal.organizations AS o WHERE o.id = $1",
                         {UUIDOID}};
    add_rows(rows, pg::run(plan, pg::Params(organization), pg::Access::read));
}

void list_all(pg::RowSet &rows) {
    if (!outer_user_is("billing_service")) {
        return;
    }
    static pg::Plan plan{"SELECT o.id, o.name, 'service'::text "
                         "FROM billing_internal.organizations AS o ORDER BY o.name, o.id",
                         {}};
    add_rows(rows, pg::run(plan, pg::Params(), pg::Access::read));
}

} // namespace

PG_BILLING_FUNCTION(billing_my_organizations, any) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    require_schema();
    switch (trusted().kind) {
    case CallerKind::service:
        list_all(rows);
        break;
    case CallerKind::key:
        list_one(rows, current_organization());
        break;
    case CallerKind::user:
        list_memberships(rows, trusted().user.data());
        break;
    case CallerKind::anonymous:
        break;
    }
    return rows.done();
}

PG_BILLING_FUNCTION(billing_add_member, admin) {
    const pg::Args args(fcinfo);
    const std::string user = checked_user(args);
    const Role role = role_of(args.text(1, "role"));
    {
        const pg::Spi spi;
        require_schema();
        const pg::Uuid organization = current_organization();
        put_member(organization, user, role, caller_is_owner(organization));
    }
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_remove_member, admin) {
    const pg::Args args(fcinfo);
    const std::string user = checked_user(args);
    {
        const pg::Spi spi;
        require_schema();
        const pg::Uuid organization = current_organization();
        drop_member(organization, user, caller_is_owner(organization));
    }
    return pg::return_void();
}

PG_BILLING_FUNCTION(billing_list_members, admin) {
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    require_schema();
    static pg::Plan plan{"SELECT user_id, role, created_at FROM billing_internal.members "
                         "WHERE organization_id = $1 ORDER BY user_id",
                         {UUIDOID}};
    const pg::Result found = pg::run(plan, pg::Params(current_organization()), pg::Access::read);
    for (size_t i = 0; i < found.size(); ++i) {
        const pg::Row row = found[i];
        rows.row(row.text(0), row.text(1), pg::Timestamp{row.instant(2)});
    }
    return rows.done();
}

} // namespace billing::tenancy
