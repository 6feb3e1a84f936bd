m4_define([[M4_PURPOSE]], [[A contact form that is read and checked inside NGINX.]])m4_dnl
m4_define([[M4_FUZZED]], [[contact_form]])m4_dnl
m4_define([[M4_CURL]], [[curl -d name=Alice -d email=alice@example.org http://127.0.0.1:8080/api/contact]])m4_dnl
m4_define([[M4_SEED]], [[POST /api/contact HTTP/1.1
Host: localhost
Content-Type: application/x-www-form-urlencoded
Content-Length: 36

name=Alice&email=alice%40example.org]])m4_dnl
