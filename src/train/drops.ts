import type {Plan} from '../adapters/plan.ts'
import type {Data, Named, Spec} from '../engine/program.ts'
import type {Model} from '../models/index.ts'
import {dropout, dropVector} from '../tensor/dropout.ts'
import type {Random} from '../tensor/random.ts'
import type {Tensor} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'

/** A place that drops entries of what passes it, at `rate`. */
export interface DropPlace {
  readonly rate: number
  /** What passes in one step: rows of each sort together, as `parts` has their numbers. */
  readonly parts: readonly number[]
  readonly columns: number
}

export interface DropRates {
  /** Of an adapted module's input entries, the share that its adapter does not see. */
  readonly adapters: number
  /** Whether the model's own places drop, at the rates of its config. */
  readonly model: boolean
}

/** Every place that drops entries in micro-batches of `rows` × `length`, by path. */
export function dropPlaces(
  {model, plan}: {readonly model: Model; readonly plan: Plan},
  {adapters, model: own}: DropRates,
  [rows, length]: readonly [rows: number, length: number],
): Record<string, DropPlace> {
  const parts = model.task === 'causal-lm' ? [rows * length] : model.rows(rows, length)
  const found: Record<string, DropPlace> = {}
  for (const {path, weight} of adapters ? plan.modules : []) found[path] = {rate: adapters, parts, columns: weight[1]}
  if (!own || model.task === 'causal-lm') return found
  for (const [path, {rate, shape}] of Object.entries(model.drops(rows, length))) {
    found[path] = {rate, parts: [shape[0]], columns: shape[1]}
  }
  return found
}

/** The random integers that a program is fed for its places, from which their masks follow: `<path>.rows`, `<path>.columns`. */
export function dropInputs(places: Named<DropPlace>): Record<string, Spec> {
  const inputs: Record<string, Spec> = {}
  for (const [path, {parts, columns}] of Object.entries(places)) {
    inputs[`${path}.rows`] = {dtype: 'int32', shape: [sum(parts)]}
    inputs[`${path}.columns`] = {dtype: 'int32', shape: [columns]}
  }
  return inputs
}

/** Their numbers, each place's from its own stream. */
export function drawDrops(places: Named<DropPlace>, source: Random): Record<string, Data> {
  const vectors: Record<string, Data> = {}
  for (const [path, {parts, columns}] of Object.entries(places)) {
    vectors[`${path}.rows`] = dropVector(source.fork(`${path}.rows`), sum(parts))
    vectors[`${path}.columns`] = dropVector(source.fork(`${path}.columns`), columns)
  }
  return vectors
}

/** Drops entries of x (…, C) at a place; rows of another sort have random numbers of their own. */
export function dropAt(x: Tensor, {rate, parts, columns}: DropPlace, {rows, columns: across}: DropVectors): Tensor {
  const flat = tf.reshape(x, [-1, columns])
  const [N] = flat.shape
  const sort = Math.max(0, parts.indexOf(N)) // a head reads a row a text: the first of the tokens'
  const vector = tf.slice(rows, [sum(parts.slice(0, sort))], [N])
  return tf.reshape(dropout(flat, {rate, rows: vector, columns: across}), x.shape)
}

interface DropVectors {
  readonly rows: Tensor
  readonly columns: Tensor
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
