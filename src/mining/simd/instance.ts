import { moduleOf, type WasmFunction } from './assembler.js'

/** A function of WebAssembly at work. */
export interface Instance {
  readonly memory: DataView
  readonly call: (...numbers: readonly number[]) => number
}

/** @throws WebAssembly.CompileError where there is no SIMD */
export function instantiate(code: WasmFunction, memoryBytes: number): Instance {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(code, memoryBytes)))
  const { buffer } = exports.memory as WebAssembly.Memory
  return { memory: new DataView(buffer), call: exports[code.name] as Instance['call'] }
}
