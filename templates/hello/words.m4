m4_define([[M4_PURPOSE]], [[C functions that run inside NGINX: a greeting in JSON.]])m4_dnl
m4_define([[M4_FUZZED]], [[hello_json]])m4_dnl
m4_define([[M4_CURL]], [[curl 'http://127.0.0.1:8080/api/hello?name=NGINX']])m4_dnl
m4_define([[M4_SEED]], [[GET /api/hello?name=NGINX HTTP/1.1
Host: localhost

]])m4_dnl
