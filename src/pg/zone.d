src/pg/zone.o: src/pg/zone.cpp src/pg/zone.hpp src/core/calendar.hpp \
 src/core/instant.hpp src/pg/prelude.hpp src/pg/boundary.hpp \
 src/pg/error.hpp
src/pg/zone.hpp:
src/core/calendar.hpp:
src/core/instant.hpp:
src/pg/prelude.hpp:
src/pg/boundary.hpp:
src/pg/error.hpp:
