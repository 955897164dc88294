import {isInBlock} from '../adapters/targets.ts'
import {compareText} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {openGlob} from '../base/glob.ts'
import {escapeLine} from '../base/printable.ts'
import {nearest, suggestFirst} from '../base/text/nearest.ts'
import {lastPart, modulePath} from '../weights/names.ts'

/** The learning-rate group of a trainable: the longest pattern of `lrs` that matches its name, where * is any text, ? a character. */
export function groupOf(name: string, lrs: Readonly<Record<string, number>>): string | undefined {
  const matching = Object.keys(lrs).filter(pattern => openGlob(pattern)(name))
  return matching.sort((a, b) => b.length - a.length || compareText(a, b))[0]
}

/** @throws Fault 'recipe' if a pattern of `lrs` matches no trainable */
export function checkGroups(lrs: Readonly<Record<string, number>>, trainables: readonly string[]): void {
  for (const pattern of Object.keys(lrs)) {
    if (trainables.some(openGlob(pattern))) continue
    const matching = patternsOf(trainables)
    const near = nearest(pattern, matching)
    const advice = suggestFirst(near, `trainables match ${matching.join(', ')}; the first is ${trainables[0]}`)
    throw new Fault('recipe', `train.lrs: no trainable matches ${escapeLine(pattern, 60)}; ${advice}`, {
      at: ['train', 'lrs', pattern],
    })
  }
}

/** Patterns that together match all trainables: of each module outside the blocks, such as a head, then of each last part. */
function patternsOf(trainables: readonly string[]): readonly string[] {
  const modules = trainables.filter(name => !isInBlock(name)).map(name => `${modulePath(name)}.*`)
  return [...new Set([...modules, ...trainables.map(name => `*.${lastPart(name)}`)])]
}
