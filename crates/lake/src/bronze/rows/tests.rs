//! Rows that are moved about stay what they were.

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 4] = ["", "a", "längere", "acht Zeichen und mehr"];

/// Both forms of a column of texts say the same.
fn column(texts: &[Option<usize>], coded: bool) -> Column {
    let mut column = Column::new(if coded {
        Values::Codes(Vec::new())
    } else {
        Values::Texts(Texts::default())
    });
    for text in texts {
        match (text, &mut column.values) {
            (Some(word), Values::Codes(codes)) => codes.push(u32::try_from(*word).unwrap()),
            (Some(word), Values::Texts(_)) => {
                column.present();
                if let Values::Texts(all) = &mut column.values {
                    all.push(WORDS[*word].as_bytes());
                }
            }
            _ => column.push_null(),
        }
    }
    column
}

fn said(column: &Column) -> Vec<Option<String>> {
    (0..column.len())
        .map(|row| {
            if column.is_null(row) {
                return None;
            }
            Some(match &column.values {
                Values::Codes(codes) => WORDS[codes[row] as usize].to_owned(),
                Values::Texts(texts) => String::from_utf8(texts.get(row).to_vec()).unwrap(),
                other => panic!("{other:?}"),
            })
        })
        .collect()
}

fn meant(texts: &[Option<usize>]) -> Vec<Option<String>> {
    texts.iter().map(|it| it.map(|word| WORDS[word].to_owned())).collect()
}

proptest! {
    #[test]
    fn columns_of_either_form_join(parts in prop::collection::vec(
        (prop::collection::vec(prop::option::of(0..4_usize), 0..6), any::<bool>()), 0..5,
    )) {
        let text = |code: u32, out: &mut Vec<u8>| out.extend_from_slice(WORDS[code as usize].as_bytes());
        let mut joined = Column::new(Values::Absent(0));
        let mut expected = Vec::new();
        for (texts, coded) in &parts {
            let part = if texts.iter().all(Option::is_none) {
                Column::new(Values::Absent(texts.len()))
            } else {
                column(texts, *coded)
            };
            joined.append(&part, 0..part.len(), &text);
            expected.extend(meant(texts));
        }
        prop_assert_eq!(said(&joined), expected.clone());

        let rows = Rows { lines: (0..u32::try_from(expected.len()).unwrap()).collect(), columns: vec![joined] };
        for start in 0..=rows.len() {
            let mut bytes = Vec::new();
            rows.write(start..rows.len(), &mut bytes);
            let read = Rows::read(&bytes, 1);
            prop_assert_eq!(said(&read.columns[0]), expected[start..].to_vec());
            prop_assert_eq!(&read.lines, &rows.lines[start..]);
        }
        let backwards: Vec<u32> = rows.lines.iter().rev().copied().collect();
        let turned: Vec<_> = expected.iter().rev().cloned().collect();
        prop_assert_eq!(said(&rows.gather(&backwards).columns[0]), turned);
    }
}
