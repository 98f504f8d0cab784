//! What the linker can tell of a module's insides (`--emit-relocs`): which bytes of data belong together, and which
//! instructions and data hold the address of data or of a function.
//!
//! All places are bytes of the module's file. Whatever is not understood, or does not hold what it should, is an error.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use wasmparser::{
    BinaryReader, DataKind, DataSectionReader, DefinedDataSymbol, KnownCustom, Linking, LinkingSectionReader, Operator,
    Parser, Payload, RelocSectionReader, RelocationEntry, RelocationType, SymbolFlags, SymbolInfo,
};

/// What is known of a module's addresses.
#[derive(Default)]
pub(crate) struct Relocations {
    /// The pieces of data: where the bytes of each lie in the file, and where in memory.
    pub(crate) pieces: Vec<Piece>,
    /// By their index in the linker's table of symbols.
    pub(crate) symbols: BTreeMap<usize, Symbol>,
    /// Every address in code and data: where it is written, and of what it is.
    pub(crate) addresses: BTreeMap<usize, Target>,
}

/// A piece of the module's data.
pub(crate) struct Piece {
    pub(crate) place: Range<usize>,
    pub(crate) address: u32,
}

/// A constant or a variable.
pub(crate) struct Symbol {
    /// Empty for what the linker alone knows, such as where the heap begins.
    pub(crate) place: Range<usize>,
    /// Whether it has to stay even if nothing in the module points to it.
    pub(crate) is_kept: bool,
    pub(crate) address: Option<u32>,
}

/// Of what an address is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// A slot of the table of functions.
    Slot(u32),
    /// An index in [`Relocations::symbols`], and the address itself or one relative to it.
    Symbol(usize),
}

impl Relocations {
    /// Reads them from a linked module.
    pub(crate) fn of(module: &[u8]) -> Result<Self> {
        let mut read = Self::default();
        let (mut code, mut data, mut linking, mut sections) = (None, None, None, Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CodeSectionStart { range, .. } => code = Some(range.start),
                Payload::DataSection(section) => {
                    data = Some(section.range().start);
                    read.pieces = pieces(section)?;
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Linking(section) => linking = Some(section),
                    KnownCustom::Reloc(relocations) => sections.push((section.name(), relocations)),
                    _ => {}
                },
                _ => {}
            }
        }
        read.read_symbols(linking.context("the linker has left no table of symbols")?)?;
        for (name, relocations) in sections {
            let begin = match name {
                "reloc.CODE" => code,
                "reloc.DATA" => data,
                _ => bail!("{name} is not known"),
            };
            read.read_addresses(module, begin.context("relocations of a section that is not there")?, &relocations)?;
        }
        Ok(read)
    }

    fn read_symbols(&mut self, linking: LinkingSectionReader<'_>) -> Result<()> {
        for part in linking {
            let Linking::SymbolTable(symbols) = part? else { continue };
            for (index, symbol) in symbols.into_iter().enumerate() {
                if let SymbolInfo::Data { flags, name, symbol } = symbol? {
                    let symbol = self.symbol(flags, symbol).with_context(|| format!("the symbol {name}"))?;
                    self.symbols.insert(index, symbol);
                }
            }
        }
        Ok(())
    }

    fn symbol(&self, flags: SymbolFlags, defined: Option<DefinedDataSymbol>) -> Result<Symbol> {
        let is_kept = flags.intersects(SymbolFlags::NO_STRIP | SymbolFlags::EXPORTED);
        let Some(defined) = defined.filter(|_| !flags.contains(SymbolFlags::ABSOLUTE)) else {
            return Ok(Symbol { place: 0..0, is_kept, address: None });
        };
        let piece = self.pieces.get(usize::try_from(defined.index)?).context("its piece of data is not there")?;
        let start = piece.place.start + usize::try_from(defined.offset)?;
        let place = start..start + usize::try_from(defined.size)?;
        if place.is_empty() || place.end > piece.place.end {
            bail!("it has no size, or does not lie in its piece of data");
        }
        Ok(Symbol { place, is_kept, address: Some(piece.address + defined.offset) })
    }

    fn read_addresses(&mut self, module: &[u8], begin: usize, section: &RelocSectionReader<'_>) -> Result<()> {
        for entry in section.entries() {
            let entry = entry?;
            let place = begin + usize::try_from(entry.offset)?;
            if let Some(target) = self.target(module, place, entry).with_context(|| format!("{entry:?}"))? {
                self.addresses.insert(place, target);
            }
        }
        Ok(())
    }

    /// What a relocation says is at some place; `None` for what the instructions themselves tell as well.
    fn target(&self, module: &[u8], place: usize, entry: RelocationEntry) -> Result<Option<Target>> {
        let bytes = module.get(place..place + entry.ty.extent()).context("it lies outside the module")?;
        let written = match entry.ty {
            RelocationType::MemoryAddrI32 | RelocationType::TableIndexI32 => BinaryReader::new(bytes, 0).read_u32()?,
            RelocationType::MemoryAddrLeb => BinaryReader::new(bytes, 0).read_var_u32()?,
            RelocationType::MemoryAddrSleb | RelocationType::TableIndexSleb => {
                BinaryReader::new(bytes, 0).read_var_i32()?.cast_unsigned()
            }
            RelocationType::FunctionIndexLeb
            | RelocationType::TypeIndexLeb
            | RelocationType::GlobalIndexLeb
            | RelocationType::TableNumberLeb => return Ok(None),
            _ => bail!("this kind of relocation is not known"),
        };
        if matches!(entry.ty, RelocationType::TableIndexI32 | RelocationType::TableIndexSleb) {
            return Ok(Some(Target::Slot(written)));
        }
        let index = usize::try_from(entry.index)?;
        let symbol = self.symbols.get(&index).context("there is no such symbol")?;
        let expected = symbol.address.map(|address| i64::from(address) + entry.addend);
        if expected.is_some_and(|expected| expected != i64::from(written)) {
            bail!("{written} is written where {expected:?} belongs");
        }
        Ok(Some(Target::Symbol(index)))
    }
}

fn pieces(section: DataSectionReader<'_>) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for data in section {
        let data = data?;
        let DataKind::Active { memory_index: 0, offset_expr } = data.kind else {
            bail!("a piece of data has no place")
        };
        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
            bail!("a piece of data lies at an address that is not known");
        };
        let place = data.range.end - data.data.len()..data.range.end;
        pieces.push(Piece { place, address: value.cast_unsigned() });
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an address of four bytes is of, in a module whose one symbol lies at 1024.
    fn target(ty: RelocationType, written: u32, addend: i64) -> Result<Option<Target>> {
        let piece = Piece { place: 100..120, address: 1020 };
        let mut relocations = Relocations { pieces: vec![piece], ..Relocations::default() };
        let defined = DefinedDataSymbol { index: 0, offset: 4, size: 8 };
        relocations.symbols.insert(7, relocations.symbol(SymbolFlags::empty(), Some(defined))?);
        assert_eq!(relocations.symbols[&7].place, 104..112);
        relocations.target(&written.to_le_bytes(), 0, RelocationEntry { ty, offset: 0, index: 7, addend })
    }

    #[test]
    fn an_address_is_of_a_symbol_or_of_a_slot() -> Result<()> {
        assert_eq!(target(RelocationType::MemoryAddrI32, 1024, 0)?, Some(Target::Symbol(7)));
        assert_eq!(target(RelocationType::MemoryAddrI32, 1020, -4)?, Some(Target::Symbol(7)));
        assert_eq!(target(RelocationType::TableIndexI32, 3, 0)?, Some(Target::Slot(3)));
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(target(RelocationType::MemoryAddrI32, 1025, 0).is_err(), "another address");
        assert!(target(RelocationType::MemoryAddrLocrelI32, 1024, 0).is_err(), "a kind that is not known");
        assert!(target(RelocationType::MemoryAddrI64, 1024, 0).is_err(), "beyond the end");
        let relocations =
            Relocations { pieces: vec![Piece { place: 100..120, address: 1020 }], ..Relocations::default() };
        for (index, offset, size) in [(0, 4, 0), (0, 16, 5), (1, 0, 4)] {
            let defined = DefinedDataSymbol { index, offset, size };
            assert!(relocations.symbol(SymbolFlags::empty(), Some(defined)).is_err(), "{defined:?}");
        }
        assert!(Relocations::of(b"\0asm\x01\0\0\0").is_err(), "a module without a table of symbols");
    }
}
