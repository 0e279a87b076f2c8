//! The examples on the pages of rules, as blocks.

/// One fenced block of a page.
#[derive(Debug, PartialEq)]
pub(crate) struct Block<'p> {
    /// The words after the fence, for example `yaml after caught`.
    pub(crate) info: &'p str,
    /// What stands in it.
    pub(crate) text: String,
}

/// The fenced blocks of `page`, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            let text = inside.map(|line| format!("{line}\n")).collect();
            blocks.push(Block { info, text });
        }
    }
    blocks
}
