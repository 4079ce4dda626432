#include "tenancy/members.hpp"

#include "tenancy/organization.hpp"

namespace billing::tenancy {

namespace {

constexpr std::array<std::string_view, 3> kWords = {"member", "admin", "owner"};

// What it takes to change somebody who is, or becomes, an owner.
void require_may_change(bool owner, bool by_owner) {
    if (owner && !by_owner) {
        throw pg::Error(pg::Code::forbidden, "only an owner may make, change or remove owners")
            .hint("Ask an owner of the organization, or use a member of billing_service.");
    }
}

void require_another_owner(const pg::Uuid &organization, const std::string &user) {
    static pg::Plan plan{"SELECT 1 FROM billing_internal.members "
                         "WHERE organization_id = $1 AND role = 'owner' AND user_id <> $2",
                         {UUIDOID, TEXTOID}};
    if (pg::run(plan, pg::Params(organization, user), pg::Access::write, 1).empty()) {
        throw pg::Error(pg::Code::conflict, "the organization would have no owner")
            .field("user_id", "is the last owner")
            .hint("Make another member an owner first.");
    }
}

} // namespace

std::string_view word_of(Role role) {
    return kWords[static_cast<size_t>(role)];
}

Role role_of(std::string_view word) {
    for (size_t i = 0; i < kWords.size(); ++i) {
        if (kWords[i] == word) {
            return static_cast<Role>(i);
        }
    }
    throw pg::invalid("role", "must be owner, admin or member");
}

std::optional<Role> find_role(const pg::Uuid &organization, const std::string &user,
                              pg::Access access) {
    static pg::Plan plan{"SELECT role FROM billing_internal.members "
                         "WHERE organization_id = $1 AND user_id = $2",
                         {UUIDOID, TEXTOID}};
    const pg::Result rows = pg::run(plan, pg::Params(organization, user), access);
    return rows.empty() ? std::nullopt : std::optional(role_of(rows[0].text(0)));
}

void put_member(const pg::Uuid &organization, const std::string &user, Role role, bool by_owner) {
    (void)lock_lane(organization);
    const auto before = find_role(organization, user, pg::Access::write);
    if (before == role) {
        return;
    }
    require_may_change(role == Role::owner || before == Role::owner, by_owner);
    if (before == Role::owner) {
        require_another_owner(organization, user);
    }
    static pg::Plan plan{
        "INSERT INTO billing_internal.members AS m "
        "(organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (organization_id, user_id) DO UPDATE SET role = EXCLUDED.role",
        {UUIDOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}};
    pg::run(plan,
            pg::Params(organization, user, word_of(role), pg::Timestamp{pg::transaction_start()}),
            pg::Access::write);
}

void drop_member(const pg::Uuid &organization, const std::string &user, bool by_owner) {
    (void)lock_lane(organization);
    const auto before = find_role(organization, user, pg::Access::write);
    if (!before) {
        throw pg::Error(pg::Code::not_found, "the user is not a member")
            .field("user_id", "is unknown")
            .hint("list_members() gives the members.");
    }
    require_may_change(before == Role::owner, by_owner);
    if (before == Role::owner) {
        require_another_owner(organization, user);
    }
    static pg::Plan plan{"DELETE FROM billing_internal.members "
                         "WHERE organization_id = $1 AND user_id = $2",
                         {UUIDOID, TEXTOID}};
    pg::run(plan, pg::Params(organization, user), pg::Access::write);
}

} // namespace billing::tenancy
