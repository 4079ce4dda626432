// What check_access answered before, at the same place of the same statement: a policy over a
// million rows looks up each customer once.
//
// An answer is given again only where a look-up would find the same rows: under the same snapshot
// (compared by what it holds, as its address says nothing) of the same transaction, with no
// subtransaction undone in between. The memo lives as long as its call site, holds a bounded number
// of answers and begins anew where there would be more. A call site has none before its second
// call under a snapshot.
#pragma once

#include "pg/values.hpp"

struct HTAB;

namespace billing::entitlements {

// The question, of plain bytes: what is not used is zero.
struct MemoKey {
    static constexpr size_t kMaxCustomer = 40;
    pg::Uuid organization;
    int64_t quantity = 0;
    uint32_t feature = 0;
    uint32_t customer_length = 0;
    std::array<char, kMaxCustomer> customer{}; // a uuid, or a reference
};
static_assert(sizeof(MemoKey) == 32 + MemoKey::kMaxCustomer);

class Memo {
  public:
    // The memo of this call site; nullptr where there is none. It lives in the server's memory.
    static Memo *of(FunctionCallInfo fcinfo);

    // A question of this memo; empty where it is too long to be kept.
    std::optional<MemoKey> key(const pg::Uuid &organization, std::string_view customer,
                               std::string_view feature_key, int64_t quantity);
    // Empty: not asked yet.
    std::optional<bool> find(const MemoKey &key) const;
    // May forget all others, and then what key() named.
    void keep(const MemoKey &key, bool answer);

  private:
    static constexpr int kMaxFeatures = 32;
    struct Feature {
        size_t length;
        const char *text;
    };

    explicit Memo(MemoryContext context) : context_(context) {}
    bool sees(Snapshot snapshot) const;
    void look(Snapshot snapshot);
    void forget();
    void begin();
    std::optional<uint32_t> number_of(std::string_view feature_key);

    MemoryContext context_;           // of the memo
    MemoryContext answers_ = nullptr; // of the table and the features
    HTAB *table_ = nullptr;
    std::array<Feature, kMaxFeatures> features_{};
    uint32_t feature_count_ = 0;

    // The snapshot that the answers were seen under.
    uint64_t undone_ = 0;
    TransactionId xmin_ = 0;
    TransactionId xmax_ = 0;
    CommandId command_ = 0;
    uint32_t running_ = 0;
    int32_t sub_running_ = 0;
    bool overflowed_ = false;
    bool in_recovery_ = false;
    TransactionId *ids_ = nullptr;
    size_t room_ = 0;
};

} // namespace billing::entitlements
