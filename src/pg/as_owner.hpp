// For a scope, this backend is the owner of the data, with a fixed search_path: what SECURITY
// DEFINER and SET do at the door of a function, for one that seldom needs it.
//
// The owner is the role billing_owner, by its name in the catalogue. Whoever asks who the caller is
// (GetOuterUserId) learns the same as before. While an exception unwinds the destructor does
// nothing: the abort of the transaction or subtransaction restores role and settings, as it does
// for the server's own definer functions.
#pragma once

#include "pg/boundary.hpp"

namespace billing::pg {

class AsOwner {
  public:
    AsOwner();
    ~AsOwner();
    AsOwner(const AsOwner &) = delete;
    AsOwner &operator=(const AsOwner &) = delete;

  private:
    Oid user_ = InvalidOid;
    int security_ = 0;
    int nest_level_ = 0;
    int exceptions_;
};

} // namespace billing::pg
