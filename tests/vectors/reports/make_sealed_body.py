"""Makes sealed-body.json with libsodium: pip install pynacl; python make_sealed_body.py > sealed-body.json

An implementation of its own, from the words of `storage_core::sealed`.
"""

import hashlib
import json

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt

PIECE = 65536


def commitment(key):
    return hashlib.sha256(b"strongroom sealed body v1 commitment\n" + key).digest()


def seal(body, key, place, nonce):
    bound = hashlib.sha256(b"strongroom sealed body v1 place\n" + commitment(key) + place.encode()).digest()
    pieces = [body[at : at + PIECE] for at in range(0, len(body), PIECE)] or [b""]
    out = b"strongroom/sealed-body/1\n" + commitment(key) + nonce
    for number, piece in enumerate(pieces):
        last = bytes([number == len(pieces) - 1])
        out += encrypt(piece, bound, nonce + number.to_bytes(4, "big") + last, key)
    return out


def wrap(key, application, place, nonce):
    name = hashlib.sha256(b"strongroom application key v1 name\n" + application).digest()[:8].hex()
    bound = b"strongroom wrapped key v1\n"
    for part in (name.encode(), place.encode()):
        bound += len(part).to_bytes(8, "big") + part
    return {
        "v": 1,
        "alg": "XChaCha20-Poly1305",
        "application_key": name,
        "nonce": nonce.hex(),
        "wrapped": encrypt(key, bound, nonce, application).hex(),
    }


def main():
    key, place = bytes(range(32)), "csrd/acme/2026/0190a1b2/report.xhtml"
    bodies = []
    for number, length in enumerate((0, 5, PIECE, 2 * PIECE + 1)):
        nonce = bytes([number]) * 19
        body = bytes(at % 251 for at in range(length))
        sealed = seal(body, key, place, nonce)
        bodies.append({
            "key": key.hex(),
            "place": place,
            "nonce": nonce.hex(),
            "length": length,
            "sealed_sha256": "sha256:" + hashlib.sha256(sealed).hexdigest(),
        })
    application, nonce = bytes(range(32, 64)), bytes(range(24))
    wrapped = {
        "application_key": application.hex(),
        "key": key.hex(),
        "place": "csrd/acme/2026/0190a1b2",
        "nonce": nonce.hex(),
        "result": wrap(key, application, "csrd/acme/2026/0190a1b2", nonce),
    }
    note = "made by make_sealed_body.py with libsodium; the octets of a body are their place modulo 251"
    print(json.dumps({"note": note, "bodies": bodies, "wrapped": wrapped}, indent=2))


main()
