//! Where a request ends that nobody has read yet.

/// The head of a request as far as it was read (RFC 9112 section 2.1), which may come in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head {
    /// Whether anything but empty lines came (RFC 9112 section 2.2).
    has_begun: bool,
    /// Whether something stands in the line that was read last.
    is_in_line: bool,
    is_over: bool,
    /// Bytes behind it that are its request's.
    body: usize,
}

impl Head {
    /// Whether anything was read of it.
    pub fn has_begun(self) -> bool {
        self.has_begun
    }

    /// Whether all of it was read.
    pub fn is_over(self) -> bool {
        self.is_over
    }

    /// Bytes of the body that were read with it; once.
    pub fn take_body(&mut self) -> u64 {
        u64::try_from(std::mem::take(&mut self.body)).unwrap_or(u64::MAX)
    }

    /// Takes what comes next, or the first bytes of the next request if this one is over. Says how many are of the
    /// request, with what there is of its body. A body whose length stands in an earlier piece, or nowhere, is left.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        if self.is_over {
            *self = Self::default();
        }
        let Some(last) = bytes.iter().position(|byte| self.ends_with(*byte)) else {
            return bytes.len();
        };
        let (head, behind) = bytes.split_at(last + 1);
        self.is_over = true;
        self.body = behind.len().min(length(head));
        head.len() + self.body
    }

    /// Whether this byte, after those before, is its last.
    fn ends_with(&mut self, byte: u8) -> bool {
        match byte {
            b'\n' if self.has_begun && !self.is_in_line => return true,
            b'\n' => self.is_in_line = false,
            b'\r' => {}
            _ => {
                self.has_begun = true;
                self.is_in_line = true;
            }
        }
        false
    }
}

/// The `Content-Length` in this head. What actix makes of it decides; this is how much it gets to see at once.
fn length(head: &[u8]) -> usize {
    let value = |line: &[u8]| {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':')?);
        let value = value.strip_prefix(b":")?.trim_ascii();
        name.eq_ignore_ascii_case(b"content-length")
            .then(|| std::str::from_utf8(value).ok()?.parse().ok())?
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    lines.find_map(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\ncontent-LENGTH:  5 \r\n\r\n";

    #[test]
    fn a_request_is_taken_up_to_its_end() {
        for (bytes, of_it, body) in [
            (format!("{GET}{GET}"), GET.len(), 0),
            (format!("{POST}12345{GET}"), POST.len() + 5, 5),
            (format!("{POST}123"), POST.len() + 3, 3),
            (format!("\r\n\n{GET}{GET}"), GET.len() + 3, 0),
            ("GET / HTTP/1.1\n\nGET".to_owned(), 16, 0),
        ] {
            let mut head = Head::default();
            assert_eq!(head.take(bytes.as_bytes()), of_it, "{bytes:?}");
            assert!(head.is_over());
            assert_eq!(head.take_body(), body, "{bytes:?}");
            assert_eq!(head.take_body(), 0);
        }
    }

    #[test]
    fn a_head_may_come_in_pieces() {
        let mut head = Head::default();
        for piece in ["\r", "\nG", "ET / HTTP/1.1\r\nHost: a\r", "\n", "\r"] {
            assert_eq!(head.take(piece.as_bytes()), piece.len());
            assert!(!head.is_over(), "{piece:?}");
        }
        assert_eq!(head.take(b"\nGET"), 1);
        assert!(head.is_over());
        // The next begins anew.
        assert_eq!(head.take(b"\r\n\r\n"), 4);
        assert!(!head.has_begun() && !head.is_over());
        assert_eq!(head.take(POST.as_bytes()), POST.len());
    }
}
