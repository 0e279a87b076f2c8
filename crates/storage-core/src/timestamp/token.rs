//! What an authority answers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cms::cert::x509::Certificate;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::OctetString;
use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};
use x509_tsp::{TimeStampResp, TstInfo};

use super::request::SHA_256;
use super::{Error, Request, signed};
use crate::{Digest, hex};

/// `id-signedData` (RFC 5652, 5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-kp-timeStamping` (RFC 3161, 2.3): 1.3.6.1.5.5.7.3.8.
const TIME_STAMPING: KeyUsage = KeyUsage::required(&[0x2b, 6, 1, 5, 5, 7, 3, 8]);

/// The certificates that are trusted to name authorities.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Trusts a certificate, given as DER.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`].
    pub fn add(&mut self, der: &[u8]) -> Result<(), Error> {
        let root = CertificateDer::from(der.to_vec());
        webpki::anchor_from_trusted_cert(&root).map_err(|error| Error::Unreadable {
            what: "certificate of a root",
            reason: error.to_string(),
        })?;
        self.0.push(root);
        Ok(())
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Trusts every certificate of a file: PEM, or one as DER.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`], also if there is none.
    pub fn add_file(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if !bytes.windows(11).any(|it| it == b"-----BEGIN ") {
            return self.add(bytes);
        }
        let unreadable =
            |reason: String| Error::Unreadable { what: "certificate of a root", reason };
        let mut found = false;
        for root in CertificateDer::pem_slice_iter(bytes) {
            self.add(&root.map_err(|error| unreadable(format!("{error:?}")))?)?;
            found = true;
        }
        match found {
            true => Ok(()),
            false => Err(unreadable("there is no certificate in it".to_owned())),
        }
    }
}

/// What a token says, once its signature and the path to a root hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stamp {
    /// When the authority saw the digest, by its clock.
    pub time: DateTime<Utc>,
    /// The number of the token, in hexadecimal.
    pub serial: String,
    /// The policy under which it was made, as numbers with dots.
    pub policy: String,
    /// When the certificate of the authority ends: renew before.
    pub signer_ends: DateTime<Utc>,
}

/// A token: an authority saw a digest at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    der: Vec<u8>,
    signed: SignedData,
    pub(super) content: Vec<u8>,
    said: TstInfo,
}

impl Token {
    /// Reads a token, of which nothing is verified by that.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`].
    pub fn parse(der: &[u8]) -> Result<Self, Error> {
        let unreadable = Error::unreadable("token");
        let other = |reason: &str| Error::Unreadable { what: "token", reason: reason.to_owned() };
        let outer = ContentInfo::from_der(der).map_err(&unreadable)?;
        if outer.content_type != SIGNED_DATA {
            return Err(other("it is not signed"));
        }
        let signed: SignedData = outer.content.decode_as().map_err(&unreadable)?;
        let inner = &signed.encap_content_info;
        if inner.econtent_type != signed::TST_INFO {
            return Err(other("something else is signed"));
        }
        let content =
            inner.econtent.as_ref().ok_or_else(|| other("what is signed is not in it"))?;
        let content: OctetString = content.decode_as().map_err(&unreadable)?;
        let content = content.as_bytes().to_vec();
        let said = TstInfo::from_der(&content).map_err(&unreadable)?;
        Ok(Self { der: der.to_vec(), signed, content, said })
    }

    /// The token in the answer to `request` (`application/timestamp-reply`). That it is about the digest and
    /// answers this request is checked; the signature is not.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::Unreadable`], [`Error::OtherDigest`], [`Error::OtherNonce`].
    pub fn from_response(request: &Request, response: &[u8]) -> Result<Self, Error> {
        let response = TimeStampResp::from_der(response)
            .map_err(Error::unreadable("answer of an authority"))?;
        let token = Self::granted(response)?;
        if !token.is_about(request.digest()) {
            return Err(Error::OtherDigest);
        }
        if token.said.nonce.as_ref() != Some(request.nonce()) {
            return Err(Error::OtherNonce);
        }
        Ok(token)
    }

    fn granted(response: TimeStampResp) -> Result<Self, Error> {
        // `granted` and `grantedWithMods` (RFC 3161, 2.4.2).
        if response.status.status as u32 > 1 {
            let texts = response.status.status_string.iter().flatten();
            let said: Vec<_> = texts.map(|text| text.as_str().to_owned()).collect();
            let said =
                if said.is_empty() { "it did not say why".to_owned() } else { said.join("; ") };
            let reason = said.chars().take(200).flat_map(char::escape_debug).collect();
            return Err(Error::Refused { reason });
        }
        let token = response.time_stamp_token.ok_or_else(|| Error::Unreadable {
            what: "answer of an authority",
            reason: "there is no token in it".to_owned(),
        })?;
        Self::parse(&token.to_der().map_err(Error::unreadable("token"))?)
    }

    /// The token in a file: by itself, or in the answer of an authority. To which request it was the answer
    /// is not known, so that it may be an older one; its own moment is what counts.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], [`Error::Unreadable`].
    pub fn from_file(bytes: &[u8]) -> Result<Self, Error> {
        match TimeStampResp::from_der(bytes) {
            Ok(response) => Self::granted(response),
            Err(_) => Self::parse(bytes),
        }
    }

    /// The token itself, to be kept.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The digest of the token, over which the next one is taken before this one has aged.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// Verifies that an authority under one of `roots` signed that it saw `digest`, with a certificate for time
    /// stamps that was valid at that moment. Whether that certificate is still valid is another question, see
    /// [`verify_chain`](super::verify_chain).
    ///
    /// # Errors
    ///
    /// [`Error::OtherDigest`], [`Error::SignatureInvalid`], [`Error::SignerUntrusted`],
    /// [`Error::SignerNotValid`], [`Error::Unreadable`].
    pub fn verify(&self, digest: Digest, roots: &Roots) -> Result<Stamp, Error> {
        self.verified(digest, roots).map(|it| it.stamp)
    }

    /// The same, for whoever asks about the certificates at other moments.
    pub(super) fn verified(&self, digest: Digest, roots: &Roots) -> Result<Verified, Error> {
        if !self.is_about(digest) {
            return Err(Error::OtherDigest);
        }
        let (signer, others) = signed::check(&self.signed, &self.content)?;
        let time = moment(self.said.gen_time.to_unix_duration())?;
        path(&signer, &others, roots, time)?;
        let read = Certificate::from_der(&signer).map_err(Error::unreadable("certificate"))?;
        let ends = read.tbs_certificate.validity.not_after.to_unix_duration();
        let stamp = Stamp {
            time,
            serial: hex::encode(self.said.serial_number.as_bytes()),
            policy: self.said.policy.to_string(),
            signer_ends: moment(ends)?,
        };
        Ok(Verified { stamp, signer, others })
    }

    fn is_about(&self, digest: Digest) -> bool {
        let imprint = &self.said.message_imprint;
        imprint.hash_algorithm.oid == SHA_256
            && imprint.hashed_message.as_bytes() == digest.as_bytes()
    }
}

/// A token whose signature was verified.
pub(super) struct Verified {
    pub(super) stamp: Stamp,
    signer: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

impl Verified {
    /// Whether every certificate from the authority to a root is valid at `at`.
    ///
    /// # Errors
    ///
    /// As [`Token::verify`].
    pub(super) fn holds_at(&self, roots: &Roots, at: DateTime<Utc>) -> Result<bool, Error> {
        match path(&self.signer, &self.others, roots, at) {
            Ok(()) => Ok(true),
            Err(Error::SignerNotValid { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A path of certificates for time stamps to one of the roots, all valid at `at`.
fn path(
    signer: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    roots: &Roots,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let untrusted = |error: webpki::Error| match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            Error::SignerNotValid { at }
        }
        error => Error::SignerUntrusted { reason: error.to_string() },
    };
    let anchors: Result<Vec<_>, _> = roots.0.iter().map(webpki::anchor_from_trusted_cert).collect();
    let anchors = anchors.map_err(untrusted)?;
    let signer = EndEntityCert::try_from(signer).map_err(untrusted)?;
    let seconds = u64::try_from(at.timestamp()).map_err(|_| Error::SignerNotValid { at })?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    signer
        .verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, others, time, TIME_STAMPING, None, None)
        .map(drop)
        .map_err(untrusted)
}

fn moment(since: Duration) -> Result<DateTime<Utc>, Error> {
    let seconds = i64::try_from(since.as_secs()).ok();
    seconds.and_then(|it| DateTime::from_timestamp(it, 0)).ok_or_else(|| Error::Unreadable {
        what: "token",
        reason: "its moment is out of range".to_owned(),
    })
}
