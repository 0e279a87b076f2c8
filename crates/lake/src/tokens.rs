//! What tokens stand for, kept apart from the lake so that who may can undo the mask of a column.
//!
//! A column that is masked with `{token: key}` has tokens in the tables. The texts behind them lie here, in a
//! place of its own with rights of its own: every run that met any adds one object, and none is ever
//! changed.
//!
//! ```text
//! <place>/tokens/<32 hexadecimal digits, random>.tokens
//! one line of JSON: the version, and the key of the object, wrapped in the application key
//! a sealed body:    {"<column>": {"<token>": "<text>"}}
//! ```
//!
//! An object is sealed with a key of its own ([`storage_core::sealed`]), which is wrapped for its place: moved
//! to another name, it does not open. Whoever destroys the application key destroys them all. They are written
//! before the commit, so that a token in a table can always be resolved; a run that is killed, or a row that is
//! refused for another column, leaves tokens here that no table has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use platform::body_keys::{self, KeyWrapping};
use platform::numbered::Retry;
use platform::store::{Put, Store, StoreError, StoreErrorKind};
use serde::{Deserialize, Serialize};
use storage_core::hex;
use storage_core::sealed::{DataKey, NONCE, Opener, Sealer, WrappedKey};
use zeroize::Zeroizing;

/// Where the objects lie, relative to the place.
const FOLDER: &str = "tokens/";

/// Per masked column which token stands for which text.
pub type Tokens = BTreeMap<String, BTreeMap<String, String>>;

/// What a token stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The text.
    pub text: String,
    /// The columns that it was met in.
    pub columns: BTreeSet<String>,
}

impl fmt::Debug for Resolved {
    /// Without the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolved").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Why tokens were not kept, or not resolved.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", prefix = "tokens.")]
#[non_exhaustive]
pub enum Error {
    /// The application key did not wrap or unwrap the key of an object.
    #[error("the tokens in `{object}` cannot be sealed or opened")]
    Key {
        /// The object.
        object: String,
        /// What was said.
        source: Box<body_keys::Error>,
    },
    /// An object is not one of tokens, or was changed.
    #[error("`{object}` holds no tokens that could be read: {reason}")]
    Broken {
        /// The object.
        object: String,
        /// What is wrong.
        reason: String,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// The rights of others could not be taken away.
    #[error("others may read `{object}`, and that could not be changed")]
    Rights {
        /// The object.
        object: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness {
        /// What the system said.
        source: getrandom::Error,
    },
}

impl Error {
    /// The stable code of this error, for example `tokens.broken`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Key { source, .. } => source.hint(),
            _ => None,
        }
    }

    /// The exit status of a command that fails with this: 2 invalid, 6 unavailable, 7 tampered.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Key { .. } => 2,
            Self::Broken { .. } => 7,
            Self::Store { source, .. } => match source.kind {
                StoreErrorKind::NotFound => 3,
                StoreErrorKind::Invalid => 2,
                StoreErrorKind::Protected => 5,
                _ => 6,
            },
            Self::Rights { .. } | Self::NoRandomness { .. } => 6,
        }
    }
}

/// The result of [`Vault`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place for what tokens stand for.
///
/// ```
/// use std::sync::Arc;
/// use lake::tokens::Vault;
/// use platform::body_keys::LocalKey;
/// use platform::store::Store;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let vault = Vault::new(&Store::memory(), Arc::new(LocalKey::parse(&"5e".repeat(32))?));
/// let met = [("tok_1".to_owned(), "Ana".to_owned())];
/// vault.add(&[("name".to_owned(), met.into())].into()).await?;
/// let resolved = vault.resolve(&["tok_1".to_owned(), "tok_2".to_owned()].into()).await?;
/// assert_eq!((resolved.len(), &*resolved["tok_1"].text), (1, "Ana"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vault {
    store: Store,
    wrapping: Arc<dyn KeyWrapping>,
    retry: Retry,
}

/// The first line of an object.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    v: u32,
    key: WrappedKey,
}

const VERSION: u32 = 1;

impl Vault {
    /// What lies at `store`, or will. `wrapping` wraps the keys of the objects.
    pub fn new(store: &Store, wrapping: Arc<dyn KeyWrapping>) -> Self {
        Self { store: store.clone(), wrapping, retry: Retry::default() }
    }

    /// Keeps tokens, in one object that nobody changes again; nothing if there are none.
    ///
    /// # Errors
    ///
    /// [`Error::Key`], [`Error::Store`], [`Error::NoRandomness`].
    pub async fn add(&self, tokens: &Tokens) -> Result<()> {
        if tokens.values().all(BTreeMap::is_empty) {
            return Ok(());
        }
        let name: [u8; 16] = random()?;
        let object = format!("{FOLDER}{}.tokens", hex::encode(&name));
        let key = DataKey::new(random()?);
        let failed = |source| Error::Key { object: object.clone(), source: Box::new(source) };
        let key_wrapped = self.wrapping.wrap(&key, &object).await.map_err(failed)?;
        let head = Head { v: VERSION, key: key_wrapped };
        let mut body = serde_json::to_vec(&head).expect("a wrapped key is JSON");
        body.push(b'\n');
        let plain = Zeroizing::new(serde_json::to_vec(tokens).expect("texts are JSON"));
        let nonce: [u8; NONCE] = random()?;
        let mut sealer = Sealer::new(&key, &object, nonce);
        let sealed = sealer.add(&plain, &mut body).and_then(|()| sealer.finish(&mut body));
        sealed.map_err(|error| failed(error.into()))?;
        let body = bytes::Bytes::from(body);
        let put = Put::absent().typed("application/octet-stream");
        let written = self.retry.again(|| self.store.put(&*object, body.clone(), &put)).await;
        match written {
            Ok(_) => {}
            // The name is ours alone: it is our own first attempt that is there.
            Err(error) if error.kind == StoreErrorKind::Exists => {}
            Err(error) => return Err(store("keep what tokens stand for")(error)),
        }
        self.for_the_owner_alone(&object).map_err(|source| Error::Rights { object, source })
    }

    /// What these tokens stand for; one that no object has is left out.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] for another application key, [`Error::Broken`], [`Error::Store`].
    pub async fn resolve(&self, wanted: &BTreeSet<String>) -> Result<BTreeMap<String, Resolved>> {
        let mut found: BTreeMap<String, Resolved> = BTreeMap::new();
        let listed = self.store.list_all(FOLDER, None).try_collect::<Vec<_>>().await;
        for entry in listed.map_err(store("list what tokens stand for"))? {
            for (column, tokens) in self.read(entry.key.as_str()).await? {
                for (token, text) in tokens {
                    if !wanted.contains(&token) {
                        continue;
                    }
                    let columns = BTreeSet::new();
                    let resolved = found.entry(token).or_insert(Resolved { text, columns });
                    resolved.columns.insert(column.clone());
                }
            }
        }
        Ok(found)
    }

    async fn read(&self, object: &str) -> Result<Tokens> {
        let broken =
            |reason: &str| Error::Broken { object: object.to_owned(), reason: reason.into() };
        let failed = |source| Error::Key { object: object.to_owned(), source: Box::new(source) };
        let read = self.retry.again(|| self.store.get(object)).await;
        let body = read.map_err(store("read what tokens stand for"))?.body;
        let end = memchr::memchr(b'\n', &body).ok_or_else(|| broken("it has no first line"))?;
        let head: Head = serde_json::from_slice(&body[..end])
            .map_err(|_| broken("its first line says no key"))?;
        if head.v != VERSION {
            return Err(broken("it is of another version"));
        }
        let key = self.wrapping.unwrap(&head.key, object).await.map_err(failed)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
        let mut opener = Opener::new(&key, object);
        let opened =
            opener.add(&body[end + 1..], &mut plain).and_then(|()| opener.finish(&mut plain));
        opened.map_err(|error| broken(&error.to_string()))?;
        serde_json::from_slice(&plain).map_err(|_| broken("what is sealed in it are no tokens"))
    }

    /// Takes the rights of others away, where the place is a folder.
    #[cfg(unix)]
    fn for_the_owner_alone(&self, object: &str) -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let Some(folder) = self.store.folder() else { return Ok(()) };
        let only = |path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode));
        only(folder.join(FOLDER), 0o700)?;
        only(folder.join(object), 0o600)
    }

    #[cfg(not(unix))]
    fn for_the_owner_alone(&self, _: &str) -> std::io::Result<()> {
        Ok(())
    }
}

fn store(act: &'static str) -> impl FnOnce(StoreError) -> Error {
    move |source| Error::Store { act, source: Box::new(source) }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
    Ok(bytes)
}
