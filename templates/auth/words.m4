m4_define([[M4_PURPOSE]], [[A gate inside NGINX: only requests with the right bearer token pass.]])m4_dnl
m4_define([[M4_CURL]], [[curl -H 'Authorization: Bearer change-me' http://127.0.0.1:8080/private/]])m4_dnl
m4_define([[M4_SEED]], [[GET /private/ HTTP/1.1
Host: localhost
Authorization: Bearer change-me

]])m4_dnl
