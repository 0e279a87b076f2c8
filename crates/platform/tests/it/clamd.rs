//! The scanner that asks ClamAV: against a small daemon that speaks its protocol, and against the real one
//! where it is installed.

use std::io::{self, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::artifacts::{Clamd, Scanned, Scanner as _};

/// The file that every scanner finds, in two halves, so that none finds this one.
/// <https://www.eicar.org/download-anti-malware-testfile/>
fn eicar() -> Vec<u8> {
    let halves = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
    halves.concat().into_bytes()
}

/// What a daemon does with a connection.
#[derive(Clone, Copy)]
enum Daemon {
    /// What clamd does, as clamd(8) says, with this `StreamMaxLength`.
    Scans(usize),
    /// It hangs up before it answers.
    HangsUp,
    /// It never answers.
    Silent,
}

fn daemon(how: Daemon) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            match how {
                Daemon::Scans(most) => drop(scan(stream, most)),
                Daemon::HangsUp => drop(stream),
                Daemon::Silent => {
                    std::thread::spawn(move || io::copy(&mut &stream, &mut io::sink()));
                }
            }
        }
    });
    address
}

/// One session: `zINSTREAM`, chunks with their lengths in network byte order, a length of zero.
fn scan(mut stream: TcpStream, most: usize) -> io::Result<()> {
    let mut command = [0; 10];
    stream.read_exact(&mut command)?;
    if &command != b"zINSTREAM\0" {
        return stream.write_all(b"UNKNOWN COMMAND\0");
    }
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            break;
        }
        if file.len() + length > most {
            // It says so, and reads no more.
            return stream.write_all(b"INSTREAM size limit exceeded. ERROR\0");
        }
        let at = file.len();
        file.resize(at + length, 0);
        stream.read_exact(&mut file[at..])?;
    }
    let found = file.windows(eicar().len()).any(|part| part == eicar());
    stream.write_all(match found {
        true => b"stream: Eicar-Test-Signature FOUND\0",
        false => b"stream: OK\0",
    })
}

fn asked(address: &str, mut body: &[u8]) -> io::Result<Scanned> {
    Clamd::at(address).with_timeout(Duration::from_secs(20)).scan(&mut body)
}

#[test]
fn a_daemon_is_asked_in_its_own_protocol() {
    let address = daemon(Daemon::Scans(64 << 20));
    assert_eq!(asked(&address, b"{}").unwrap(), Scanned::Clean);
    assert_eq!(asked(&address, b"").unwrap(), Scanned::Clean);
    let found = Scanned::Found("Eicar-Test-Signature".to_owned());
    assert_eq!(asked(&address, &eicar()).unwrap(), found);
    // Across chunks.
    let mut large = vec![b' '; (128 << 10) - 20];
    large.extend(eicar());
    large.extend(vec![b' '; 3 << 20]);
    assert_eq!(asked(&address, &large).unwrap(), found);
    large.truncate((128 << 10) - 20);
    assert_eq!(asked(&address, &large).unwrap(), Scanned::Clean);
}

#[test]
fn a_daemon_that_did_not_see_all_of_it_lets_nothing_in() {
    let address = daemon(Daemon::Scans(1 << 20));
    let error = asked(&address, &vec![b' '; 2 << 20]).unwrap_err();
    // It hangs up while bytes are on their way: either its answer is read, or the broken line is.
    assert_ne!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    assert!(asked(&daemon(Daemon::HangsUp), b"{}").is_err());
    let silent = Clamd::at(daemon(Daemon::Silent)).with_timeout(Duration::from_millis(200));
    assert!(silent.scan(&mut &b"{}"[..]).is_err());
    assert!(asked("127.0.0.1:1", b"{}").is_err());
}

/// A real daemon with one signature of ours, so that it needs no database of the world.
struct Real {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn real() -> Option<Real> {
    let program = ["/usr/sbin/clamd", "/usr/local/sbin/clamd"];
    let Some(program) = program.iter().find(|it| Path::new(it).exists()) else {
        eprintln!("skipped: the real scanner, for there is no clamd");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let hex: String = eicar().iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.path().join("test.ndb"), format!("Strongroom.Test:0:*:{hex}\n")).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let configuration = format!(
        "Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {}\n\
         StreamMaxLength 2M\nOfficialDatabaseOnly no\n",
        folder.path().display()
    );
    std::fs::write(folder.path().join("clamd.conf"), configuration).unwrap();
    let daemon = Command::new(program)
        .arg("-c")
        .arg(folder.path().join("clamd.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let real = Real { daemon, address: format!("127.0.0.1:{port}"), _folder: folder };
    for _ in 0..300 {
        if TcpStream::connect(&real.address).is_ok() {
            return Some(real);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("clamd does not listen");
}

#[test]
fn the_real_daemon_finds_what_it_knows() {
    let Some(real) = real() else { return };
    assert_eq!(asked(&real.address, b"{\"clean\": true}").unwrap(), Scanned::Clean);
    let Scanned::Found(name) = asked(&real.address, &eicar()).unwrap() else {
        panic!("it does not know the file that it was told about");
    };
    assert!(name.starts_with("Strongroom.Test"), "{name}");
    // More than it takes is not clean.
    assert!(asked(&real.address, &vec![b'a'; 8 << 20]).is_err());
}
