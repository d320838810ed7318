//! Cells of CSV that we write: a spreadsheet that opens the file runs none of them.

use std::borrow::Cow;

/// A cell that a spreadsheet shows as text: what would start a formula (`= + - @`, a tab, a carriage
/// return) gets an apostrophe in front. So does what starts with an apostrophe, so that taking the first
/// one away gives every cell back as it was.
pub fn neutral(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn formulas_become_text_and_can_be_had_back() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'"] {
            let written = neutral(cell);
            assert!(written.starts_with('\''), "{cell:?}");
            assert_eq!(written.strip_prefix('\''), Some(cell));
        }
        for cell in ["", "Farm", "1-1", " =1", "Café"] {
            assert_eq!(neutral(cell), cell);
        }
    }
}
