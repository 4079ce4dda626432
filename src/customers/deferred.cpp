#include "customers/deferred.hpp"

#include "customers/taking.hpp"
#include "tenancy/organization.hpp"

#include <algorithm>
#include <new>

extern "C" {
#include "access/xact.h"
#include "utils/memutils.h"
}

namespace billing::customers {

namespace {

struct Entry {
    Deferred what;
    SubTransactionId made_in;
};
using Entries = std::vector<Entry>;

// Lives in a memory context of the transaction, and goes with it.
Entries *entries = nullptr;
bool registered = false;

void destroy(void *) {
    entries->~Entries();
    entries = nullptr;
}

// A subtransaction that is undone takes what it and its own subtransactions deferred with it.
void on_subtransaction(SubXactEvent event, SubTransactionId id, SubTransactionId, void *) {
    if (event == SUBXACT_EVENT_ABORT_SUB && entries != nullptr) {
        std::erase_if(*entries, [id](const Entry &entry) { return entry.made_in >= id; });
    }
}

Entries &kept() {
    if (!registered) {
        pg::call([] { RegisterSubXactCallback(on_subtransaction, nullptr); });
        registered = true;
    }
    if (entries == nullptr) {
        pg::call([] {
            MemoryContext context = AllocSetContextCreate(
                TopTransactionContext, "billing deferred customers", ALLOCSET_SMALL_SIZES);
            auto *callback = static_cast<MemoryContextCallback *>(
                MemoryContextAllocZero(context, sizeof(MemoryContextCallback)));
            void *room = MemoryContextAlloc(context, sizeof(Entries));
            entries = new (room) Entries;
            callback->func = destroy;
            MemoryContextRegisterResetCallback(context, callback);
        });
    }
    return *entries;
}

} // namespace

void defer(Deferred what) {
    kept().push_back({std::move(what), GetCurrentSubTransactionId()});
}

void do_deferred() {
    if (entries == nullptr || entries->empty()) {
        return;
    }
    // Taken out first: what is done may fail, or run statements of its own.
    const Entries all = std::exchange(*entries, {});
    const pg::Uuid organization = all.front().what.organization;
    const pg::EnginePlanning planning;
    if (std::any_of(all.begin(), all.end(), [](const Entry &e) { return e.what.needs_lane; })) {
        (void)tenancy::lock_lane(organization);
    }
    std::vector<pg::Uuid> customers;
    for (const Entry &entry : all) {
        customers.push_back(entry.what.customer);
    }
    take(organization, std::move(customers));
    for (const Entry &entry : all) {
        entry.what.act();
    }
}

} // namespace billing::customers
