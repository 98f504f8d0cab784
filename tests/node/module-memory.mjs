/**
 * Runs before the module is started, in Node or in a page, and gives a function that tells how much memory it has taken:
 * the package keeps its instance to itself.
 */
export function watchModuleMemory() {
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports);
    memory = instance.exports.memory;
    WebAssembly.Instance = Instance;
    return instance;
  };
  // The JavaScript build has its memory among the script's own.
  return () => memory?.buffer.byteLength ?? 0;
}
