//! AES-128, block by block, as FIPS 197 has it: by one table for each direction, which is made with the key. The kept crate was weighed: its
//! bits are sliced for processors with wide registers, which WebAssembly does not have, and it takes no table since those tell others on
//! the same machine of a key by their time in its cache. Here key and bytes are what a message gave to this very page.

use crate::prelude::*;

/// Which way bytes go through a cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From plain bytes to encrypted ones.
    Encrypt,
    /// From encrypted bytes to plain ones.
    Decrypt,
}

/// A key, made ready for one way.
pub(crate) struct Aes128 {
    /// One for each round, and one more.
    keys: [[u32; 4]; 11],
    /// What a byte of the state adds to a column: substituted, and mixed.
    mixed: Box<[u32; 256]>,
    /// What it is substituted by.
    substitutes: Box<[u8; 256]>,
    /// How far the rows are shifted from one to the next, in columns.
    shift: usize,
}

impl Aes128 {
    pub(crate) fn new(key: [u8; 16], way: Way) -> Self {
        let (forth, back) = substitutes();
        let mut keys = expanded(key, &forth);
        let (substitutes, factors, shift) = match way {
            Way::Encrypt => (forth.clone(), [2, 1, 1, 3], 1),
            Way::Decrypt => (back, [14, 9, 13, 11], 3),
        };
        let mut mixed = Box::new([0; 256]);
        for (mixed, byte) in mixed.iter_mut().zip(*substitutes) {
            *mixed = u32::from_be_bytes(factors.map(|factor| product(byte, factor)));
        }
        if way == Way::Decrypt {
            keys.reverse();
            for word in keys[1..10].as_flattened_mut() {
                // Of the inverse cipher, the keys are mixed as the state is.
                let column = word.to_be_bytes().map(|byte| mixed[usize::from(forth[usize::from(byte)])]);
                *word = column[0] ^ column[1].rotate_right(8) ^ column[2].rotate_right(16) ^ column[3].rotate_right(24);
            }
        }
        Self { keys, mixed, substitutes, shift }
    }

    /// Takes one block through, in place.
    pub(crate) fn block(&self, block: &mut [u8; 16]) {
        let [first, middle @ .., last] = &self.keys;
        let mut state = [0; 4];
        for ((column, bytes), key) in state.iter_mut().zip(block.as_chunks::<4>().0).zip(first) {
            *column = u32::from_be_bytes(*bytes) ^ key;
        }
        for keys in middle {
            let [a, b, c, d] = state;
            let mixed = |column: u32, at: u32| self.mixed[(column >> at & 255) as usize];
            let of = |a, b, c, d, key: u32| {
                mixed(a, 24)
                    ^ mixed(b, 16).rotate_right(8)
                    ^ mixed(c, 8).rotate_right(16)
                    ^ mixed(d, 0).rotate_right(24)
                    ^ key
            };
            state = if self.shift == 1 {
                [of(a, b, c, d, keys[0]), of(b, c, d, a, keys[1]), of(c, d, a, b, keys[2]), of(d, a, b, c, keys[3])]
            } else {
                [of(a, d, c, b, keys[0]), of(b, a, d, c, keys[1]), of(c, b, a, d, keys[2]), of(d, c, b, a, keys[3])]
            };
        }
        for (at, (bytes, key)) in block.as_chunks_mut::<4>().0.iter_mut().zip(last).enumerate() {
            let row = |row: usize| {
                let byte = state[(at + self.shift * row) % 4].to_be_bytes()[row];
                self.substitutes[usize::from(byte)]
            };
            *bytes = (u32::from_be_bytes([row(0), row(1), row(2), row(3)]) ^ key).to_be_bytes();
        }
    }
}

/// The keys of all rounds.
fn expanded(key: [u8; 16], substitutes: &[u8; 256]) -> [[u32; 4]; 11] {
    let mut keys = [[0; 4]; 11];
    for (word, bytes) in keys[0].iter_mut().zip(key.as_chunks::<4>().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    let mut constant = 1;
    for round in 1..11 {
        let before = keys[round - 1];
        let turned = before[3].rotate_left(8).to_be_bytes().map(|byte| substitutes[usize::from(byte)]);
        let mut word = u32::from_be_bytes(turned) ^ u32::from(constant) << 24;
        for (made, before) in keys[round].iter_mut().zip(before) {
            word ^= before;
            *made = word;
        }
        constant = doubled(constant);
    }
    keys
}

/// What each byte is substituted by, and the other way.
fn substitutes() -> (Box<[u8; 256]>, Box<[u8; 256]>) {
    let (mut forth, mut back) = (Box::new([0x63; 256]), Box::new([0; 256]));
    // All but 0, with the inverse of each in the field: one is multiplied by 3, the other divided by it.
    let (mut byte, mut inverse) = (1_u8, 1_u8);
    loop {
        byte ^= doubled(byte);
        inverse ^= inverse << 1;
        inverse ^= inverse << 2;
        inverse ^= inverse << 4;
        if inverse & 0x80 != 0 {
            inverse ^= 0x09;
        }
        forth[usize::from(byte)] ^= (0..5).fold(0, |sum, turn| sum ^ inverse.rotate_left(turn));
        if byte == 1 {
            break;
        }
    }
    for (byte, substitute) in (0..=255).zip(*forth) {
        back[usize::from(substitute)] = byte;
    }
    (forth, back)
}

/// Twice a byte, in the field of AES.
const fn doubled(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

/// A product in the field of AES.
fn product(byte: u8, factor: u8) -> u8 {
    let (mut sum, mut power) = (0, byte);
    for bit in 0..4 {
        if factor >> bit & 1 == 1 {
            sum ^= power;
        }
        power = doubled(power);
    }
    sum
}

#[cfg(test)]
mod tests {
    use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
    use proptest::prelude::*;

    use super::*;

    /// FIPS 197, appendix C.1.
    #[test]
    fn published_vector() {
        let key = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f_u128.to_be_bytes();
        let plain = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
        let encrypted = 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a_u128.to_be_bytes();
        let mut block = plain;
        Aes128::new(key, Way::Encrypt).block(&mut block);
        assert_eq!(block, encrypted);
        Aes128::new(key, Way::Decrypt).block(&mut block);
        assert_eq!(block, plain);
    }

    proptest! {
        #[test]
        fn any_block_as_by_the_kept_crate(key: [u8; 16], block: [u8; 16]) {
            let theirs = aes::Aes128::new(&key.into());
            let (mut forth, mut back) = (block, block);
            theirs.encrypt_block((&mut forth).into());
            theirs.decrypt_block((&mut back).into());
            for (way, expected) in [(Way::Encrypt, forth), (Way::Decrypt, back)] {
                let mut ours = block;
                Aes128::new(key, way).block(&mut ours);
                prop_assert_eq!(ours, expected);
            }
        }
    }
}
