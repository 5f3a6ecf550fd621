/** @file Tensors: making, reading and freeing them. Everything above this package uses these names only. */
import * as tf from '@tensorflow/tfjs-core'
import { RuntimeFailure } from '@trivium/schema'
import { activeEngine, activeKernels } from './state.ts'

export type Tensor = tf.Tensor

/** A float32 tensor. `values` are row-major. */
export function tensor(values: Float32Array | readonly number[], shape: readonly number[]): Tensor {
  return tf.tensor(values as Float32Array, [...shape], 'float32')
}

/** An int32 tensor. */
export function intTensor(values: Int32Array | readonly number[], shape: readonly number[]): Tensor {
  return tf.tensor(values as Int32Array, [...shape], 'int32')
}

export function scalar(value: number): Tensor {
  return tf.scalar(value, 'float32')
}

export function zeros(shape: readonly number[]): Tensor {
  return tf.zeros([...shape], 'float32')
}

/** Runs `f` (synchronous) and frees every tensor it made but those it returns. */
export function tidy<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T
}

/** Frees a tensor, or every tensor of a tree or array. */
export function dispose(x: unknown): void {
  tf.dispose(x as tf.TensorContainer)
}

/** Keeps a tensor alive beyond the enclosing `tidy`. */
export function keep<T extends Tensor>(x: T): T {
  return tf.keep(x)
}

/** Downloads the values; the tensor stays. @throws RuntimeFailure when the device is gone */
export async function read(x: Tensor): Promise<Float32Array> {
  try {
    return (await x.data()) as Float32Array
  } catch (error) {
    throw lossOr(error)
  }
}

/** Downloads one number. @throws RuntimeFailure when the device is gone */
export async function readScalar(x: Tensor): Promise<number> {
  return (await read(x))[0]
}

/** What a backend throws when its device is gone says nothing to a user. */
function lossOr(error: unknown): unknown {
  const { name, lost } = activeEngine()
  const reason = lost?.() ?? null
  return reason === null
    ? error
    : new RuntimeFailure(`${name}: ${reason}; start again from the last checkpoint, or on the wasm engine`)
}

/** Tensors and bytes that are alive. */
export function memory(): { numTensors: number; numBytes: number } {
  const { numTensors, numBytes } = tf.memory()
  return { numTensors, numBytes }
}

/** An uninitialised float32 tensor on the wasm heap. Only for outputs that a kernel fills completely. */
export function allocate(shape: readonly number[]): Tensor {
  const engine = tf.engine()
  return engine.makeTensorFromTensorInfo(activeKernelsBackend().makeOutput([...shape], 'float32'))
}

/** Byte address of a tensor in the wasm heap. */
export function pointer(x: Tensor): number {
  const backend = activeKernelsBackend()
  if (!backend.dataIdMap.has(x.dataId))
    throw new Error(`tensor of shape [${x.shape}] lives on another backend than the running engine`)
  return backend.dataIdMap.get(x.dataId).memoryOffset
}

/** What our kernels need of tfjs-backend-wasm. */
type WasmBackend = {
  makeOutput(shape: number[], dtype: string): tf.TensorInfo
  dataIdMap: { get(id: object): { memoryOffset: number }; has(id: object): boolean }
}

function activeKernelsBackend(): WasmBackend {
  if (activeKernels() === null) throw new Error('the running engine has no kernels of its own')
  return tf.backend() as unknown as WasmBackend
}
