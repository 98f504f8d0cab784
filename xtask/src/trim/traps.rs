//! What only leads to a trap.
//!
//! A panic that says nothing needs none of what is made ready for it: neither its message nor its place in the source.

use std::collections::{HashMap, HashSet};

use walrus::ir::{
    Block, Call, Const, IfElse, Instr, InstrLocId, InstrSeq, InstrSeqId, LocalGet, Loop, Unreachable, Value, Visitor,
    dfs_in_order,
};
use walrus::{
    FunctionBuilder, FunctionId, FunctionKind, ImportKind, InstrSeqBuilder, LocalFunction, LocalId, Module,
    ModuleLocals, ValType,
};

/// How the imports begin that are called for wasm-bindgen alone. It makes an import of a function that calls one of them,
/// and that import reads all that it is handed.
const DESCRIBING: &str = "__wbindgen_describe";

/// Cuts off what leads straight into a trap. `trapping` are the functions that trap at once; more may be found.
pub(crate) fn cut(module: &mut Module, mut trapping: HashSet<FunctionId>) {
    loop {
        let known = trapping.len();
        for (id, function) in module.funcs.iter_local_mut() {
            if trapping.contains(&id) {
                continue;
            }
            // The inner ones first.
            for sequence in Sequences::of(function).into_iter().rev() {
                cut_sequence(function, sequence, &trapping);
            }
            if is_trap(function, function.entry_block()) {
                trapping.insert(id);
            }
        }
        if trapping.len() == known {
            return;
        }
    }
}

fn cut_sequence(function: &mut LocalFunction, id: InstrSeqId, trapping: &HashSet<FunctionId>) {
    let instructions = &function.block(id).instrs;
    let traps = |instruction: &Instr| match instruction {
        Instr::Unreachable(_) => true,
        Instr::Call(Call { func }) => trapping.contains(func),
        Instr::Block(Block { seq }) | Instr::Loop(Loop { seq }) => is_trap(function, *seq),
        Instr::IfElse(IfElse { consequent, alternative }) => {
            is_trap(function, *consequent) && is_trap(function, *alternative)
        }
        _ => false,
    };
    let Some(trap) = instructions.iter().position(|(instruction, _)| traps(instruction)) else { return };
    let quiet = instructions[..trap].iter().rev().take_while(|(instruction, _)| is_quiet(instruction)).count();
    let sequence = function.block_mut(id);
    sequence.instrs.truncate(trap - quiet);
    sequence.instrs.push((Instr::Unreachable(Unreachable {}), InstrLocId::default()));
}

fn is_trap(function: &LocalFunction, sequence: InstrSeqId) -> bool {
    matches!(function.block(sequence).instrs.first(), Some((Instr::Unreachable(_), _)))
}

/// Whether nobody outside can tell if an instruction before a trap ran: it only reckons, or writes to the memory of a
/// module that is stopped.
fn is_quiet(instruction: &Instr) -> bool {
    matches!(
        instruction,
        Instr::LocalGet(_)
            | Instr::LocalSet(_)
            | Instr::LocalTee(_)
            | Instr::GlobalGet(_)
            | Instr::GlobalSet(_)
            | Instr::Const(_)
            | Instr::Binop(_)
            | Instr::Unop(_)
            | Instr::Select(_)
            | Instr::Drop(_)
            | Instr::Load(_)
            | Instr::Store(_)
    )
}

/// Hands zeros to the functions that do not read what they are handed: mostly the places in the source, which they only
/// passed on to a panic.
pub(crate) fn forget_arguments(module: &mut Module) {
    let describing: HashSet<FunctionId> = module
        .imports
        .iter()
        .filter_map(|import| match import.kind {
            ImportKind::Function(id) if import.name.starts_with(DESCRIBING) => Some(id),
            _ => None,
        })
        .collect();
    loop {
        let mut unread = HashMap::new();
        for (id, function) in module.funcs.iter_local() {
            let mut reads = Reads::default();
            dfs_in_order(&mut reads, function, function.entry_block());
            if reads.functions.is_disjoint(&describing) {
                let arguments = function.args.iter().map(|argument| !reads.locals.contains(argument));
                unread.insert(id, arguments.collect::<Vec<bool>>());
            }
        }
        let mut has_changed = false;
        for (_, function) in module.funcs.iter_local_mut() {
            for id in Sequences::of(function) {
                has_changed |= forget_arguments_in(function.block_mut(id), &unread, &module.locals);
            }
        }
        if !has_changed {
            return;
        }
    }
}

fn forget_arguments_in(
    sequence: &mut InstrSeq,
    unread: &HashMap<FunctionId, Vec<bool>>,
    locals: &ModuleLocals,
) -> bool {
    let mut has_changed = false;
    for call in 0..sequence.instrs.len() {
        let Instr::Call(Call { func }) = sequence.instrs[call].0 else { continue };
        let Some(unread) = unread.get(&func) else { continue };
        // The last argument is the last that was put onto the stack, and so on, as long as each is one instruction.
        for (argument, is_unread) in sequence.instrs[..call].iter_mut().rev().zip(unread.iter().rev()) {
            let is_i32 = match &argument.0 {
                Instr::Const(Const { value }) => matches!(value, Value::I32(number) if *number != 0),
                Instr::LocalGet(LocalGet { local }) => locals.get(*local).ty() == ValType::I32,
                _ => break,
            };
            if *is_unread && is_i32 {
                *argument = (Instr::Const(Const { value: Value::I32(0) }), InstrLocId::default());
                has_changed = true;
            }
        }
    }
    has_changed
}

/// Takes the body of a function: it only traps.
pub(crate) fn put(module: &mut Module, id: FunctionId) {
    replace(module, id, |body| {
        body.unreachable();
    });
}

/// Gives a function another body.
pub(crate) fn replace(module: &mut Module, id: FunctionId, write: impl FnOnce(&mut InstrSeqBuilder<'_>)) {
    let ty = module.types.get(module.funcs.get(id).ty());
    let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
    let arguments = params.iter().map(|&ty| module.locals.add(ty)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    write(&mut builder.func_body());
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
}

/// The sequences of a function's instructions, each before those within it.
#[derive(Default)]
struct Sequences(Vec<InstrSeqId>);

impl Sequences {
    fn of(function: &LocalFunction) -> Vec<InstrSeqId> {
        let mut sequences = Self::default();
        dfs_in_order(&mut sequences, function, function.entry_block());
        sequences.0
    }
}

impl<'a> Visitor<'a> for Sequences {
    fn start_instr_seq(&mut self, sequence: &'a InstrSeq) {
        self.0.push(sequence.id());
    }
}

/// The locals and functions that a function's instructions read and call.
#[derive(Default)]
struct Reads {
    locals: HashSet<LocalId>,
    functions: HashSet<FunctionId>,
}

impl Visitor<'_> for Reads {
    fn visit_local_get(&mut self, get: &LocalGet) {
        self.locals.insert(get.local);
    }

    fn visit_function_id(&mut self, function: &FunctionId) {
        self.functions.insert(*function);
    }
}

#[cfg(test)]
mod tests {
    use walrus::ir::MemArg;

    use super::*;

    fn function(
        module: &mut Module,
        params: &[ValType],
        write: impl FnOnce(&mut InstrSeqBuilder<'_>, &[LocalId]),
    ) -> FunctionId {
        let arguments: Vec<LocalId> = params.iter().map(|&ty| module.locals.add(ty)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, params, &[]);
        write(&mut builder.func_body(), &arguments);
        builder.finish(arguments, &mut module.funcs)
    }

    /// The instructions of a function's outermost sequence.
    fn instructions(module: &Module, id: FunctionId) -> Vec<&Instr> {
        let function = module.funcs.get(id).kind.unwrap_local();
        function.block(function.entry_block()).instrs.iter().map(|(instruction, _)| instruction).collect()
    }

    #[test]
    fn all_that_makes_ready_for_a_panic_is_cut_off_up_to_the_last_call() {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let panic = function(&mut module, &[ValType::I32], |body, _| {
            body.unreachable();
        });
        let other = function(&mut module, &[], |_, _| {});
        let always = function(&mut module, &[], |body, _| {
            let arg = MemArg { align: 4, offset: 0 };
            body.i32_const(8).i32_const(1).store(memory, walrus::ir::StoreKind::I32 { atomic: false }, arg);
            body.i32_const(2).call(panic).call(other);
        });
        let sometimes = function(&mut module, &[ValType::I32], |body, arguments| {
            body.call(other).local_get(arguments[0]);
            body.if_else(None, |then| _ = then.call(always), |_| {});
        });
        let after_a_call = function(&mut module, &[], |body, _| {
            body.i32_const(3).drop().call(other).block(None, |block| _ = block.call(always));
        });
        cut(&mut module, HashSet::from([panic]));
        assert!(matches!(instructions(&module, always)[..], [Instr::Unreachable(_)]));
        assert!(matches!(instructions(&module, sometimes)[..], [Instr::Call(_), Instr::LocalGet(_), Instr::IfElse(_)]));
        assert!(matches!(
            instructions(&module, after_a_call)[..],
            [Instr::Const(_), Instr::Drop(_), Instr::Call(_), Instr::Unreachable(_)]
        ));
    }

    #[test]
    fn arguments_that_nobody_reads_are_forgotten_all_the_way() {
        let mut module = Module::default();
        let pair = [ValType::I32, ValType::I32];
        let reader = function(&mut module, &pair, |body, arguments| {
            body.local_get(arguments[0]).drop();
        });
        let passing = function(&mut module, &pair, |body, arguments| {
            body.local_get(arguments[0]).local_get(arguments[1]).call(reader);
        });
        let caller = function(&mut module, &[], |body, _| {
            body.i32_const(1000).i32_const(2000).call(passing);
        });
        let describing = module.types.add(&[], &[]);
        let (describing, _) = module.add_import_func("__wbindgen_placeholder__", "__wbindgen_describe", describing);
        let import = function(&mut module, &[ValType::I32], |body, _| {
            body.call(describing);
        });
        let importing = function(&mut module, &[], |body, _| {
            body.i32_const(3000).call(import);
        });
        forget_arguments(&mut module);
        let numbers = |id| -> Vec<i32> {
            instructions(&module, id)
                .into_iter()
                .filter_map(|instruction| match instruction {
                    Instr::Const(Const { value: Value::I32(number) }) => Some(*number),
                    _ => None,
                })
                .collect()
        };
        assert_eq!(numbers(caller), [1000, 0]);
        assert_eq!(numbers(importing), [3000]);
    }
}
