//! SQL over the tables of a lake (feature `sql`).
//!
//! An [`Engine`] answers questions; the pipeline never asks it anything. A table is called as Athena calls
//! it (`gold.emissions_summary`, `bronze.emissions_quarantine`), and is what its log says: the files that
//! the last commit left, and no other file that may lie in its folder. Files that follow an older schema
//! document have the names and the types of the newest one. A query that filters by year, month or tenant
//! opens no file of another.
//!
//! Whoever asks can only read. What was answered before is known as long as nobody commits to a table
//! that was read.
//!
//! ```
//! use lake::commits::{Lake, Options};
//! use lake::query::{Engine, Settings};
//! use platform::store::Store;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let lake = Lake::open(&Store::memory(), Options::new("ana")).await?;
//! let engine = Engine::new(&lake, Settings::default())?;
//! let answer = engine.query("SELECT 6 * 7 AS answer", None).await?;
//! let (names, rows) = (answer.columns(), answer.rows().await?);
//! assert_eq!((names, rows), (vec!["answer".to_owned()], vec![vec![42.into()]]));
//! let refused = engine.query("DROP TABLE gold.emissions_summary", None).await.unwrap_err();
//! assert_eq!(refused.to_string(), "`DROP TABLE` is no query, and here is only read");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod cache;
mod engine;
mod error;
mod layout;
mod provider;
mod reader;
#[cfg(feature = "redis")]
mod redis;
mod settings;
mod statement;
mod tables;
mod values;

pub use answer::Answer;
pub use cache::SharedAnswers;
pub use engine::Engine;
pub use error::{Error, Place, Result};
#[cfg(feature = "redis")]
pub use redis::RedisAnswers;
pub use settings::Settings;
pub use values::{text, value};
