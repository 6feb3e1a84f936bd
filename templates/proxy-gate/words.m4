m4_define([[M4_PURPOSE]], [[A gate before an application: who may pass, and how often.]])m4_dnl
m4_define([[M4_FUZZED]], [[gate_check]])m4_dnl
m4_define([[M4_CURL]], [[curl -i http://127.0.0.1:8080/app/]])m4_dnl
m4_define([[M4_SEED]], [[GET /app/ HTTP/1.1
Host: localhost

]])m4_dnl
