//! The signature of a token (CMS, RFC 5652) and the certificate it was made with.

use cms::cert::CertificateChoices;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::OctetString;
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _, Reader as _, SliceReader, Tag};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use sha2::Digest as _;
use webpki::{EndEntityCert, ring};

use super::Error;
use super::request::SHA_256;

/// `id-ct-TSTInfo` (RFC 3161, 2.4.2).
pub(super) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// RFC 5652, 11.1 and 11.2.
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// RFC 2634 (by SHA-1) and RFC 5035: which certificate the signer meant.
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// Checks the one signature over `content`, and gives the certificate it was made with and the others that
/// came along.
pub(super) fn check(
    signed: &SignedData,
    content: &[u8],
) -> Result<(CertificateDer<'static>, Vec<CertificateDer<'static>>), Error> {
    let invalid = |reason| Error::SignatureInvalid { reason };
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err(invalid("there has to be one signer"));
    };
    let attributes = signer.signed_attrs.as_ref().ok_or(invalid("nothing is signed beside it"))?;
    let attribute = |oid| single(signer, oid);
    let kind = attribute(CONTENT_TYPE)?.ok_or(invalid("it does not say what is signed"))?;
    if kind.decode_as::<ObjectIdentifier>().ok() != Some(TST_INFO) {
        return Err(invalid("something else than a token is signed"));
    }
    let digest =
        attribute(MESSAGE_DIGEST)?.ok_or(invalid("it does not say which token is signed"))?;
    let digest = digest.decode_as::<OctetString>().map_err(|_| invalid("its digest is none"))?;
    if Some(digest.as_bytes()) != hash(signer.digest_alg.oid, content).as_deref() {
        return Err(invalid("another token was signed"));
    }

    let certificates = certificates(signed)?;
    let meant = meant(signer)?;
    let at = certificates.iter().position(|it| meant(it) && is_named(signer, it));
    let at = at.ok_or(invalid("the certificate of the signer is not with it"))?;
    let mut others = certificates;
    let own = others.swap_remove(at);

    let bytes = attributes.to_der().map_err(|_| invalid("what is signed cannot be written"))?;
    let certificate = EndEntityCert::try_from(&own);
    let certificate = certificate.map_err(|_| invalid("the certificate cannot be read"))?;
    let algorithms = algorithms(signer.digest_alg.oid);
    let holds = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        certificate.verify_signature(*algorithm, &bytes, signer.signature.as_bytes()).is_ok()
    };
    if !algorithms.iter().any(holds) {
        return Err(invalid("it was not made with the key of the certificate"));
    }
    drop(certificate);
    Ok((own, others))
}

/// The value of a signed attribute that may stand there once.
fn single(signer: &SignerInfo, oid: ObjectIdentifier) -> Result<Option<&Any>, Error> {
    let reason = "an attribute is there twice";
    let mut found = signer.signed_attrs.iter().flat_map(|it| it.iter()).filter(|it| it.oid == oid);
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(attribute), None) => match attribute.values.as_slice() {
            [value] => Ok(Some(value)),
            _ => Err(Error::SignatureInvalid { reason }),
        },
        (Some(_), Some(_)) => Err(Error::SignatureInvalid { reason }),
    }
}

fn certificates(signed: &SignedData) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all = signed.certificates.iter().flat_map(|set| set.0.iter());
    let plain = all.filter_map(|it| match it {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    });
    plain
        .map(|it| Ok(CertificateDer::from(it.to_der().map_err(Error::unreadable("certificate"))?)))
        .collect()
}

/// Which certificate the signer meant. RFC 3161 demands that it says so: the rest of what names the
/// certificate is not signed.
fn meant(signer: &SignerInfo) -> Result<impl Fn(&CertificateDer<'_>) -> bool, Error> {
    let broken =
        || Error::SignatureInvalid { reason: "it does not say which certificate is meant" };
    let (oid, value) = match single(signer, SIGNING_CERTIFICATE_V2)? {
        Some(value) => (None, value),
        None => (Some(()), single(signer, SIGNING_CERTIFICATE)?.ok_or_else(broken)?),
    };
    let (algorithm, digest) = first_certificate(value, oid.is_some()).map_err(|_| broken())?;
    Ok(move |certificate: &CertificateDer<'_>| {
        let found = match algorithm {
            None => Some(sha1::Sha1::digest(certificate.as_ref()).to_vec()),
            Some(oid) => hash(oid, certificate.as_ref()),
        };
        found.as_deref() == Some(&digest[..])
    })
}

/// `SigningCertificate` or, of version 2, `SigningCertificateV2`: the first of their certificates is the one
/// of the signer. Gives its digest and the algorithm, which is SHA-1 if there is none.
fn first_certificate(
    value: &Any,
    is_first_version: bool,
) -> der::Result<(Option<ObjectIdentifier>, Vec<u8>)> {
    let whole = value.to_der()?;
    SliceReader::new(&whole)?.sequence(|it| {
        let found = it.sequence(|it| {
            let found = it.sequence(|it| {
                let mut oid = (!is_first_version).then_some(SHA_256);
                if !is_first_version && it.peek_tag()? == Tag::Sequence {
                    let named = cms::cert::x509::spki::AlgorithmIdentifierOwned::decode(it)?;
                    oid = Some(named.oid);
                }
                let digest = OctetString::decode(it)?.as_bytes().to_vec();
                rest(it)?;
                Ok((oid, digest))
            })?;
            rest(it)?;
            Ok(found)
        })?;
        rest(it)?;
        Ok(found)
    })
}

fn rest<'r>(reader: &mut impl der::Reader<'r>) -> der::Result<()> {
    reader.read_slice(reader.remaining_len()).map(drop)
}

/// Whether a certificate is the one that the signature names. Two names by key are not told apart here: the
/// digest has done that.
fn is_named(signer: &SignerInfo, certificate: &CertificateDer<'_>) -> bool {
    match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            let read = cms::cert::x509::Certificate::from_der(certificate);
            read.is_ok_and(|it| {
                it.tbs_certificate.issuer == named.issuer
                    && it.tbs_certificate.serial_number == named.serial_number
            })
        }
        SignerIdentifier::SubjectKeyIdentifier(_) => true,
    }
}

fn hash(oid: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match oid {
        SHA_256 => Some(sha2::Sha256::digest(bytes).to_vec()),
        SHA_384 => Some(sha2::Sha384::digest(bytes).to_vec()),
        SHA_512 => Some(sha2::Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// The algorithms of signatures that go with one of digests; which of them it was, the key says.
fn algorithms(digest: ObjectIdentifier) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    match digest {
        SHA_256 => {
            static ALL: [&dyn SignatureVerificationAlgorithm; 4] = [
                ring::RSA_PKCS1_2048_8192_SHA256,
                ring::ECDSA_P256_SHA256,
                ring::ECDSA_P384_SHA256,
                ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
            ];
            &ALL
        }
        SHA_384 => {
            static ALL: [&dyn SignatureVerificationAlgorithm; 4] = [
                ring::RSA_PKCS1_2048_8192_SHA384,
                ring::ECDSA_P256_SHA384,
                ring::ECDSA_P384_SHA384,
                ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
            ];
            &ALL
        }
        SHA_512 => {
            static ALL: [&dyn SignatureVerificationAlgorithm; 3] = [
                ring::RSA_PKCS1_2048_8192_SHA512,
                ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
                ring::ED25519,
            ];
            &ALL
        }
        _ => &[],
    }
}
