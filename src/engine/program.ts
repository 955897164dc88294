import {sum} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import type {Tensor} from '../tensor/tf.ts'

export type Shape = readonly number[]
export type DType = 'float32' | 'int32' | 'bool'
export type StoredDType = DType | 'bfloat16' | 'float16' | 'float64' | 'int64' | 'uint8'
/** The values of a tensor; a Uint16Array has the bits of float16 or bfloat16. */
export type Data = Float32Array | Int32Array | Uint8Array | Uint16Array

/** The number of bytes of one entry of each dtype. */
export const WIDTHS: Readonly<Record<StoredDType, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  uint8: 1,
  bool: 1,
}

/** The types in which a model's weights may be stored. */
export const FLOATS: readonly StoredDType[] = ['float32', 'bfloat16', 'float16']

export const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array, bfloat16: Uint16Array} as const

/**
 * An input's type and shape. A dimension with a name is dynamic: each run gives its size. Only engine openvino takes inputs
 * in bfloat16, as bits in a Uint16Array; a step sees them as float32.
 */
export interface InputSpec {
  readonly dtype: DType | 'bfloat16'
  readonly shape: readonly (number | string)[]
}

/** An input's type and shape without dynamic dimensions. */
export interface Spec extends InputSpec {
  readonly dtype: DType
  readonly shape: Shape
}

/** Bytes of a file. */
export interface FileBytes {
  readonly file: string
  readonly offset: number
  readonly bytes: number
}

/** Where a stored tensor's bytes are: in a file, which the engine maps, or in memory. */
export type StorageLocation = FileBytes | {readonly data: Data}

/** A tensor that a program reads and never writes: a frozen weight, a pattern. Files hold little-endian, C order. */
export interface Stored {
  readonly dtype: StoredDType
  readonly shape: Shape
  readonly at: StorageLocation
}

export type Named<T, Name extends string = string> = Readonly<Record<Name, T>>

/** A function over tensors: feeds and weights in, results out, all by name. It may not read values. */
export type Step = (inputs: Named<Tensor>, weights: Named<Tensor>) => Named<Tensor>

/** A step with the types and shapes of its inputs. */
export interface ShapedStep {
  readonly step: Step
  readonly inputs: Named<Spec>
}

/**
 * The type in which an engine computes products and activations; products accumulate, and trainable parameters are stored,
 * in float32 in both.
 */
export type Precision = 'f32' | 'bf16'

/** The type of stored values that a precision computes with. */
export const DTYPE_OF = {f32: 'float32', bf16: 'bfloat16'} as const satisfies Record<Precision, StoredDType>

/** The device of an engine: `webgpu` is any GPU, `cuda` an NVIDIA GPU. */
export type Device = 'cpu' | 'webgpu' | 'cuda'

/** A step compiled for shapes that are fixed except for dynamic dimensions. */
export interface Program {
  /**
   * Runs the step on `feeds` (one array per input, C order); `sizes` gives the dynamic dimensions. Returns fresh arrays by
   * the step's output names, unless it was compiled with `results`.
   */
  run(feeds: Named<Data>, sizes?: Named<number>): Promise<Record<string, Data>>
  dispose(): Promise<void>
}

export interface CompileOptions {
  readonly inputs: Named<InputSpec>
  readonly weights: Named<Stored>
  /** Repacks weights once for matrix-vector products: twice their memory, faster decoding. */
  readonly prepack?: boolean
  /** The outputs that engine openvino returns in bfloat16, in half the memory; other engines return float32. */
  readonly bfloat16?: readonly string[]
  /**
   * Buffers by the names of outputs, which all programs that are compiled with this map share: on the CPU, engines onnx and openvino
   * add them, and write to those of the right size in every run; other engines and devices return fresh arrays.
   */
  readonly results?: Map<string, ArrayBuffer>
}

/**
 * Turns steps into programs. `onnx` is the fast one, `openvino` computes in bfloat16, `js` is the slow and obvious reference,
 * and `tensorflow` the same eager arithmetic by TensorFlow itself.
 */
export interface Engine {
  readonly name: 'onnx' | 'openvino' | 'js' | 'tensorflow'
  /** The version of its library, if that is not a pinned dependency. */
  readonly version?: string
  readonly precision: Precision
  readonly device: Device
  readonly threads: number
  compile(step: Step, options: CompileOptions): Promise<Program>
}

/** The largest constant in a traced step, in entries. */
export const LARGEST_CONSTANT = 2 ** 25

export function size(shape: Shape): number {
  let n = 1
  for (const d of shape) n *= d
  return n
}

/** The number of entries of several tensors together. */
export const totalSize = (shapes: Named<Shape>): number => sum(Object.values(shapes).map(size))

/** The number of bytes that the entries of a tensor take. */
export const bytesOf = (dtype: StoredDType, shape: Shape): number => size(shape) * WIDTHS[dtype]

/** The size of the last dimension. */
export const lastDim = (shape: Shape): number => shape[shape.length - 1]

export const equalShapes = (a: Shape, b: Shape) => a.length === b.length && a.every((d, i) => d === b[i])

/** An input's shape with its dynamic dimensions replaced by `sizes`. */
export function shapeAt({shape}: InputSpec, sizes: Named<number> = {}): number[] {
  return shape.map(d => {
    const n = typeof d === 'string' ? sizes[d] : d
    if (n === undefined) throw new Error(`a program's input has shape [${shape}]; the size of ${d} is missing`)
    return n
  })
}

/** An input's type for engines in float32. @throws Error if it is bfloat16 */
export function float32Type({dtype}: InputSpec): DType {
  if (dtype === 'bfloat16') throw new Error('only engine openvino takes inputs in bfloat16')
  return dtype
}

/** The data for one input. @throws Fault 'failed' if it is missing */
export function feedOf(feeds: Named<Data>, name: string, {dtype, shape}: InputSpec): Data {
  const data = feeds[name]
  if (!data) throw new Fault('failed', `the program's input ${name}, ${dtype} [${shape}], has no data`)
  return data
}
