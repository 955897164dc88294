import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Random} from '../tensor/random.ts'

/** How many examples of each class a few-shot subset has. */
export interface PerClass {
  readonly train: number
  readonly validation?: number
}

export interface Subset {
  readonly train: readonly number[]
  readonly validation: readonly number[]
}

/**
 * A few-shot subset as the official vision script draws it: of the examples in random order, the first `train` of each
 * class to train on, and the next `validation` of each to choose by. Answers their places among `labels`.
 *
 * @throws Fault 'input' where a class has too few
 */
export function drawPerClass(
  labels: readonly number[],
  {train, validation = 0}: PerClass,
  {random, classes}: {readonly random: Random; readonly classes: readonly string[]},
): Subset {
  const byClass: number[][] = classes.map(() => [])
  for (const place of random.permutation(labels.length)) byClass[labels[place]].push(place)
  const poor = byClass.findIndex(places => places.length < train + validation)
  if (poor >= 0) {
    const wanted = `${train + validation} examples a class are wanted`
    throw new Fault('input', `${wanted}, of class ${escapeLine(classes[poor], 80)} there are ${byClass[poor].length}`)
  }
  return {
    train: byClass.flatMap(places => places.slice(0, train)),
    validation: byClass.flatMap(places => places.slice(train, train + validation)),
  }
}
