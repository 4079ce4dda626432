src/pg/boundary.o: src/pg/boundary.cpp src/pg/boundary.hpp \
 src/pg/error.hpp src/pg/prelude.hpp
src/pg/boundary.hpp:
src/pg/error.hpp:
src/pg/prelude.hpp:
