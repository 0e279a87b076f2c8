//! How one row is written, so that it can be read again without the input around it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// How one row is written. Its text form stands beside a row in quarantine.
///
/// ```
/// use lake::read::Form;
///
/// let form = Form::Csv { delimiter: b';', header: ["id".to_owned(), "unit".to_owned()].into() };
/// assert_eq!(form.to_string(), r#"csv;["id","unit"]"#);
/// assert_eq!(form.to_string().parse(), Ok(form));
/// assert_eq!("json".parse(), Ok(Form::Json));
/// assert!("parquet".parse::<Form>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A JSON object: a line, or an element of an array.
    Json,
    /// A record of comma-separated values.
    Csv {
        /// What stands between fields: `,`, `;`, a tab.
        delimiter: u8,
        /// The names in the first record of its input.
        header: Arc<[String]>,
    },
    /// An XML element.
    Xml,
}

/// A text that says of no row how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no form of a row")]
pub struct NoForm;

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("json"),
            Self::Xml => f.write_str("xml"),
            Self::Csv { delimiter, header } => {
                let names = serde_json::to_string(&header[..]).map_err(|_| fmt::Error)?;
                write!(f, "csv{}{names}", char::from(*delimiter))
            }
        }
    }
}

impl FromStr for Form {
    type Err = NoForm;

    fn from_str(text: &str) -> Result<Self, NoForm> {
        match text {
            "json" => return Ok(Self::Json),
            "xml" => return Ok(Self::Xml),
            _ => {}
        }
        let rest = text.strip_prefix("csv").ok_or(NoForm)?;
        let delimiter = *rest.as_bytes().first().filter(|it| it.is_ascii()).ok_or(NoForm)?;
        let header: Vec<String> = serde_json::from_str(&rest[1..]).map_err(|_| NoForm)?;
        Ok(Self::Csv { delimiter, header: header.into() })
    }
}
