//! What an authority is asked.

use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use der::asn1::{Int, OctetString};
use der::oid::ObjectIdentifier;
use der::{Any, Encode as _, Tag};
use x509_tsp::{MessageImprint, TimeStampReq, TspVersion};

use crate::Digest;

/// SHA-256 (RFC 5754).
pub(super) const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// A request for a token over a digest, which asks for the certificate of the authority too.
///
/// ```
/// use storage_core::Digest;
/// use storage_core::timestamp::Request;
///
/// // In earnest the nonce is random.
/// let request = Request::new(Digest::of(b"manifest root\n"), [7; 8]);
/// assert_eq!(request.der().len(), 69);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    digest: Digest,
    nonce: Int,
    der: Vec<u8>,
}

impl Request {
    /// A request over `digest`. The nonce is random and ties the answer to this request; of its first octet
    /// two bits are fixed, so that it is a positive number of eight octets.
    pub fn new(digest: Digest, mut nonce: [u8; 8]) -> Self {
        nonce[0] = nonce[0] & 0x3f | 0x40;
        let nonce = Int::new(&nonce).expect("a number whose first bits are 01 has one spelling");
        let null = Any::new(Tag::Null, []).expect("nothing is not too long");
        let hashed = OctetString::new(&digest.as_bytes()[..]).expect("32 octets are not too many");
        let request = TimeStampReq {
            version: TspVersion::V1,
            message_imprint: MessageImprint {
                hash_algorithm: AlgorithmIdentifierOwned { oid: SHA_256, parameters: Some(null) },
                hashed_message: hashed,
            },
            req_policy: None,
            nonce: Some(nonce.clone()),
            cert_req: true,
            extensions: None,
        };
        let der = request.to_der().expect("a request of fixed parts has a DER");
        Self { digest, nonce, der }
    }

    /// What is sent, as `application/timestamp-query` (RFC 3161, 3.4).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The digest it is about.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    pub(super) fn nonce(&self) -> &Int {
        &self.nonce
    }
}
