// Who may work for an organization. Every change holds the organization's lane, so that two of them
// cannot leave it without an owner.
#pragma once

#include "pg/spi.hpp"

namespace billing::tenancy {

enum class Role : uint8_t { member, admin, owner };

std::string_view word_of(Role role);
// Throws validation_failed.
Role role_of(std::string_view word);

// These need an open Spi and run in a definer function. `by_owner`: whether the caller may make,
// change and remove owners; where it may not they throw forbidden. They throw conflict where no
// owner would be left.
void put_member(const pg::Uuid &organization, const std::string &user, Role role, bool by_owner);
// Throws not_found.
void drop_member(const pg::Uuid &organization, const std::string &user, bool by_owner);
std::optional<Role> find_role(const pg::Uuid &organization, const std::string &user,
                              pg::Access access);

} // namespace billing::tenancy
