//! Time stamps over reports, by an authority that `openssl ts` plays.

use std::path::Path;
use std::process::Command;

use storage_core::reports::ReportKey;
use storage_core::timestamp::{Roots, Standing, Token};

use super::*;

const AUTHORITY: &str = "
[own]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
certs = root.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
";

fn openssl(folder: &Path, arguments: &[&str]) {
    let made = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&made.stderr));
}

/// A root and an authority under it; `None` where there is no OpenSSL.
fn authority() -> Option<tempfile::TempDir> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: time stamps over reports, for there is no openssl");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ts.cnf"), AUTHORITY).unwrap();
    std::fs::write(folder.path().join("serial"), "01").unwrap();
    let purpose = "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n";
    std::fs::write(folder.path().join("purpose.cnf"), purpose).unwrap();
    let made = |line: &str| openssl(folder.path(), &line.split(' ').collect::<Vec<_>>());
    for name in ["root", "other"] {
        made(&format!(
            "req -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -keyout {name}.key -out {name}.pem \
             -subj /O=tests/CN={name} -addext basicConstraints=critical,CA:TRUE"
        ));
    }
    made("req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /O=tests/CN=tsa");
    made(
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650 -sha256 \
         -extfile purpose.cnf -out tsa.pem",
    );
    Some(folder)
}

fn roots(folder: &Path, name: &str) -> Roots {
    let mut roots = Roots::default();
    roots.add_file(&std::fs::read(folder.join(name)).unwrap()).unwrap();
    roots
}

async fn answer(reports: &Reports, report: &ReportKey, folder: &Path) -> Token {
    let state = reports.state(report).await.unwrap();
    let request = reports.timestamp_request(&state).unwrap();
    std::fs::write(folder.join("query.tsq"), request.der()).unwrap();
    let line = "ts -reply -config ts.cnf -section own -queryfile query.tsq -out answer.tsr";
    openssl(folder, &line.split(' ').collect::<Vec<_>>());
    let answer = std::fs::read(folder.join("answer.tsr")).unwrap();
    Token::from_response(&request, &answer).unwrap();
    Token::from_file(&answer).unwrap()
}

#[tokio::test]
async fn somebody_else_says_when_a_report_was_there_and_says_so_again() {
    let Some(folder) = authority() else { return };
    let folder = folder.path();
    let (reports, store, clock) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let other = reports.archive(request("acme").with_key("other")).await.unwrap();
    let trusted = roots(folder, "root.pem");
    assert_eq!(reports.verify_timestamps(&made.state, &trusted).unwrap(), None);

    let token = answer(&reports, &made.report, folder).await;
    let error = reports.add_timestamp(&other.report, &token, &trusted).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("timestamp.other_digest", 7));
    let strangers = roots(folder, "other.pem");
    let error = reports.add_timestamp(&made.report, &token, &strangers).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("timestamp.signer_untrusted", 8));

    let (state, stamp) = reports.add_timestamp(&made.report, &token, &trusted).await.unwrap();
    clock.set(stamp.time);
    assert_eq!(state.timestamps.len(), 1);
    let again = reports.add_timestamp(&made.report, &token, &trusted).await.unwrap();
    assert_eq!(again, (state.clone(), stamp.clone()), "it is there once");
    // It is locked as the report is.
    let head = async |number: u64| {
        let key = made.report.event(number);
        store.at("reports").head(key).await.unwrap().lock.map(|it| it.until)
    };
    assert!(head(0).await.is_some());
    assert_eq!(head(1).await, head(0).await);

    let renewed = answer(&reports, &made.report, folder).await;
    let (state, _) = reports.add_timestamp(&made.report, &renewed, &trusted).await.unwrap();
    let chain = reports.verify_timestamps(&state, &trusted).unwrap().unwrap();
    assert_eq!(chain.stamps.len(), 2);
    assert_eq!(chain.standing, Standing::Valid { renew_before: stamp.signer_ends });
    clock.set(stamp.signer_ends + chrono::TimeDelta::days(1));
    let chain = reports.verify_timestamps(&state, &trusted).unwrap().unwrap();
    assert_eq!(chain.standing, Standing::Expired { since: stamp.signer_ends });

    // Neither a look at a report nor a token about it changes what may be done to it.
    assert_eq!(state.last_change().number, 0);
    let mut forged = state.clone();
    forged.timestamps.swap(0, 1);
    let error = reports.verify_timestamps(&forged, &trusted).unwrap_err();
    assert_eq!(error.code(), "timestamp.other_digest");
    forged.timestamps.truncate(1);
    let last = forged.timestamps[0].0.len() - 1;
    forged.timestamps[0].0[last] ^= 1;
    assert!(reports.verify_timestamps(&forged, &trusted).is_err());
}
