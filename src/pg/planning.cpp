#include "pg/planning.hpp"

#include "pg/boundary.hpp"

#include <algorithm>

extern "C" {
#include "access/transam.h"
#include "nodes/pathnodes.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
}

namespace billing::pg {

namespace {

get_relation_info_hook_type next_hook = nullptr;
planner_hook_type next_planner = nullptr;
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

// What the planner is to leave out. A plan for a large table looks worth compiling; it is not.
constexpr std::array<std::pair<const char *, const char *>, 7> kSettings = {
    {{"enable_seqscan", "off"},
     {"enable_hashjoin", "off"},
     {"enable_mergejoin", "off"},
     {"enable_material", "off"},
     {"enable_bitmapscan", "off"},
     {"join_collapse_limit", "1"},
     {"jit", "off"}}};

PlannedStmt *plan_next(Query *query, const char *text, int options, ParamListInfo params) {
    return next_planner != nullptr ? next_planner(query, text, options, params)
                                   : standard_planner(query, text, options, params);
}

// Called by the plan cache, inside a pg::call: after an error the transaction's abort restores the
// settings.
PlannedStmt *plan_with_settings(Query *query, const char *text, int options, ParamListInfo params) {
    if (depth == 0) {
        return plan_next(query, text, options, params);
    }
    const int level = NewGUCNestLevel();
    for (const auto &[name, value] : kSettings) {
        (void)set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                false);
    }
    PlannedStmt *planned = plan_next(query, text, options, params);
    AtEOXact_GUC(true, level);
    return planned;
}

} // namespace

void install_planner_hooks() {
    next_hook = get_relation_info_hook;
    get_relation_info_hook = plan_as_large;
    next_planner = planner_hook;
    planner_hook = plan_with_settings;
}

EnginePlanning::EnginePlanning() {
    ++depth;
}

EnginePlanning::~EnginePlanning() {
    --depth;
}

int EnginePlanning::cursor_options() {
    return depth > 0 ? CURSOR_OPT_GENERIC_PLAN : 0;
}

} // namespace billing::pg
