#!/usr/bin/env bash
# Makes the tokens in this folder with `openssl ts`; needs OpenSSL 3. The keys are thrown away.
#
#   rsa      a token over the SHA-256 of "manifest root\n", by an authority with an RSA key, for one year
#   late     a token over the SHA-256 of the DER of `short`, made after the certificate of `short` ended
#   renewed  a token over the SHA-256 of the DER of `rsa`, by an authority with a P-256 key, for ten years
#   short    as `rsa`, by an authority whose certificate ends seconds later
#   expired  as `rsa`, by an authority whose certificate had ended before
#   refused  the answer to a request for an algorithm that is not accepted
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
nonce=4102030405060708

request() { # the digest as 64 digits
  printf '30430201013031300d060960864801650304020105000420%s0208%s0101ff' "$1" "$nonce" | xxd -r -p
}
stamp() { # authority, digest, name of the answer
  request "$2" > query.tsq
  openssl ts -reply -config ts.cnf -section "$1" -queryfile query.tsq -out "$here/$3.tsr"
}
digest() { openssl dgst -sha256 -r "$1" | cut -d' ' -f1; }
token() { openssl ts -reply -config ts.cnf -in "$here/$1.tsr" -token_out -out "$1.der"; }

cat > ca.cnf <<'C'
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = supplied
commonName = supplied
[tsa_cert]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
C
touch index.txt; echo 01 > serial; echo 01 > tsa.serial
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -keyout root.key -out root.pem \
  -subj "/O=strongroom tests/CN=Root" -addext "basicConstraints=critical,CA:TRUE" \
  -addext "keyUsage=critical,keyCertSign" 2>/dev/null
openssl x509 -in root.pem -outform DER -out "$here/root.der"
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -keyout other.key -out other.pem \
  -subj "/O=strongroom tests/CN=Another root" -addext "basicConstraints=critical,CA:TRUE" 2>/dev/null
openssl x509 -in other.pem -outform DER -out "$here/other-root.der"

authority() { # name, algorithm, first moment, last moment
  case $2 in
    rsa) openssl genrsa -out "$1.key" 2048 2>/dev/null ;;
    ec) openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" ;;
  esac
  openssl req -new -key "$1.key" -subj "/O=strongroom tests/CN=$1" -out "$1.csr"
  openssl ca -config ca.cnf -batch -notext -extensions tsa_cert -cert root.pem -keyfile root.key \
    -startdate "$3" -enddate "$4" -in "$1.csr" -out "$1.pem" 2>/dev/null
  cat >> ts.cnf <<C
[$1]
serial = tsa.serial
crypto_device = builtin
signer_cert = $1.pem
certs = root.pem
signer_key = $1.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = ${5:-sha256}
C
}
moment() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
authority rsa rsa "$(moment '-1 day')" "$(moment '+1 year')"
authority ec ec "$(moment '-1 day')" "$(moment '+10 years')" sha1
authority expired rsa "$(moment '-2 years')" "$(moment '-1 year')"

root=$(printf 'manifest root\n' | openssl dgst -sha256 -r | cut -d' ' -f1)
stamp rsa "$root" rsa
stamp expired "$root" expired
token rsa
stamp ec "$(digest rsa.der)" renewed
authority short rsa "$(moment '-1 day')" "$(moment '+4 seconds')"
stamp short "$root" short
token short
sleep 6
stamp ec "$(digest short.der)" late
openssl ts -query -digest "$(printf 'x' | openssl dgst -sha512 -r | cut -d' ' -f1)" -sha512 -out query.tsq 2>/dev/null
openssl ts -reply -config ts.cnf -section rsa -queryfile query.tsq -out "$here/refused.tsr" || true
