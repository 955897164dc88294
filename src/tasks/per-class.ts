import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Random} from '../tensor/random.ts'

/** The number of examples of each class in a few-shot subset. */
export interface PerClass {
  readonly train: number
  readonly validation?: number
}

/**
 * Draws a few-shot subset as the official vision script does: of the examples in random order, the first `train` of each
 * class to train on, and the next `validation` of each to select by. Returns their indices in `labels`.
 *
 * @throws Fault 'input' where a class has too few
 */
export function drawPerClass(
  labels: readonly number[],
  {train, validation = 0}: PerClass,
  {random, classes}: {readonly random: Random; readonly classes: readonly string[]},
): {readonly train: readonly number[]; readonly validation: readonly number[]} {
  const byClass: number[][] = classes.map(() => [])
  for (const index of random.permutation(labels.length)) byClass[labels[index]].push(index)
  const tooSmall = byClass.findIndex(indices => indices.length < train + validation)
  if (tooSmall >= 0) {
    throw new Fault(
      'input',
      `${train + validation} examples of each class are needed, but ${escapeLine(classes[tooSmall], 80)} has ${byClass[tooSmall].length}`,
    )
  }
  return {
    train: byClass.flatMap(indices => indices.slice(0, train)),
    validation: byClass.flatMap(indices => indices.slice(train, train + validation)),
  }
}
