m4_define([[M4_NGINX_HEAD]], [[# A complete NGINX for M4_NAME().  `M4_TARGET(run)` starts it on a free port;
# every path is relative, so it also runs unprivileged from any prefix.

load_module modules/ngx_http_link_func_module.so;

error_log stderr info;
pid nginx.pid;
worker_processes $1;

events {
    worker_connections 256;
}

http {
    access_log off;
    client_body_temp_path nginx-body-temp;
    proxy_temp_path nginx-proxy-temp;
    fastcgi_temp_path nginx-fastcgi-temp;
    uwsgi_temp_path nginx-uwsgi-temp;
    scgi_temp_path nginx-scgi-temp;
]])m4_dnl
m4_define([[M4_NGINX_SERVER]], [[    server {
        listen 127.0.0.1:8080;
        server_name localhost;

        ngx_link_func_lib M4_LIBRARY(); # from the folder of this file
]])m4_dnl
