// How statements of the engine are planned: once, and as for large tables.
//
// A kept plan made while tables are empty or unanalysed must still be right when they hold millions
// of rows. Without statistics the planner takes an organization for one row of a small table, and
// then an index on organization_id alone looks as good as the one with the whole key. So while an
// EnginePlanning lives, the planner is told, through its own hook, that every table it plans for is
// large; scans of whole tables and joins by hash or merge are off, and plans are generic.
#pragma once

namespace billing::pg {

class EnginePlanning {
  public:
    EnginePlanning();
    ~EnginePlanning();
    EnginePlanning(const EnginePlanning &) = delete;
    EnginePlanning &operator=(const EnginePlanning &) = delete;

  private:
    int nest_level_;
    int exceptions_;
};

// Called once, by _PG_init.
void install_planner_hook();

} // namespace billing::pg
