//! The order of the module's functions, for gzip's sake: it finds what was there before, the nearer the better, so functions that are
//! alike stand together. Goes when wasm-opt orders by likeness.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::path::Path;

use anyhow::Result;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{CodeSection, FunctionSection};
use wasmparser::{CodeSectionReader, FunctionSectionReader, ImportSectionReader, Parser, Payload, TypeRef};

type Error = wasm_encoder::reencode::Error<Infallible>;

/// Bytes of a piece that two functions may share: about two instructions.
const PIECE: usize = 6;

/// A piece that more functions have is in every one's reach anyway.
const MOST_SHARED: usize = 200;

/// Bytes of code that the next function is held against, and what a function counts less than the one behind it.
const REACH: usize = 5000;
const FADE: f64 = 0.93;

/// Puts the functions of a module into the order.
pub(crate) fn arrange(wasm: &Path) -> Result<()> {
    let bytes = fs::read(wasm)?;
    let mut order = Order::default();
    let mut bodies = Vec::new();
    for part in Parser::new(0).parse_all(&bytes) {
        match part? {
            Payload::ImportSection(imports) => order.imported = functions_of(imports)?,
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    order.from = by_likeness(&bodies);
    order.places = vec![0; bodies.len()];
    for (place, &index) in (0..).zip(&order.from) {
        order.places[index] = place;
    }
    let mut module = wasm_encoder::Module::new();
    order.parse_core_module(&mut module, Parser::new(0), &bytes)?;
    Ok(fs::write(wasm, module.finish())?)
}

/// How many functions are imported; their numbers are before all others.
fn functions_of(imports: ImportSectionReader<'_>) -> Result<u32> {
    let mut count = 0;
    for import in imports.into_imports() {
        count += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
    }
    Ok(count)
}

/// Copies a module, its functions in another order.
#[derive(Default)]
struct Order {
    imported: u32,
    /// The functions in their order, by where they stood.
    from: Vec<usize>,
    /// Where each of them goes.
    places: Vec<u32>,
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let own = function.checked_sub(self.imported).and_then(|own| self.places.get(usize::try_from(own).ok()?));
        Ok(own.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        to: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &index in &self.from {
            to.function(types[index]);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, to: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for index in self.from.clone() {
            self.parse_function_body(to, bodies[index].clone())?;
        }
        Ok(())
    }
}

/// Each body behind those that it shares most with, for its length; the longest is first.
#[allow(clippy::cast_precision_loss, reason = "lengths and counts are small")]
fn by_likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let (pieces, owners) = pieces_of(bodies);
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order: Vec<usize> = Vec::new();
    while !left.is_empty() {
        let mut likeness = vec![0.0; bodies.len()];
        let mut is_seen = vec![false; owners.len()];
        let (mut reach, mut weight) = (0, 1.0);
        for &before in order.iter().rev() {
            for &piece in &pieces[before] {
                let shared = owners[piece].len();
                if (2..MOST_SHARED).contains(&shared) && !std::mem::replace(&mut is_seen[piece], true) {
                    let rarity = (bodies.len() as f64 / shared as f64).ln();
                    owners[piece].iter().for_each(|&owner| likeness[owner] += rarity * weight);
                }
            }
            reach += bodies[before].len();
            weight *= FADE;
            if reach > REACH {
                break;
            }
        }
        let rank = |index: &usize| likeness[*index] / (bodies[*index].len() as f64).powf(0.7);
        let best = left.iter().enumerate().max_by(|(_, one), (_, other)| {
            let by_length = bodies[**one].len().cmp(&bodies[**other].len());
            rank(one).total_cmp(&rank(other)).then(by_length).then(other.cmp(one))
        });
        let Some((at, _)) = best else { break };
        order.push(left.remove(at));
    }
    order
}

/// The pieces of each body, by number, and the bodies that have each piece.
fn pieces_of(bodies: &[&[u8]]) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut numbers = HashMap::new();
    let mut owners: Vec<Vec<usize>> = Vec::new();
    let mut pieces = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let mut own = Vec::new();
        for piece in body.windows(PIECE) {
            let number = *numbers.entry(piece).or_insert(owners.len());
            if number == owners.len() {
                owners.push(Vec::new());
            }
            if owners[number].last() != Some(&index) {
                owners[number].push(index);
                own.push(number);
            }
        }
        pieces.push(own);
    }
    (pieces, owners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stands_together() {
        let bodies: [&[u8]; 5] = [b"0123456789", b"abcdefghijkl", b"-123456789-", b"bcdefghijk", b""];
        assert_eq!(by_likeness(&bodies), [1, 3, 2, 0, 4]);
    }
}
