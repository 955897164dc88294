import type {DType, Shape, Stored} from './program.ts'
import type {Attribute} from './proto.ts'

/**
 * A tensor while a step is traced: a type and a shape, never data. A splat (one number everywhere), a view (another value,
 * broadcast) and a tiled value (tiles side by side along the last axis) become nodes only when an op needs them materialized.
 */
export type Value =
  | (TypedShape & {readonly kind: 'node'; readonly name: string; readonly node: Node})
  | (TypedShape & {readonly kind: 'input'; readonly name: string; readonly partOf?: InputPart})
  | (TypedShape & WeightSource & {readonly kind: 'weight'; readonly name: string})
  | (TypedShape & {readonly kind: 'constant'; readonly name: string; readonly bytes: Uint8Array})
  | {readonly kind: 'splat'; readonly value: number; readonly shape: Shape; readonly dtype: DType}
  | (TypedShape & {readonly kind: 'view'; readonly source: Value})
  | (TypedShape & {readonly kind: 'tiled'; readonly tiles: readonly Value[]})

export type InputValue = Extract<Value, {kind: 'input'}>

export type WeightValue = Extract<Value, {kind: 'weight'}>

/** The place of a part in the input whose entries it holds. */
export interface InputPart {
  readonly input: InputValue
  readonly from: number
}

interface WeightSource {
  readonly stored: Stored
  readonly sliceOf?: Value
  /** The weights whose rows it holds, one after the other, for the engine to join; `stored` has no values then. */
  readonly stackOf?: readonly Stored[]
}

export interface TypedShape {
  readonly dtype: DType | 'int64' | 'bfloat16' | 'float16'
  readonly shape: Shape
}

export interface Node {
  readonly op: string
  readonly domain: string
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly inputs: readonly Value[]
  outputs: readonly Value[]
  /** Set if this node only multiplies `of` by a number, which a product can then absorb as its alpha. */
  scales?: {readonly of: Value; readonly by: number}
  /** The column tile that this node computes, if any. */
  readonly tile?: number
}

/** A value's unique name in the model. */
export function nameOf(value: Value): string {
  if (value.kind === 'splat' || value.kind === 'view' || value.kind === 'tiled')
    throw new Error(`a ${value.kind} value has no name until it is materialized`)
  return value.name
}

/** The values of a shape or of bounds, which are int64 constants. */
export function intsOf(value: Value): number[] {
  if (value.kind !== 'constant') throw new Error(`a shape or bound is not constant: ${value.kind}`)
  const {buffer, byteOffset, byteLength} = value.bytes
  return Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number)
}
