//! What the ending of a file stands for, and how such a file begins.

use super::ArtifactKey;

/// What is known about files with some endings.
pub(super) struct Medium {
    /// The endings, without the dot, in lower case. Those with a dot inside come first.
    extensions: &'static [&'static str],
    /// The media type (IANA, "Media Types", where there is one).
    pub(super) media_type: &'static str,
    pub(super) start: Start,
}

/// How a file begins.
pub(super) enum Start {
    /// As one of these types, by the name that `infer` has for it.
    Like(&'static [&'static str]),
    /// With these bytes, at this place.
    Bytes(usize, &'static [u8]),
    /// With one of these bytes.
    OneOf(&'static [u8]),
    /// As UTF-8 without control characters.
    Text,
    /// As JSON.
    Json,
    /// After the length of a header (8 bytes, little endian), with the header in JSON (safetensors,
    /// "Format").
    Safetensors,
    /// Nobody can say.
    Any,
}

const ZIP: Start = Start::Like(&["application/zip"]);
const GZIP: Start = Start::Like(&["application/gzip"]);

/// The first that fits counts.
const MEDIA: &[Medium] = &[
    Medium { extensions: &["tar.gz", "tgz", "gz"], media_type: "application/gzip", start: GZIP },
    Medium {
        extensions: &["zst"],
        media_type: "application/zstd",
        start: Start::Bytes(0, b"\x28\xb5\x2f\xfd"),
    },
    Medium {
        extensions: &["tar"],
        media_type: "application/x-tar",
        start: Start::Bytes(257, b"ustar"),
    },
    Medium { extensions: &["zip", "npz"], media_type: "application/zip", start: ZIP },
    Medium { extensions: &["whl", "jar"], media_type: "application/zip", start: ZIP },
    Medium {
        extensions: &["xlsx"],
        media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        start: Start::Like(&[
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/zip",
        ]),
    },
    Medium {
        extensions: &["docx"],
        media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        start: Start::Like(&[
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/zip",
        ]),
    },
    Medium {
        extensions: &["pdf"],
        media_type: "application/pdf",
        start: Start::Like(&["application/pdf"]),
    },
    Medium { extensions: &["png"], media_type: "image/png", start: Start::Like(&["image/png"]) },
    Medium {
        extensions: &["jpg", "jpeg"],
        media_type: "image/jpeg",
        start: Start::Like(&["image/jpeg"]),
    },
    Medium { extensions: &["json"], media_type: "application/json", start: Start::Json },
    Medium {
        extensions: &["ndjson", "jsonl"],
        media_type: "application/x-ndjson",
        start: Start::Json,
    },
    Medium { extensions: &["csv"], media_type: "text/csv", start: Start::Text },
    Medium { extensions: &["tsv"], media_type: "text/tab-separated-values", start: Start::Text },
    Medium { extensions: &["txt", "log"], media_type: "text/plain", start: Start::Text },
    Medium { extensions: &["md"], media_type: "text/markdown", start: Start::Text },
    Medium { extensions: &["yaml", "yml"], media_type: "application/yaml", start: Start::Text },
    Medium { extensions: &["toml"], media_type: "application/toml", start: Start::Text },
    Medium { extensions: &["xml"], media_type: "application/xml", start: Start::Text },
    Medium { extensions: &["html", "htm"], media_type: "text/html", start: Start::Text },
    Medium { extensions: &["xhtml"], media_type: "application/xhtml+xml", start: Start::Text },
    // Apache Parquet, "File Format".
    Medium {
        extensions: &["parquet"],
        media_type: "application/vnd.apache.parquet",
        start: Start::Bytes(0, b"PAR1"),
    },
    Medium {
        extensions: &["safetensors"],
        media_type: "application/octet-stream",
        start: Start::Safetensors,
    },
    Medium {
        extensions: &["gguf"],
        media_type: "application/octet-stream",
        start: Start::Bytes(0, b"GGUF"),
    },
    // The HDF5 file format, "Superblock".
    Medium {
        extensions: &["h5", "hdf5"],
        media_type: "application/x-hdf5",
        start: Start::Bytes(0, b"\x89HDF\r\n\x1a\n"),
    },
    // NumPy, "NEP 1".
    Medium {
        extensions: &["npy"],
        media_type: "application/octet-stream",
        start: Start::Bytes(0, b"\x93NUMPY"),
    },
    // TensorFlow Lite, the identifier of its schema.
    Medium {
        extensions: &["tflite"],
        media_type: "application/octet-stream",
        start: Start::Bytes(4, b"TFL3"),
    },
    // A protocol buffer has no magic number; of ONNX the first field is a number, tag 0x08.
    Medium {
        extensions: &["onnx"],
        media_type: "application/octet-stream",
        start: Start::OneOf(b"\x08"),
    },
    // A zip since PyTorch 1.6, a pickle (protocol 2 and later) before.
    Medium {
        extensions: &["pt", "pth"],
        media_type: "application/octet-stream",
        start: Start::OneOf(b"P\x80"),
    },
    Medium {
        extensions: &["pkl", "joblib"],
        media_type: "application/octet-stream",
        // Pickle with a protocol, or a joblib file that zlib packed.
        start: Start::OneOf(b"\x80\x78"),
    },
    Medium {
        extensions: &["wasm"],
        media_type: "application/wasm",
        start: Start::Bytes(0, b"\0asm"),
    },
    Medium {
        extensions: &["bin", "dat", "sig", "asc", "sha256"],
        media_type: "application/octet-stream",
        start: Start::Any,
    },
];

/// What stands for everything else.
const OCTETS: &str = "application/octet-stream";

impl ArtifactKey {
    /// The ending of its file, in lower case: `tar.gz` counts as one. Empty if it has none.
    pub fn extension(&self) -> String {
        let file = self.file().to_ascii_lowercase();
        match known(&file) {
            Some((extension, _)) => extension.to_owned(),
            None => file.rsplit_once('.').map(|it| it.1.to_owned()).unwrap_or_default(),
        }
    }

    /// The media type that its ending stands for.
    ///
    /// ```
    /// let key: storage_core::artifacts::ArtifactKey = "builds/ci/7/report.PDF".parse()?;
    /// assert_eq!((key.extension().as_str(), key.media_type()), ("pdf", "application/pdf"));
    /// # Ok::<(), storage_core::artifacts::Error>(())
    /// ```
    pub fn media_type(&self) -> &'static str {
        known(&self.file().to_ascii_lowercase()).map_or(OCTETS, |(_, medium)| medium.media_type)
    }

    pub(super) fn medium(&self) -> Option<&'static Medium> {
        known(&self.file().to_ascii_lowercase()).map(|it| it.1)
    }
}

fn known(file: &str) -> Option<(&'static str, &'static Medium)> {
    MEDIA.iter().find_map(|medium| {
        let ends = |it: &&&str| {
            file.strip_suffix(**it).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        };
        medium.extensions.iter().find(ends).map(|extension| (*extension, medium))
    })
}

impl Start {
    /// Whether a file that begins with `head` can be one; `whole` if there is no more of it.
    pub(super) fn fits(&self, head: &[u8], whole: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Like(types) => infer::get(head).is_some_and(|it| types.contains(&it.mime_type())),
            Self::Bytes(at, bytes) => head.get(*at..).is_some_and(|rest| rest.starts_with(bytes)),
            Self::OneOf(bytes) => head.first().is_some_and(|first| bytes.contains(first)),
            Self::Text => is_text(head, whole),
            Self::Json => {
                let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
                let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
                let begins = |byte: &u8| b"{[\"-tfn".contains(byte) || byte.is_ascii_digit();
                is_text(head, whole) && first.is_some_and(begins)
            }
            Self::Safetensors => match head.split_first_chunk::<8>() {
                Some((length, rest)) => {
                    u64::from_le_bytes(*length) < 100_000_000 && rest.starts_with(b"{")
                }
                None => false,
            },
        }
    }
}

/// UTF-8 without control characters other than those of lines; a character may be cut off at the end
/// of what is only the beginning.
fn is_text(head: &[u8], whole: bool) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|it| it.is_control() && !matches!(it, '\t' | '\n' | '\r' | '\u{c}'))
}

/// What a file looks like that begins so, if that can be said.
pub(super) fn looks_like(head: &[u8]) -> Option<&'static str> {
    infer::get(head).map(|it| it.mime_type())
}

/// What kind of program a file is that begins so, if it is one.
pub(super) fn program(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"#!") {
        return Some("text/x-shellscript");
    }
    // Whatever comes after: what a loader does with a damaged program is not our question.
    if head.starts_with(b"\x7fELF") {
        return Some("application/x-executable");
    }
    let found = infer::get(head)?;
    let app = found.matcher_type() == infer::MatcherType::App;
    // WebAssembly runs nowhere on its own.
    (app && found.mime_type() != "application/wasm").then(|| found.mime_type())
}
