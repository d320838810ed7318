//! Small bodies that hold much.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::Write;

/// An encoded body.
pub struct Bomb {
    /// Its `Content-Encoding`.
    pub coding: &'static str,
    /// As it is sent.
    pub body: Vec<u8>,
}

/// Bytes that those of gzip and deflate hold.
const UNPACKED: usize = 32 << 20;

/// 512 MiB of zeros, as the reference encoder of brotli writes them at quality 11.
const BROTLI: &str = "\
    z///f/gnAOKxQCD3/p/////wTwDEYQGA7v0/////4Z8AiMMiAN37f/7//8M/ARCHBQC69//8//+HfwIgDgsAdO//+f//D/8E\
    QBwWAOje//P//x/+CYA4LADQvf/n//8//BMAcVgAoHv/z///f/gnAOKwAED3/p/////wTwDEYQGA7v0/////4Z8AiMMCAN37\
    f/7//8M/ARCHBQC69//8//+HfwIgDgsAdO//+f//D/8EQBwWAOje//P//x/+CYA4LADQvf/n//8//BMAcVgAoHv/z///f/gn\
    AOKwAED3/p/////wTwDEYQGA7v0/////4Z8AiMMCAN37f/7//8M/ARCHBQC69//8//+HfwIgDgsAdO//+f//D/8EQBwWAOje\
    //P//x/+CYA4LADQvf/n//8//BMAcVgAoHv/z///f/gnAOKwAED3/p/////wTwDEYQGA7v0/////4Z8AiMMCAN37f/7//8M/\
    ARCHBQC69//8//+HfwIgDgsAdO//+f//D/8EQBwWAOje//P//x/+CYA4LADQvf/n//8//BMAcVgAoHv/Pw==";

/// One of each coding there is.
pub fn all() -> [Bomb; 4] {
    [gzip(), deflate(), brotli(), zstd()].map(|(coding, body)| Bomb { coding, body })
}

fn gzip() -> (&'static str, Vec<u8>) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; UNPACKED]).unwrap();
    ("gzip", encoder.finish().unwrap())
}

fn deflate() -> (&'static str, Vec<u8>) {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; UNPACKED]).unwrap();
    ("deflate", encoder.finish().unwrap())
}

fn brotli() -> (&'static str, Vec<u8>) {
    ("br", STANDARD.decode(BROTLI).unwrap())
}

/// 128 MiB: a frame of blocks that each repeat one byte (RFC 8878 sections 3.1.1.1 and 3.1.1.2).
fn zstd() -> (&'static str, Vec<u8>) {
    const BLOCK: u32 = 128 << 10;
    const BLOCKS: u32 = 1024;
    // Magic number; a descriptor without options; a window of 8 MiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68];
    for number in 1..=BLOCKS {
        let is_last = u32::from(number == BLOCKS);
        let header = is_last | (1 << 1) | (BLOCK << 3);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    ("zstd", frame)
}
