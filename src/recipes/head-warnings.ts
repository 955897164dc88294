import type {Named, Shape, Stored} from '../engine/program.ts'
import type {Model} from '../models/index.ts'

export interface HeadFound {
  readonly folder: string
  /** The checkpoint's, as far as they fit the model. */
  readonly tensors: Named<Stored>
  /** The shapes of those of a head that do not fit, by name. */
  readonly unfit: ReadonlyMap<string, Shape>
}

/**
 * What a person should know of the last layer that a classifier starts from. A checkpoint that has one was trained for a
 * task: of another number of labels it is drawn anew, of the same number its labels may still be others. The layers
 * below it, a pooler, belong to pretraining.
 */
export function headWarnings(model: Model, {folder, tensors, unfit}: HeadFound): readonly string[] {
  if (!('head' in model)) return []
  const name = `${model.head.paths.at(-1)}.weight`
  const shape = (of: Shape) => `(${of.join(', ')})`
  const found = unfit.get(name)
  if (found) {
    const wanted = shape(model.shapes[name])
    return [`${folder}: its head is another task's and is drawn anew: ${name} is ${shape(found)}, wanted is ${wanted}`]
  }
  if (!tensors[name]) return []
  const sameTask = 'right if it was trained for this task and numbers the labels alike'
  return [
    `${folder}: has a head of this size, which training starts from; ${sameTask}: ${name} ${shape(tensors[name].shape)}`,
  ]
}
