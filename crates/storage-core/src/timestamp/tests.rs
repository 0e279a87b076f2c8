//! Tokens that `openssl ts` made; how, says `tests/vectors/reports/timestamps/make.sh`.

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;

use super::*;
use crate::Digest;

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/vectors/reports/timestamps/", $name))
    };
}

const RSA: &[u8] = vector!("rsa.tsr");
const RENEWED: &[u8] = vector!("renewed.tsr");
const SHORT: &[u8] = vector!("short.tsr");
const LATE: &[u8] = vector!("late.tsr");
const EXPIRED: &[u8] = vector!("expired.tsr");
const NONCE: [u8; 8] = [0x41, 2, 3, 4, 5, 6, 7, 8];

fn root() -> Digest {
    Digest::of(b"manifest root\n")
}

fn roots(der: &[u8]) -> Roots {
    let mut roots = Roots::default();
    roots.add(der).unwrap();
    roots
}

fn ours() -> Roots {
    roots(vector!("root.der"))
}

fn token(digest: Digest, response: &[u8]) -> Token {
    Token::from_response(&Request::new(digest, NONCE), response).unwrap()
}

fn years_after(stamp: &Stamp, years: i64) -> DateTime<Utc> {
    stamp.time + Duration::days(366 * years)
}

#[test]
fn a_request_is_what_openssl_answered() {
    let digits: String =
        Request::new(root(), NONCE).der().iter().map(|it| format!("{it:02x}")).collect();
    let digest = root().to_string();
    let digest = digest.trim_start_matches("sha256:");
    assert_eq!(
        digits,
        format!(
            "30430201013031300d060960864801650304020105000420{digest}020841020304050607080101ff"
        )
    );
    // Whatever the nonce is, it is a positive number of eight octets.
    for nonce in [[0; 8], [0xff; 8], [0x80, 0, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(Request::new(root(), nonce).der().len(), 69);
    }
}

#[test]
fn a_token_holds_for_its_digest_and_its_roots() {
    let token = token(root(), RSA);
    let stamp = token.verify(root(), &ours()).unwrap();
    assert_eq!(stamp.time.date_naive().to_string(), "2026-11-21");
    assert_eq!(stamp.policy, "1.2.3.4.1");
    assert_eq!((stamp.signer_ends - stamp.time).num_days(), 364);
    assert_eq!(Token::parse(token.der()).unwrap(), token);

    assert_eq!(token.verify(Digest::of(b"x"), &ours()), Err(Error::OtherDigest));
    let other = token.verify(root(), &roots(vector!("other-root.der"))).unwrap_err();
    assert_eq!(other.code(), "timestamp.signer_untrusted");
    assert!(token.verify(root(), &Roots::default()).is_err(), "nobody is trusted");
}

#[test]
fn an_answer_belongs_to_its_request() {
    let error = |digest, nonce, answer: &[u8]| {
        Token::from_response(&Request::new(digest, nonce), answer).unwrap_err()
    };
    assert_eq!(error(root(), [9; 8], RSA), Error::OtherNonce);
    assert_eq!(error(Digest::of(b"x"), NONCE, RSA), Error::OtherDigest);
    let refused = error(root(), NONCE, vector!("refused.tsr"));
    let reason = "Message digest algorithm is not supported.".to_owned();
    assert_eq!(refused, Error::Refused { reason });
    assert_eq!(error(root(), NONCE, b"<html>").code(), "timestamp.unreadable");
}

#[test]
fn a_token_is_renewed_before_its_authority_ends() {
    let first = token(root(), RSA);
    let second = token(first.digest(), RENEWED);
    let stamp = first.verify(root(), &ours()).unwrap();
    let alone = std::slice::from_ref(&first);
    let chain = verify_chain(root(), alone, &ours(), stamp.time).unwrap();
    assert_eq!(chain.standing, Standing::Valid { renew_before: stamp.signer_ends });
    let chain = verify_chain(root(), alone, &ours(), years_after(&stamp, 2)).unwrap();
    assert_eq!(chain.standing, Standing::Expired { since: stamp.signer_ends });

    let both = [first.clone(), second.clone()];
    let chain = verify_chain(root(), &both, &ours(), years_after(&stamp, 2)).unwrap();
    assert!(matches!(chain.standing, Standing::Valid { .. }));
    assert_eq!(chain.stamps[0], stamp, "the first one says when it was");
    let chain = verify_chain(root(), &both, &ours(), years_after(&stamp, 11)).unwrap();
    assert!(matches!(chain.standing, Standing::Expired { .. }));

    let turned = verify_chain(root(), &[second, first], &ours(), stamp.time);
    assert_eq!(turned, Err(Error::OtherDigest));
    assert_eq!(verify_chain(root(), &[], &ours(), stamp.time), Err(Error::NoToken));
}

#[test]
fn a_token_that_was_renewed_too_late_is_told() {
    let short = token(root(), SHORT);
    let stamp = short.verify(root(), &ours()).unwrap();
    let late = token(short.digest(), LATE);
    let error = verify_chain(root(), &[short, late], &ours(), stamp.time).unwrap_err();
    assert!(matches!(error, Error::RenewedTooLate { number: 1, .. }), "{error}");
    // Made by an authority whose certificate had ended already.
    let error = token(root(), EXPIRED).verify(root(), &ours()).unwrap_err();
    assert_eq!(error.code(), "timestamp.signer_not_valid");
}

#[test]
fn a_signature_is_of_this_token_alone() {
    let honest = token(root(), RSA);
    // The content of one under the signature of another.
    let other = token(root(), SHORT);
    let place = |of: &Token| {
        let at = of.der().windows(32).position(|it| it == root().as_bytes()).unwrap();
        at + 32..at + 60
    };
    let mut forged = honest.der().to_vec();
    forged[place(&honest)].copy_from_slice(&other.der()[place(&other)]);
    let error = Token::parse(&forged).unwrap().verify(root(), &ours()).unwrap_err();
    assert_eq!(error, Error::SignatureInvalid { reason: "another token was signed" });
}

#[test]
fn a_token_that_somebody_else_signed_is_refused() {
    use sha2::Digest as _;
    let invalid =
        Error::SignatureInvalid { reason: "it was not made with the key of the certificate" };
    for (digest, answer) in [(root(), RSA), (token(root(), RSA).digest(), RENEWED)] {
        let honest = token(digest, answer);
        // The signature is the last thing in a token.
        let mut bytes = honest.der().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let error = Token::parse(&bytes).unwrap().verify(digest, &ours()).unwrap_err();
        assert_eq!(error, invalid);

        // Another year, and the digest of what is said put right: all but the signature fits.
        let mut bytes = honest.der().to_vec();
        let content = honest.content.clone();
        let mut forged = content.clone();
        let year = forged.windows(6).position(|it| it == b"202611").unwrap();
        forged[year + 3] = b'7';
        // It would have to be valid then.
        forged[year + 4..year + 6].copy_from_slice(b"01");
        let swaps = [
            (content.clone(), forged.clone()),
            (sha2::Sha256::digest(&content).to_vec(), sha2::Sha256::digest(&forged).to_vec()),
        ];
        for (old, new) in swaps {
            let at = bytes.windows(old.len()).position(|it| it == old).unwrap();
            bytes[at..at + new.len()].copy_from_slice(&new);
        }
        let error = Token::parse(&bytes).unwrap().verify(digest, &ours()).unwrap_err();
        assert_eq!(error, invalid);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_changed_octet_never_gives_another_moment(
        at in any::<prop::sample::Index>(), change in 1..=255u8, renewed in any::<bool>(),
    ) {
        let first = token(root(), RSA);
        let (digest, token) = match renewed {
            true => (first.digest(), token(first.digest(), RENEWED)),
            false => (root(), first),
        };
        let right = token.verify(digest, &ours()).unwrap();
        let mut bytes = token.der().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        // What is not signed (a certificate nobody needs, the names of algorithms) may change; what is said
        // may not.
        if let Ok(stamp) = Token::parse(&bytes).and_then(|it| it.verify(digest, &ours())) {
            prop_assert_eq!(stamp, right);
        }
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Token::parse(&bytes);
        let _ = Token::from_response(&Request::new(root(), NONCE), &bytes);
        let _ = Roots::default().add(&bytes);
    }
}
