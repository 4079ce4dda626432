// How statements of the engine are planned: once, and as for large tables.
//
// A kept plan made while tables are empty or unanalysed must still be right when they hold millions
// of rows. Without statistics the planner takes an organization for one row of a small table, and
// then an index on organization_id alone looks as good as the one with the whole key. So while an
// EnginePlanning lives, the planner is told, through its own hooks, that every table it plans for
// is large; scans of whole tables and joins by hash or merge are off, and plans are generic. All of
// it is done where a plan is made: to run a kept one costs nothing more.
#pragma once

namespace billing::pg {

class EnginePlanning {
  public:
    EnginePlanning();
    ~EnginePlanning();
    EnginePlanning(const EnginePlanning &) = delete;
    EnginePlanning &operator=(const EnginePlanning &) = delete;

    // How a statement that is prepared now is to be prepared.
    static int cursor_options();
};

// Called once, by _PG_init.
void install_planner_hooks();

} // namespace billing::pg
