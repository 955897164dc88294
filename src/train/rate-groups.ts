import {compareText} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {openGlob} from '../base/glob.ts'
import {lastPart} from '../weights/names.ts'

/** The learning-rate group of a trainable: the longest pattern of `lrs` that matches its name, where * is any text, ? a character. */
export function groupOf(name: string, lrs: Readonly<Record<string, number>>): string | undefined {
  const matching = Object.keys(lrs).filter(pattern => openGlob(pattern)(name))
  return matching.sort((a, b) => b.length - a.length || compareText(a, b))[0]
}

/** @throws Fault 'recipe' if a pattern of `lrs` matches no trainable */
export function checkGroups(lrs: Readonly<Record<string, number>>, trainables: readonly string[]): void {
  for (const pattern of Object.keys(lrs)) {
    if (trainables.some(openGlob(pattern))) continue
    const ends = [...new Set(trainables.map(name => `*.${lastPart(name)}`))].join(', ')
    throw new Fault(
      'recipe',
      `train.lrs: no trainable matches ${pattern}; trainables are ${trainables[0]} …, ends: ${ends}`,
      {at: ['train', 'lrs', pattern]},
    )
  }
}
