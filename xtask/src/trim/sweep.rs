//! A collection of garbage: takes from a module the data and the functions that can not be reached.
//!
//! The linker did that once, but it knew nothing of the panics that have been silenced since. What only they used is
//! still held by their data and their tables of methods, and wasm-opt, which sees no bounds within the data, has to
//! believe that all of it is needed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use anyhow::{Context, Result, bail};
use walrus::ir::{Instr, InstrLocId, Value, Visitor, dfs_in_order};
use walrus::{ConstExpr, Data, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, Module};

use super::relocations::{Relocations, Target};
use super::traps;

/// Blanks the data and takes the bodies of the functions that nothing reaches. They keep their places, since addresses
/// must not move: zeros and functions without a body are what wasm-opt then leaves out.
pub(crate) fn sweep(module: &mut Module, relocations: &Relocations) -> Result<()> {
    let Reached { functions, symbols, .. } = Reached::from_roots(module, relocations)?;
    let unreached: Vec<FunctionId> =
        module.funcs.iter_local().map(|(id, _)| id).filter(|id| !functions.contains(id)).collect();
    for id in unreached {
        traps::put(module, id);
    }

    let mut is_dead = vec![false; relocations.pieces.last().map_or(0, |piece| piece.place.end)];
    for (index, symbol) in &relocations.symbols {
        if !symbols.contains(index) {
            is_dead[symbol.place.clone()].fill(true);
        }
    }
    // Symbols may share bytes.
    for index in &symbols {
        is_dead[relocations.symbols[index].place.clone()].fill(false);
    }
    let pieces: Vec<_> = module.data.iter().map(Data::id).collect();
    if pieces.len() != relocations.pieces.len() {
        bail!("the module's pieces of data are not those that the linker tells of");
    }
    for (id, piece) in pieces.into_iter().zip(&relocations.pieces) {
        let bytes = &mut module.data.get_mut(id).value;
        for (byte, _) in bytes.iter_mut().zip(&is_dead[piece.place.clone()]).filter(|(_, is_dead)| **is_dead) {
            *byte = 0;
        }
    }
    Ok(())
}

/// What can be reached, and what of it was not yet looked into.
struct Reached<'a> {
    module: &'a Module,
    relocations: &'a Relocations,
    slots: BTreeMap<u32, FunctionId>,
    functions: HashSet<FunctionId>,
    symbols: HashSet<usize>,
    new_functions: Vec<FunctionId>,
    new_symbols: Vec<usize>,
}

impl<'a> Reached<'a> {
    /// All that can be reached from outside, and from data that belongs to no symbol.
    fn from_roots(module: &'a Module, relocations: &'a Relocations) -> Result<Self> {
        let mut reached = Self {
            module,
            relocations,
            slots: slots(module)?,
            functions: HashSet::new(),
            symbols: HashSet::new(),
            new_functions: Vec::new(),
            new_symbols: Vec::new(),
        };
        for export in module.exports.iter() {
            if let ExportItem::Function(function) = export.item {
                reached.function(function);
            }
        }
        module.start.into_iter().for_each(|function| reached.function(function));
        for (&index, symbol) in &relocations.symbols {
            if symbol.is_kept {
                reached.symbol(index);
            }
        }
        for piece in &relocations.pieces {
            for (place, &target) in relocations.addresses.range(piece.place.clone()) {
                if !relocations.symbols.values().any(|symbol| symbol.place.contains(place)) {
                    reached.target(target)?;
                }
            }
        }
        reached.follow()?;
        Ok(reached)
    }

    fn follow(&mut self) -> Result<()> {
        loop {
            if let Some(function) = self.new_functions.pop() {
                self.look_into_function(function)?;
            } else if let Some(symbol) = self.new_symbols.pop() {
                let place = self.relocations.symbols[&symbol].place.clone();
                for (_, &target) in self.relocations.addresses.range(place) {
                    self.target(target)?;
                }
            } else {
                return Ok(());
            }
        }
    }

    fn look_into_function(&mut self, id: FunctionId) -> Result<()> {
        let FunctionKind::Local(function) = &self.module.funcs.get(id).kind else { return Ok(()) };
        let mut names = Names::default();
        dfs_in_order(&mut names, function, function.entry_block());
        names.functions.into_iter().for_each(|function| self.function(function));
        // The places of all instructions that there were, so that the end of each is known.
        for both in function.instruction_mapping.windows(2) {
            let [begin, end] = [both[0].1, both[1].1].map(|place| place.data() as usize);
            if names.places.contains(&both[0].1) {
                for (_, &target) in self.relocations.addresses.range(begin..end) {
                    self.target(target)?;
                }
            }
        }
        Ok(())
    }

    fn target(&mut self, target: Target) -> Result<()> {
        match target {
            Target::Symbol(index) => self.symbol(index),
            Target::Slot(slot) => {
                let function = *self.slots.get(&slot).with_context(|| format!("no function is in slot {slot}"))?;
                self.function(function);
            }
        }
        Ok(())
    }

    fn function(&mut self, function: FunctionId) {
        if self.functions.insert(function) {
            self.new_functions.push(function);
        }
    }

    fn symbol(&mut self, index: usize) {
        if self.symbols.insert(index) {
            self.new_symbols.push(index);
        }
    }
}

/// What the instructions of a function name, and where in the file they are.
#[derive(Default)]
struct Names {
    functions: Vec<FunctionId>,
    places: BTreeSet<InstrLocId>,
}

impl<'a> Visitor<'a> for Names {
    fn visit_instr(&mut self, _: &'a Instr, place: &'a InstrLocId) {
        self.places.insert(*place);
    }

    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.push(*function);
    }
}

/// The functions in the module's table.
fn slots(module: &Module) -> Result<BTreeMap<u32, FunctionId>> {
    let mut slots = BTreeMap::new();
    for element in module.elements.iter() {
        let (
            ElementKind::Active { offset: ConstExpr::Value(Value::I32(first)), .. },
            ElementItems::Functions(functions),
        ) = (&element.kind, &element.items)
        else {
            bail!("the table of functions is filled in a way that is not known");
        };
        slots.extend((first.cast_unsigned()..).zip(functions.iter().copied()));
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use walrus::{DataKind, FunctionBuilder, RefType};

    use super::*;
    use crate::trim::relocations::{Piece, Symbol};

    /// A function that drops the numbers, each the only instruction of its kind.
    fn function(module: &mut Module, numbers: &[i32]) -> FunctionId {
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
        for &number in numbers {
            builder.func_body().i32_const(number).drop();
        }
        builder.finish(vec![], &mut module.funcs)
    }

    fn is_trap(module: &Module, slot: u32) -> Result<bool> {
        let function = module.funcs.get(slots(module)?[&slot]).kind.unwrap_local();
        Ok(matches!(function.block(function.entry_block()).instrs[..], [(Instr::Unreachable(_), _)]))
    }

    #[test]
    fn what_is_reached_stays_and_all_else_goes() -> Result<()> {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let at = |offset| DataKind::Active { memory, offset: ConstExpr::Value(Value::I32(offset)) };
        module.data.add(at(64), b"aaaabbbbccccddddeeee".to_vec());
        let root = function(&mut module, &[64]);
        let (by_data, by_dead_data) = (function(&mut module, &[72]), function(&mut module, &[]));
        module.exports.add("root", root);
        let table = module.tables.add_local(false, 3, None, RefType::FUNCREF);
        let offset = ConstExpr::Value(Value::I32(1));
        module
            .elements
            .add(ElementKind::Active { table, offset }, ElementItems::Functions(vec![by_data, by_dead_data]));
        let mut module = Module::from_buffer(&module.emit_wasm())?;

        // The instructions' places are known only now: root → a → slot 1 → c, which shares two bytes with d; b → slot 2.
        let mut relocations = Relocations::default();
        let begin = 10_000;
        relocations.pieces.push(Piece { place: begin..begin + 20, address: 64 });
        for (index, (from, to)) in [(0, 4), (4, 8), (8, 12), (10, 16)].into_iter().enumerate() {
            relocations
                .symbols
                .insert(index, Symbol { place: begin + from..begin + to, is_kept: false, address: None });
        }
        for (_, function) in module.funcs.iter_local() {
            let first = function.block(function.entry_block()).instrs.first();
            if let Some((Instr::Const(number), place)) = first {
                let symbol = if matches!(number.value, Value::I32(64)) { 0 } else { 2 };
                relocations.addresses.insert(place.data() as usize + 1, Target::Symbol(symbol));
            }
        }
        relocations.addresses.insert(begin, Target::Slot(1));
        relocations.addresses.insert(begin + 4, Target::Slot(2));

        sweep(&mut module, &relocations)?;
        let bytes = module.data.iter().next().map(|data| data.value.as_slice());
        assert_eq!(bytes, Some(b"aaaa\0\0\0\0cccc\0\0\0\0eeee".as_slice()));
        assert!(!is_trap(&module, 1)? && is_trap(&module, 2)?);

        relocations.addresses.insert(begin + 16, Target::Slot(9));
        assert!(sweep(&mut module, &relocations).is_err(), "what belongs to no symbol is reached: there is no slot 9");
        Ok(())
    }
}
