/* Pieces of expected exchanges that both tables use. */

#ifndef EXPECTED_H
#define EXPECTED_H

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

/* A 200 without a content type of the handler's own. */
#define PLAIN(length, body) PLAIN_WITH(length, "", body)

/* The same with headers behind Content-Length, each a line. */
#define PLAIN_WITH(length, headers, body)                                                                    \
    "200 OK\nContent-Type: text/plain\nContent-Length: " length "\n" headers "\n" body
#define EMPTY "200 OK\nContent-Length: 0\n\n"

/* NGINX's own page without its text, as HEAD has it. */
#define PAGE_HEAD(line, length, headers)                                                                     \
    line "\nContent-Type: text/html\nContent-Length: " length "\n" headers "\n"

#define PAGE(line, length, headers)                                                                          \
    PAGE_HEAD(line, length, headers)                                                                         \
    "<html>\\x0D\n<head><title>" line "</title></head>\\x0D\n<body>\\x0D\n"                                  \
    "<center><h1>" line "</h1></center>\\x0D\n<hr><center>nginx</center>\\x0D\n"                             \
    "</body>\\x0D\n</html>\\x0D\n"

#define PAGE_500 PAGE("500 Internal Server Error", "170", "")

#define REFUSED_STATUS(status)                                                                               \
    "[error] ngx_link_func_write_resp() refused status " status ": expected 200 to 599\n"
#define REFUSED_BODY "[error] ngx_link_func_write_resp() refused a body of 18446744073709551615 bytes\n"
#define REFUSED_TYPE                                                                                         \
    "[error] ngx_link_func_write_resp() refused the content type: it contains CR, LF or NUL\n"

#define NOT_TOKEN "its name is not a token"
#define CONTROL "its value contains CR, LF or NUL"
#define FRAMES "it frames the message, only the server may set it"

#endif
