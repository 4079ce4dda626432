#include "pg/planning.hpp"

#include "pg/boundary.hpp"

#include <algorithm>

extern "C" {
#include "access/transam.h"
#include "nodes/pathnodes.h"
#include "optimizer/plancat.h"
}

namespace billing::pg {

namespace {

get_relation_info_hook_type next_hook = nullptr;
// How many EnginePlanning live. Plain memory: it needs no clean-up by the server.
int depth = 0;

constexpr double kRows = 1e6;
constexpr BlockNumber kTablePages = 50'000;
constexpr BlockNumber kIndexPages = 5'000;

// Called by the planner, outside every door: nothing here can throw.
void plan_as_large(PlannerInfo *root, Oid relation, bool inherits, RelOptInfo *info) {
    if (next_hook != nullptr) {
        next_hook(root, relation, inherits, info);
    }
    if (depth == 0 || info->tuples >= kRows || relation < FirstNormalObjectId) {
        return;
    }
    info->tuples = kRows;
    info->pages = std::max(info->pages, kTablePages);
    ListCell *cell = nullptr;
    foreach (cell, info->indexlist) {
        IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);
        index->tuples = kRows;
        index->pages = std::max(index->pages, kIndexPages);
        index->tree_height = std::max(index->tree_height, 2);
    }
}

} // namespace

void install_planner_hook() {
    next_hook = get_relation_info_hook;
    get_relation_info_hook = plan_as_large;
}

EnginePlanning::EnginePlanning() : exceptions_(std::uncaught_exceptions()) {
    nest_level_ = call([] {
        const int level = NewGUCNestLevel();
        const char *settings[][2] = {{"enable_seqscan", "off"},
                                     {"enable_hashjoin", "off"},
                                     {"enable_mergejoin", "off"},
                                     {"enable_material", "off"},
                                     {"enable_bitmapscan", "off"},
                                     {"join_collapse_limit", "1"},
                                     // A plan for a large table looks worth compiling; it is not.
                                     {"jit", "off"},
                                     {"plan_cache_mode", "force_generic_plan"}};
        for (const auto &[name, value] : settings) {
            (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                                    0, false);
        }
        return level;
    });
    ++depth;
}

EnginePlanning::~EnginePlanning() {
    --depth;
    // While an error unwinds, the transaction's abort restores the settings.
    if (std::uncaught_exceptions() == exceptions_) {
        AtEOXact_GUC(true, nest_level_);
    }
}

} // namespace billing::pg
