m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(1)
M4_NGINX_SERVER()
        ngx_link_func_add_prop "auth_token" "change-me";
        ngx_link_func_add_prop "auth_user" "alice";

        # The function runs first; only what it lets through is proxied.
        location /private/ {
            ngx_link_func_call "auth_check";
            proxy_pass http://127.0.0.1:$server_port;
            proxy_set_header Host application;
        }
    }

    # Stands in for the application, which would be somewhere else.
    server {
        listen 127.0.0.1:8080;
        server_name application;

        location / {
            return 200 "Hello, $http_x_user!\n";
        }
    }
}
