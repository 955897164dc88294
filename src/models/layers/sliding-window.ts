import {quote} from '../../base/printable.ts'
import {type ModelConfig, reader} from '../config.ts'

/** A window of attention (Beltagy et al. 2020): a token attends to the last `size` tokens, itself included. */
export interface SlidingWindow {
  readonly size: number
  /** Whether a layer has the window; in other layers, a token attends to all earlier ones. */
  covers(layer: number): boolean
  /** The number of layers after which those with the window repeat; that of all layers, if they do not. */
  readonly period: number
}

/** The number of tokens that a token of a layer attends to; undefined if no window limits it. */
export const windowOf = (window: SlidingWindow | undefined, layer: number): number | undefined =>
  window?.covers(layer) ? window.size : undefined

/**
 * config.json's `sliding_window` of a model whose layers all have it or none; null means none, as does an absent key without
 * a default. Some configs also list the type of each layer, which must agree.
 */
export function readWindow(json: ModelConfig, fallback?: number): SlidingWindow | undefined {
  const {sliding_window: found = fallback ?? null, layer_types: types} = json
  const size = found === null ? undefined : reader({sliding_window: found}).integer('sliding_window')
  const expected = size === undefined ? FULL : SLIDING
  const other = Array.isArray(types) ? types.find(type => type !== expected) : undefined
  const message = `layer_types must all be ${expected}, since sliding_window is ${found}, not ${quote(other)}`
  reader(json).check(other === undefined, message)
  return size === undefined ? undefined : {size, covers: () => true, period: 1}
}

interface AlternatingOptions {
  /** Whether a layer has the window by default. */
  readonly usual: (layer: number) => boolean
  /** Reads the window's size, which only a model with such a layer needs. */
  readonly size: () => number
}

/**
 * The window of a model of whose layers some have it and others attend to all tokens: config.json's `layer_types`, or by
 * default those for which `usual` holds.
 */
export function readAlternating(json: ModelConfig, {usual, size}: AlternatingOptions): SlidingWindow | undefined {
  const {check, integer} = reader(json)
  const layers = integer('num_hidden_layers')
  const types: unknown = json.layer_types ?? Array.from({length: layers}, (_, i) => (usual(i) ? SLIDING : FULL))
  const unknown = Array.isArray(types) ? types.find(type => !LAYER_TYPES.includes(type)) : types
  check(unknown === undefined, `layer_types must be a list of ${LAYER_TYPES.join(' and ')}, not ${quote(unknown)}`)
  const listed = (types as readonly string[]).length
  check(listed >= layers, `layer_types must have an entry for each of ${layers} layers, not ${listed}`)
  const covered = (types as readonly string[]).slice(0, layers).map(type => type === SLIDING)
  return covered.includes(true) ? {size: size(), covers: layer => covered[layer], period: periodOf(covered)} : undefined
}

/** config.json's `sliding_window` of a model that must have one; null, which means none elsewhere, is refused. */
export function readWindowSize(json: ModelConfig, fallback: number): number {
  const {check, integer} = reader(json)
  check(json.sliding_window !== null, 'sliding_window must be a positive integer, not null')
  return integer('sliding_window', fallback)
}

/** The shortest distance at which all values are equal. */
function periodOf(values: readonly boolean[]): number {
  let period = 1
  while (!values.every((value, i) => value === values[i % period])) period++
  return period
}

const FULL = 'full_attention'
const SLIDING = 'sliding_attention'

/** The types of layers in `layer_types`. */
export const LAYER_TYPES: readonly string[] = [FULL, SLIDING]
