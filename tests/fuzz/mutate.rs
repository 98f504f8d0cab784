//! Inputs that are near to those of a corpus. The same seed makes the same inputs.

/// An endless row of inputs, each a file of the corpus after a few changes.
pub(crate) struct Mutator<'a> {
    chance: Chance,
    corpus: &'a [Vec<u8>],
    words: &'a [Vec<u8>],
}

/// Beyond this, an input stops growing.
const LONGEST: usize = 8192;

impl<'a> Mutator<'a> {
    pub(crate) fn new(seed: u64, corpus: &'a [Vec<u8>], words: &'a [Vec<u8>]) -> Self {
        Self { chance: Chance(seed), corpus, words }
    }

    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.chance.one_of(self.corpus).clone();
        for _ in 0..=self.chance.below(4) {
            self.change(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.range(input.len());
        match self.chance.below(8) {
            // A bit, or a byte.
            0 | 1 if from < input.len() => {
                input[from] ^= if self.chance.below(2) == 0 { 1 << self.chance.below(8) } else { self.chance.byte() };
            }
            // A word of the protocol, in between or in place.
            2 | 3 => {
                let behind = if self.chance.below(2) == 0 { from } else { to };
                input.splice(from..behind, self.chance.one_of(self.words).iter().copied());
            }
            // The same again, up to 40 times.
            4 => {
                let times = 1 + self.chance.below(40);
                let piece = input[from..to].repeat(times);
                input.splice(from..from, piece);
            }
            // Another file's piece, or its end.
            5 => {
                let other = self.chance.one_of(self.corpus);
                let (begin, end) = self.range(other.len());
                input.splice(from..to, other[begin..end].iter().copied());
            }
            6 => drop(input.drain(from..to)),
            _ => input.truncate(from),
        }
        input.truncate(LONGEST);
    }

    /// A range within so many bytes; mostly a short one.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.chance.below(length + 1);
        let most = if self.chance.below(4) == 0 { length } else { 16 };
        (from, from + self.chance.below((length - from).min(most) + 1))
    }
}

/// Numbers that look like chance: `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is above 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("no input is that long");
        usize::try_from(self.next() % end).expect("it is below a usize")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Reads libFuzzer's form of a dictionary: a quoted word in each line, with `\xAB`, `\\` and `\"`; `#` begins a comment.
pub(crate) fn words_of(dictionary: &str) -> Vec<Vec<u8>> {
    let lines = dictionary.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| word(line).unwrap_or_else(|| panic!("no word: {line}"))).collect()
}

fn word(line: &str) -> Option<Vec<u8>> {
    let mut rest = line.strip_prefix('"')?.strip_suffix('"')?;
    let mut word = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (byte, length) = match rest.strip_prefix('\\') {
            None => (u8::try_from(first).ok()?, 1),
            Some(escaped) if escaped.starts_with('x') => (u8::from_str_radix(escaped.get(1..3)?, 16).ok()?, 4),
            Some(escaped) => (escaped.bytes().next().filter(|byte| matches!(byte, b'\\' | b'"'))?, 2),
        };
        word.push(byte);
        rest = &rest[length..];
    }
    Some(word)
}
