m4_define([[M4_SUFFIX]], [[cpp]])m4_dnl
m4_define([[M4_LANGUAGE]], [[cpp]])m4_dnl
m4_define([[M4_STANDARD]], [[c++17]])m4_dnl
m4_define([[M4_CC]], [[CXX]])m4_dnl
m4_define([[M4_CFLAGS]], [[CXXFLAGS]])m4_dnl
m4_define([[M4_CMAKE_LANGUAGE]], [[CXX]])m4_dnl
m4_define([[M4_CMAKE_STANDARD]], [[17]])m4_dnl
m4_define([[M4_CLANG]], [[clang++]])m4_dnl
m4_define([[M4_EXTERN_C]], [[extern "C" ]])m4_dnl
m4_define([[M4_PURPOSE]], [[C++ functions that run inside NGINX: a sum in JSON.]])m4_dnl
m4_define([[M4_FUZZED]], [[sum_json]])m4_dnl
m4_define([[M4_CURL]], [[curl 'http://127.0.0.1:8080/api/sum?numbers=1,2,3']])m4_dnl
m4_define([[M4_SEED]], [[GET /api/sum?numbers=1,2,3 HTTP/1.1
Host: localhost

]])m4_dnl
