//! The text of a workbook: its cells, row by row.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, Xlsx};

use super::words::Words;
use super::{Error, Format, Limits, package};

pub(super) fn read(bytes: &[u8], limits: Limits, words: &mut Words) -> Result<(), Error> {
    let unreadable = |error: calamine::XlsxError| match error {
        calamine::XlsxError::Password => Error::Encrypted,
        other => Error::unreadable(Format::Xlsx, other),
    };
    // The reader keeps whole parts in memory, so what they unpack to is measured first.
    package::measure(bytes, limits, Format::Xlsx)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    for name in book.sheet_names() {
        if words.is_full() {
            words.lacks_a_part();
            return Ok(());
        }
        words.gap('\n');
        words.add(&name);
        words.gap('\n');
        // Cell by cell: a sheet whose one cell is far down would else take all of the memory.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            // A chart, or damaged.
            words.lacks_a_part();
            continue;
        };
        let mut row = 0;
        while !words.is_full() {
            let cell = match cells.next_cell() {
                Ok(Some(cell)) => cell,
                Ok(None) => break,
                Err(_) => {
                    words.lacks_a_part();
                    break;
                }
            };
            let here = cell.get_position().0;
            words.gap(if here == row { ' ' } else { '\n' });
            row = here;
            match cell.get_value() {
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                    words.add(text);
                }
                DataRef::SharedString(text) => words.add(text),
                DataRef::Int(number) => words.add(&number.to_string()),
                DataRef::Float(number) => words.add(&number.to_string()),
                DataRef::DateTime(moment) => words.add(&moment.to_string()),
                DataRef::Bool(_) | DataRef::Error(_) | DataRef::Empty => {}
            }
        }
    }
    Ok(())
}
