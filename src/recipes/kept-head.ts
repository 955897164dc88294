import {isObject} from '../base/json.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'
import {outputPaths} from '../models/classifier.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {listClasses} from '../tasks/custom/class-names.ts'
import {readFloats} from '../weights/safetensors.ts'

export interface CheckpointHead {
  readonly folder: string
  readonly model: Model
  readonly config: ModelConfig
  /** The checkpoint's tensors, as far as they fit the model. */
  readonly tensors: Named<Stored>
  /** The names of the task's classes by index; undefined for regression and for models without classes. */
  readonly classes?: readonly string[] | undefined
}

/**
 * The tensors of a classifier whose head has a row for each class, in the order of the classes. Where config.json's `id2label` has
 * the same names in another order, in upper or lower case, the rows are reordered; where it has others, they stay.
 */
export async function orderHead({
  model,
  config,
  tensors,
  classes,
}: Omit<CheckpointHead, 'folder'>): Promise<Named<Stored>> {
  const rows = classes && rowsOf(classes, labelNames(config))
  if (!('head' in model) || rows === undefined || rows.every((row, i) => row === i)) return tensors
  const paths = outputPaths(model.head)
  const names = paths.flatMap(path => [`${path}.weight`, `${path}.bias`]).filter(name => name in tensors)
  const ordered = await Promise.all(names.map(async name => [name, await takeRows(tensors[name], rows)] as const))
  return {...tensors, ...Object.fromEntries(ordered)}
}

/**
 * Warnings about the head that a classifier starts from. A checkpoint with a head was trained for a task: with another number of
 * labels the head is drawn anew; with the same number, its labels may still be different ones, unless config.json names the
 * classes. The layers below it, like a pooler, belong to pretraining.
 */
export function headWarnings(
  {folder, model, config, tensors, classes}: CheckpointHead,
  /** The shapes of the head's tensors that do not fit, by name. */
  unfit: ReadonlyMap<string, Shape>,
): readonly string[] {
  if (!('head' in model)) return []
  const names = outputPaths(model.head).map(path => `${path}.weight`)
  const others = names.flatMap(name => {
    const found = unfit.get(name)
    if (!found) return []
    const [is, needed] = [found, model.shapes[name]].map(shape => `(${shape.join(', ')})`)
    return [`${name} is ${is}, this task needs ${needed}`]
  })
  if (others.length > 0)
    return [`${folder}: its head belongs to another task and is initialized anew: ${others.join('; ')}`]
  if (!tensors[names[0]]) return []
  const kept = `${folder}: its head fits, and is kept; this is correct only if it was trained for this task`
  if (classes === undefined) return [kept]
  const labels = labelNames(config)
  if (rowsOf(classes, labels)) return []
  const order = `with the classes in this order: ${listClasses(classes)}`
  const named = labels ? `id2label in config.json has ${listClasses(labels)}` : 'config.json has no id2label'
  return [
    `${kept}, ${order}; ${named}; list their names there in the order of the head's rows (for a model of the hub, in a copy), and svft follows that order`,
  ]
}

/** The names of a head's rows in config.json. */
function labelNames({id2label}: ModelConfig): readonly string[] | undefined {
  if (!isObject(id2label)) return undefined
  return Object.keys(id2label).map((_, row) => String(id2label[row]).trim())
}

/** The row of each class, if the rows are named like the classes. */
function rowsOf(classes: readonly string[], labels: readonly string[] = []): readonly number[] | undefined {
  const [wanted, found] = [classes, labels].map(names => names.map(name => name.toLowerCase()))
  const sizes = [wanted, found, [...wanted, ...found]].map(names => new Set(names).size) // a name that occurs twice names no row
  const isSame = wanted.length === found.length && sizes.every(size => size === wanted.length)
  return isSame ? wanted.map(name => found.indexOf(name)) : undefined
}

/** A tensor in memory with rows of another one: its row i is `rows[i]` of that. */
async function takeRows(stored: Stored, rows: readonly number[]): Promise<Stored> {
  const values = await readFloats(stored)
  const width = values.length / rows.length
  const data = new Float32Array(values.length)
  for (const [i, row] of rows.entries()) data.set(values.subarray(row * width, (row + 1) * width), i * width)
  return {dtype: 'float32', shape: stored.shape, at: {data}}
}
