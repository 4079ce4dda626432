#include "pg/own_changes.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

OwnChanges::OwnChanges() : exceptions_(std::uncaught_exceptions()) {
    pushed_ = call([] {
        const bool older = GetActiveSnapshot()->curcid != GetCurrentCommandId(false);
        if (older) {
            PushCopiedSnapshot(GetActiveSnapshot());
            UpdateActiveSnapshotCommandId();
        }
        return older;
    });
}

OwnChanges::~OwnChanges() {
    if (pushed_ && std::uncaught_exceptions() == exceptions_) {
        PopActiveSnapshot();
    }
}

} // namespace billing::pg
