//! What tokens stand for is kept apart, sealed, before a token is in the table; nothing else tells.

use std::io::{self, Read};
use std::sync::Arc;

use arrow::array::AsArray;
use futures_util::TryStreamExt as _;
use lake::bronze::MaskKeys;
use lake::commits::{Kind, Lake, Options};
use lake::ingest::{Input, Options as How, ingest};
use lake::quarantine::replay;
use lake::read::Source;
use lake::schema::Document;
use lake::tokens::{Error, Vault};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::body_keys::LocalKey;
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{Put, Store};

struct Text(&'static str, &'static str);

impl Source for Text {
    fn name(&self) -> &str {
        self.0
    }

    fn size(&self) -> Option<u64> {
        Some(self.1.len() as u64)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.as_bytes())))
    }
}

const DOCUMENT: &str = "
schema: lake/1
entity: people
version: 1
columns:
  - {id: 1, name: id, type: integer, required: true, maximum: 10}
  - {id: 2, name: e_mail, type: string, mask: {token: people}}
  - {id: 3, name: phone, type: string, mask: drop}
  - {id: 4, name: name, type: string, mask: {hash: people}}
key: [id]
";

fn document(version: u32) -> Document {
    let text = DOCUMENT.replace("version: 1", &format!("version: {version}"));
    let text = if version > 1 { text.replace(", maximum: 10", "") } else { text };
    Document::parse(&text).unwrap()
}

fn vault(store: &Store, digits: &str) -> Vault {
    Vault::new(store, Arc::new(LocalKey::parse(&digits.repeat(32)).unwrap()))
}

fn how(tokens: Option<Vault>) -> How {
    let mut how = How::default();
    how.keys = MaskKeys::default();
    how.keys.add("people", *b"sixteen or more bytes of key");
    how.tokens = tokens;
    how
}

async fn column(lake: &Lake, name: &str) -> Vec<String> {
    let table = lake.reader(&"bronze/people".parse().unwrap()).await.unwrap();
    let mut found = Vec::new();
    for live in table.state().live(Kind::Data) {
        let body = table.read(&live.file).await.unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(body).unwrap().build().unwrap() {
            let column = batch.unwrap().column_by_name(name).unwrap().clone();
            let column = arrow::compute::cast(&column, &arrow::datatypes::DataType::Utf8).unwrap();
            found.extend(column.as_string::<i32>().iter().map(|it| it.unwrap_or("").to_owned()));
        }
    }
    found
}

#[tokio::test]
async fn a_token_of_the_table_is_resolved_by_who_has_the_key_alone() {
    let (store, place) = (Store::memory(), Store::memory());
    let lake = Lake::open(&store, Options::new("ana")).await.unwrap();
    let lines =
        "{\"id\":1,\"e_mail\":\"ana@example.org\"}\n{\"id\":11,\"e_mail\":\"ben@example.org\"}\n";
    let inputs: Vec<Input> = vec![Box::new(Text("a.ndjson", lines))];
    let mut dry = how(Some(vault(&place, "5e")));
    dry.dry_run = true;
    ingest(&lake, &document(1), inputs, &dry).await.unwrap();
    assert_eq!(place.list_all("", None).try_collect::<Vec<_>>().await.unwrap().len(), 0);

    // Where they cannot be kept, nothing is committed.
    let dead =
        Faulty::new(place.backend().clone(), |call| (call.act == Act::Put).then_some(Fault::Lost));
    let dead = vault(&Store::new(Arc::new(dead), ""), "5e");
    let inputs: Vec<Input> = vec![Box::new(Text("a.ndjson", lines))];
    let error = ingest(&lake, &document(1), inputs, &how(Some(dead))).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("tokens.store", 6));
    let table = lake.table(&"bronze/people".parse().unwrap()).await.unwrap();
    assert_eq!(table.state().next(), 0);

    let kept = vault(&place, "5e");
    let inputs = || -> Vec<Input> { vec![Box::new(Text("a.ndjson", lines))] };
    ingest(&lake, &document(1), inputs(), &how(Some(kept.clone()))).await.unwrap();
    let tokens = column(&lake, "e_mail").await;
    assert!(tokens.len() == 1 && tokens[0].starts_with("tok_"), "{tokens:?}");
    // A row that is tried again brings its token with it.
    let mut again = how(Some(kept.clone()));
    again.originals = Arc::new(inputs());
    let replayed = replay(&lake, &document(2), &[], &again).await.unwrap();
    assert_eq!(replayed.counts.accepted, 1);
    let tokens = column(&lake, "e_mail").await;
    let wanted = tokens.iter().cloned().chain(["tok_none".to_owned()]).collect();
    let resolved = kept.resolve(&wanted).await.unwrap();
    let texts: Vec<_> = tokens.iter().map(|it| &*resolved[it].text).collect();
    assert_eq!((resolved.len(), texts), (2, vec!["ana@example.org", "ben@example.org"]));
    assert!(resolved.values().all(|it| it.columns.iter().eq(["e_mail"])));
    assert!(!format!("{resolved:?}").contains("example.org"), "texts are never printed");

    let other = vault(&place, "6f").resolve(&wanted).await.unwrap_err();
    assert_eq!((other.code(), other.exit_status()), ("tokens.key", 2));
    let objects: Vec<_> = place.list_all("", None).try_collect().await.unwrap();
    assert_eq!(objects.len(), 2);
    for it in &objects {
        let body = place.get(it.key.as_str()).await.unwrap().body;
        assert!(memchr::memmem::find(&body, b"example.org").is_none(), "it is sealed");
    }
    // Moved, cut off, or something else.
    let body = place.get(objects[0].key.as_str()).await.unwrap().body;
    for (name, body) in [
        ("tokens/00", body.clone()),
        (objects[0].key.as_str(), body.slice(..body.len() - 1)),
        ("tokens/ff", bytes::Bytes::from_static(b"{}\n")),
        ("tokens/ff", bytes::Bytes::from_static(b"")),
    ] {
        let spoilt = Store::memory();
        spoilt.put(name, body, &Put::default()).await.unwrap();
        let error = vault(&spoilt, "5e").resolve(&wanted).await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. } | Error::Key { .. }), "{name}: {error}");
    }
}

#[tokio::test]
#[cfg(unix)]
async fn in_a_folder_nobody_else_may_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let kept = vault(&Store::local(folder.path()), "5e");
    let met = [("tok_1".to_owned(), "Ana".to_owned())];
    kept.add(&[("name".to_owned(), met.into())].into()).await.unwrap();
    kept.add(&Default::default()).await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("tokens")), 0o700);
    let files: Vec<_> = std::fs::read_dir(folder.path().join("tokens")).unwrap().collect();
    assert_eq!((files.len(), mode(&files[0].as_ref().unwrap().path())), (1, 0o600));
    assert_eq!(kept.resolve(&["tok_1".to_owned()].into()).await.unwrap()["tok_1"].text, "Ana");
}

#[tokio::test]
async fn what_is_called_like_a_masked_column_is_masked_where_it_is_kept() {
    let store = Store::memory();
    let lake = Lake::open(&store, Options::new("ana")).await.unwrap();
    let json = concat!(
        r#"{"id":1,"E-Mail":"ana@example.org","Phone":"555","NAME":"Ana","site":"x","size":1.10}"#,
        "\n",
        r#"{"id":2,"person":{"eMail":["ana@example.org"],"phone":555,"n":[{"Name":"Ana"}],"age":7},"t":{"a":1.10}}"#,
        "\n",
        r#"{"id":3,"person":{"e\u005fmail":"ana@example.org","phone":null}}"#,
        "\n",
        r#"{"id":4,"Phone":"555"}"#,
        "\n",
    );
    let xml = "<all><r id='5'><c><Email>ana@example.org</Email></c><d>{<e>1</e></d></r></all>";
    let inputs: Vec<Input> = vec![Box::new(Text("a.ndjson", json)), Box::new(Text("b.xml", xml))];
    let report = ingest(&lake, &document(1), inputs, &how(None)).await.unwrap();
    assert_eq!(report.counts.accepted, 5);
    let extra = column(&lake, "_extra").await;
    let (token, list) =
        (of(&report.tokens, "ana@example.org"), of(&report.tokens, r#"["ana@example.org"]"#));
    let hash = "NAME\":\"";
    let hash = extra[0].split_once(hash).unwrap().1.split('"').next().unwrap().to_owned();
    assert_eq!(hash.len(), 64);
    assert_eq!(
        extra[0],
        format!(r#"{{"E-Mail":"{token}","NAME":"{hash}","site":"x","size":1.10}}"#)
    );
    assert_eq!(
        extra[1],
        format!(
            r#"{{"person":{{"eMail":"{list}","n":[{{"Name":"{hash}"}}],"age":7}},"t":{{"a":1.10}}}}"#
        )
    );
    assert_eq!(extra[2], format!(r#"{{"person":{{"e_mail":"{token}","phone":null}}}}"#));
    // What was dropped leaves nothing, and elements within elements are a text.
    assert_eq!(extra[3..], ["", r#"{"d":"<d>{<e>1</e></d>"}"#]);
}

/// The token of a text.
fn of(tokens: &lake::tokens::Tokens, text: &str) -> String {
    tokens["e_mail"].iter().find(|it| it.1 == text).unwrap().0.clone()
}
