m4_include(common.m4)m4_include(nginx.m4)m4_dnl
M4_HASH_HEAD()m4_dnl
M4_NGINX_HEAD(2)
    ngx_link_func_shm_size 1m;

M4_NGINX_SERVER()
        ngx_link_func_add_prop "gate_allow" "127.0.0.1 ::1"; # all, without it
        ngx_link_func_add_prop "gate_limit" "60"; # requests per minute

        # The function runs first; only what it lets through is proxied.
        location /app/ {
            ngx_link_func_call "gate_check";
            proxy_pass http://127.0.0.1:$server_port;
            proxy_set_header Host application;
        }
    }

    # Stands in for the application, which would be somewhere else.
    server {
        listen 127.0.0.1:8080;
        server_name application;

        location / {
            return 200 "Hello from the application, $http_x_remaining left\n";
        }
    }
}
