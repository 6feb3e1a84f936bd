#!/bin/sh
# Makes in the folder $1 an authority (ca.pem), and certificates that are good,
# for another host, expired, and signed by themselves, each NAME.pem and
# NAME.key.
set -eu
cd "$1"

key() { # NAME
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

signed() { # NAME HOSTS DAYS
    key "$1"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf 'subjectAltName=%s\n' "$2" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem"
}

key ca
openssl req -x509 -new -key ca.key -days 2 -subj /CN=authority -out ca.pem
signed good DNS:localhost,IP:127.0.0.1 2
signed elsewhere DNS:elsewhere.example 2
signed expired DNS:localhost,IP:127.0.0.1 -1
key itself
openssl req -x509 -new -key itself.key -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -out itself.pem
