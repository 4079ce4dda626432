src/core/decimal.o: src/core/decimal.cpp src/core/decimal.hpp
src/core/decimal.hpp:
