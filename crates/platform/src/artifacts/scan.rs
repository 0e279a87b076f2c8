//! Asking somebody who knows malware.

use std::fmt::Debug;
use std::io::{self, Read, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// Looks for malware. Called on a thread where it may wait.
pub trait Scanner: Debug + Send + Sync + 'static {
    /// What it is, for people and for the ledger.
    fn name(&self) -> String;

    /// Reads a file to its end and says what it found.
    ///
    /// # Errors
    ///
    /// If it cannot say: then the file is not accepted.
    fn scan(&self, file: &mut dyn Read) -> io::Result<Scanned>;
}

/// What a scanner found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// Nothing.
    Clean,
    /// Something, by the name that the scanner has for it.
    Found(String),
}

/// A ClamAV daemon, asked over TCP with the command `INSTREAM` (clamd(8), "COMMANDS").
///
/// What crosses the network is not encrypted: let it listen on this machine, or on a network that you
/// trust. Its `StreamMaxLength` has to be as large as the largest file; a larger one is an error, and
/// what was not scanned is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clamd {
    address: String,
    timeout: Duration,
}

/// How long the daemon may be silent. Large archives take it minutes.
const TIMEOUT: Duration = Duration::from_secs(300);

/// How many bytes are sent at a time; the daemon takes any length.
const CHUNK: usize = 128 << 10;

/// An answer is one line; longer than this is none.
const ANSWER: u64 = 4096;

impl Clamd {
    /// The daemon at `address`, such as `127.0.0.1:3310`.
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into(), timeout: TIMEOUT }
    }

    /// The same with another patience.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = None;
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.timeout.min(Duration::from_secs(10))) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(self.timeout))?;
                    stream.set_write_timeout(Some(self.timeout))?;
                    return Ok(stream);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("the address names no machine")))
    }
}

impl Scanner for Clamd {
    fn name(&self) -> String {
        format!("clamd {}", self.address)
    }

    fn scan(&self, file: &mut dyn Read) -> io::Result<Scanned> {
        let mut stream = self.connect()?;
        // With `z` commands and answers end with a zero byte.
        let sent = send(&mut stream, file);
        let mut answer = Vec::new();
        let read = (&mut stream).take(ANSWER).read_to_end(&mut answer);
        // A daemon that has enough answers and hangs up: its answer says more than the broken pipe.
        if answer.is_empty() {
            sent?;
            read?;
        }
        let answer = String::from_utf8_lossy(&answer);
        understand(answer.trim_matches(['\0', '\n', ' ']))
    }
}

fn send(stream: &mut TcpStream, file: &mut dyn Read) -> io::Result<()> {
    stream.write_all(b"zINSTREAM\0")?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = match file.read(&mut chunk) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        // The length of a chunk, and a length of zero at the end, in network byte order.
        let prefix = u32::try_from(length).expect("a chunk is small").to_be_bytes();
        stream.write_all(&prefix)?;
        if length == 0 {
            return stream.flush();
        }
        stream.write_all(&chunk[..length])?;
    }
}

fn understand(answer: &str) -> io::Result<Scanned> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    if said == "OK" {
        return Ok(Scanned::Clean);
    }
    match said.strip_suffix(" FOUND") {
        Some(name) => {
            // It stands in the ledger and on terminals.
            let name = name.chars().filter(|it| !it.is_control()).take(200).collect();
            Ok(Scanned::Found(name))
        }
        None if said.is_empty() => {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up without an answer"))
        }
        None => {
            let said: String = said.chars().take(200).flat_map(char::escape_debug).collect();
            Err(io::Error::other(format!("it answered `{said}`")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_called_clean_is_clean() {
        assert_eq!(understand("stream: OK").unwrap(), Scanned::Clean);
        let found = understand("stream: Eicar-Signature FOUND").unwrap();
        assert_eq!(found, Scanned::Found("Eicar-Signature".to_owned()));
        for said in ["", "INSTREAM size limit exceeded. ERROR", "OKAY", "stream: OK ERROR", "PONG"]
        {
            assert!(understand(said).is_err(), "{said}");
        }
    }
}
