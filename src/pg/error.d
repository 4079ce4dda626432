src/pg/error.o: src/pg/error.cpp src/pg/error.hpp
src/pg/error.hpp:
