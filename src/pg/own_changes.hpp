// For a scope, the active snapshot shows also what this transaction did earlier in the same
// statement, as it does to a statement that is run; of others it shows what it did before. Where
// nothing was done it costs a comparison. While an exception unwinds the destructor does nothing:
// the abort puts the caller's snapshot back.
#pragma once

#include "pg/boundary.hpp"

namespace billing::pg {

class OwnChanges {
  public:
    OwnChanges();
    ~OwnChanges();
    OwnChanges(const OwnChanges &) = delete;
    OwnChanges &operator=(const OwnChanges &) = delete;

  private:
    bool pushed_;
    int exceptions_;
};

} // namespace billing::pg
