//! AVIF and HEIC: boxes within boxes (ISO/IEC 14496-12), and in them pictures as items with properties (ISO/IEC 23008-12).

use core::mem::swap;

use super::head::{FAR, Head, word};

/// The brands of pictures: first those of AV1, then those of HEVC, then those that leave it open.
const BRANDS: [u32; 19] = [
    word(*b"avif"),
    word(*b"avio"),
    word(*b"avis"),
    word(*b"MA1A"),
    word(*b"MA1B"),
    word(*b"heic"),
    word(*b"heix"),
    word(*b"heim"),
    word(*b"heis"),
    word(*b"hevc"),
    word(*b"hevx"),
    word(*b"hevm"),
    word(*b"hevs"),
    word(*b"mif1"),
    word(*b"mif2"),
    word(*b"msf1"),
    word(*b"miaf"),
    word(*b"jpeg"),
    word(*b"jpgs"),
];

const META: u32 = word(*b"meta");
const IPRP: u32 = word(*b"iprp");
const IPCO: u32 = word(*b"ipco");
const ISPE: u32 = word(*b"ispe");
const IROT: u32 = word(*b"irot");

/// Reads the dimensions, and gives the MIME type; `None` for films, and whatever else begins with a list of brands.
pub(super) fn read(head: &mut Head) -> Option<&'static str> {
    let mime = mime(head);
    if mime.is_some() {
        dimensions(head);
    }
    mime
}

fn mime(head: &mut Head) -> Option<&'static str> {
    let end = head.length(0, 4);
    // Behind the first of them stands a version, which is like none.
    let (mut mime, mut at) = (None, 8);
    while at < end && !head.is_short {
        let brand = head.number(at, 4);
        match BRANDS.iter().position(|&known| known == brand) {
            Some(0..=4) => return Some("image/avif"),
            Some(5..=12) => return Some("image/heic"),
            Some(_) => mime = Some("image/heic"),
            None => {}
        }
        at += 4;
    }
    mime
}

/// Those of the largest picture, since the others are its thumbnails and tiles; a quarter turn swaps them.
fn dimensions(head: &mut Head) {
    let (mut at, mut end) = (0, FAR);
    let mut is_turned = false;
    while at < end {
        let (length, name) = (head.length(at, 4), head.number(at + 4, 4));
        if length < 8 || length > end - at {
            break;
        }
        match name {
            // What is looked for stands in the innermost of these.
            META | IPRP | IPCO => {
                end = at + length;
                at += if name == META { 12 } else { 8 };
                continue;
            }
            ISPE => {
                let (width, height) = (head.number(at + 12, 4), head.number(at + 16, 4));
                if u64::from(width) * u64::from(height) > u64::from(head.width) * u64::from(head.height) {
                    (head.width, head.height) = (width, height);
                }
            }
            IROT => is_turned = matches!(head.number(at + 8, 1), 1 | 3),
            _ => {}
        }
        at += length;
    }
    if is_turned {
        swap(&mut head.width, &mut head.height);
    }
}
