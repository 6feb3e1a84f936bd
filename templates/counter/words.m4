m4_define([[M4_PURPOSE]], [[Counters that all workers of NGINX share, and that survive a reload.]])m4_dnl
m4_define([[M4_FUZZED]], [[count_visits]])m4_dnl
m4_define([[M4_CURL]], [[curl -X POST 'http://127.0.0.1:8080/api/visits?page=home']])m4_dnl
m4_define([[M4_SEED]], [[POST /api/visits?page=home HTTP/1.1
Host: localhost

]])m4_dnl
