import {listSome} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'
import type {Model} from '../models/model.ts'
import type {Checkpoint} from '../weights/checkpoint.ts'
import {unread} from '../weights/names.ts'

export interface CheckpointHead {
  readonly folder: string
  /** The checkpoint's tensors, as far as they fit the model. */
  readonly tensors: Named<Stored>
  /** The shapes of the head's tensors that do not fit, by name. */
  readonly unfit: ReadonlyMap<string, Shape>
}

/**
 * Warnings about the head that a classifier starts from. A checkpoint with a head was trained for a task: with another
 * number of labels the head is drawn anew; with the same number, its labels may still be different ones. The layers below
 * it, like a pooler, belong to pretraining.
 */
export function headWarnings(model: Model, {folder, tensors, unfit}: CheckpointHead): readonly string[] {
  if (!('head' in model)) return []
  const name = `${model.head.paths.at(-1)}.weight`
  const shape = (of: Shape) => `(${of.join(', ')})`
  const found = unfit.get(name)
  if (found) {
    const needed = shape(model.shapes[name])
    return [
      `${folder}: its head belongs to another task and is initialized anew: ${name} is ${shape(found)}, this task needs ${needed}`,
    ]
  }
  if (!tensors[name]) return []
  const sameTask = 'this is correct only if it was trained for this task, with its labels in the same order'
  return [`${folder}: its head fits, and is kept; ${sameTask}: ${name} ${shape(tensors[name].shape)}`]
}

/** Warnings about weights that a checkpoint has and its model, by config.json, does not. */
export function unreadWarnings(model: Model, {folder, tensors}: Checkpoint): readonly string[] {
  const names = unread(tensors, model)
  if (names.length === 0) return []
  const listed = listSome(
    names.map(name => escapeLine(name, 120)),
    3,
  )
  return [`${folder}: config.json describes a model without these tensors, which are ignored: ${listed}`]
}
