//! What is masked leaves the lake by the commands that may, and by no other.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

const DOCUMENT: &str = "schema: lake/1
entity: people
version: 1
columns:
  - {id: 1, name: id, type: integer, required: true, maximum: 10}
  - {id: 2, name: e_mail, type: string, mask: {token: people}}
key: [id]
";

fn run(folder: &Path, line: &str, status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_strongroom"))
        .args(line.split(' '))
        .current_dir(folder)
        .env("STRONGROOM_LAKE", "./lake")
        .env("STRONGROOM_APPLICATION_KEY", "./app.key")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{line}: {said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    if status == 0 { printed } else { printed + &said }
}

fn key(path: &Path, digits: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.create(true).write(true).mode(0o600).open(path).unwrap();
    std::io::Write::write_all(&mut file, digits.repeat(32).as_bytes()).unwrap();
}

#[test]
fn refused_rows_are_found_in_their_inputs_and_tokens_in_their_place() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    key(&folder.join("app.key"), "5e");
    key(&folder.join("other.key"), "6f");
    key(&folder.join("people.key"), "7a");
    std::fs::write(folder.join("people.yaml"), DOCUMENT).unwrap();
    let mended = DOCUMENT.replace("version: 1", "version: 2").replace(", maximum: 10", "");
    std::fs::write(folder.join("mended.yaml"), mended).unwrap();
    std::fs::create_dir(folder.join("in")).unwrap();
    std::fs::write(folder.join("in/a.csv"), "id,e_mail\n1,ana@example.org\n11,ben@example.org\n")
        .unwrap();
    let masked = "--mask-key people=people.key --tokens ./tokens";
    run(folder, &format!("lake ingest in --schema people.yaml {masked}"), 0);
    let listed = run(folder, "lake quarantine list bronze/people --raw", 0);
    assert!(listed.contains("(its bytes are not kept)") && !listed.contains("ben@"), "{listed}");
    let replay = format!("lake quarantine replay --schema mended.yaml {masked}");
    let said = run(folder, &replay, 0);
    assert_eq!(
        said,
        "there is nothing to be tried; 1 are left, 1 of them for want of their inputs: `--from`\n"
    );
    let said = run(folder, &format!("{replay} --from in"), 0);
    assert!(said.contains("accepted     1\n") && said.contains("0 were not tried"), "{said}");

    let store = platform::store::Store::local(folder.join("lake"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tokens = runtime.block_on(async {
        let lake =
            lake::commits::Lake::open(&store, lake::commits::Options::reader()).await.unwrap();
        let table = lake.reader(&"bronze/people".parse().unwrap()).await.unwrap();
        let mut tokens = Vec::new();
        for live in table.state().live(lake::commits::Kind::Data) {
            for batch in lake::files::rows(&table, &live.file).await.unwrap() {
                let text = format!("{:?}", batch.column_by_name("e_mail").unwrap());
                let found = text.split('"').filter(|it| it.starts_with("tok_"));
                tokens.extend(found.map(str::to_owned));
            }
        }
        tokens
    });
    assert_eq!(tokens.len(), 2);
    let resolve = |tokens: &str, status: i32| {
        run(folder, &format!("lake tokens resolve {tokens} --tokens ./tokens"), status)
    };
    let said = resolve(&tokens.join(" "), 0);
    for text in ["ana@example.org", "ben@example.org", "e_mail"] {
        assert!(said.contains(text), "{said}");
    }
    let said = resolve(&format!("{} tok_none", tokens[0]), 3);
    assert!(said.contains("nothing is kept for the token `tok_none`"), "{said}");
    let other = format!("{} --application-key other.key", tokens[0]);
    assert!(!resolve(&other, 2).contains("ana@"));
}
