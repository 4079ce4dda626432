#include "pg/as_owner.hpp"

extern "C" {
#include "utils/acl.h"
}

namespace billing::pg {

AsOwner::AsOwner() : exceptions_(std::uncaught_exceptions()) {
    call([this] {
        const Oid owner = get_role_oid("billing_owner", false);
        GetUserIdAndSecContext(&user_, &security_);
        nest_level_ = NewGUCNestLevel();
        (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                                GUC_ACTION_SAVE, true, 0, false);
        SetUserIdAndSecContext(owner, security_ | SECURITY_LOCAL_USERID_CHANGE);
    });
}

AsOwner::~AsOwner() {
    if (std::uncaught_exceptions() == exceptions_) {
        AtEOXact_GUC(true, nest_level_);
        SetUserIdAndSecContext(user_, security_);
    }
}

} // namespace billing::pg
