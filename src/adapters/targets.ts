import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {hashedUnless} from '../base/run-identity.ts'
import {nearest, suggestFirst} from '../base/text/nearest.ts'
import {lastPart} from '../weights/names.ts'

/** Parts of the paths of weights. */
export const pathParts = z.array(z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'must be parts of a path, like q_proj'))

export const targets = pathParts
  .min(1)
  .describe('weights to adapt: a list of parts of their paths, like [q_proj, v_proj]')

export const match = hashedUnless(
  'substring',
  z
    .enum(['suffix', 'substring'])
    .describe('which paths a target matches: those that end in it (PEFT), or contain it anywhere (the official code)'),
)

/** `suffix`, as PEFT matches targets, or `substring`, as the official code of SVFT does. */
export type Match = z.output<typeof match>

/** Whether one of these targets names the module at `path`. */
export const isTarget = (path: string, targets: readonly string[], match: Match = 'suffix'): boolean =>
  targets.some(target => MATCHERS[match](path, target))

const MATCHERS: Readonly<Record<Match, (path: string, target: string) => boolean>> = {
  suffix: (path, target) => path === target || path.endsWith(`.${target}`),
  substring: (path, target) => path.includes(target),
}

/** Whether a module is in one of the model's blocks, which have numbers; its embeddings and head are not. */
export const isInBlock = (path: string): boolean => /\.\d+\./.test(path)

/** Builds the fault of `targets[index]`, which names none of the modules at `paths`. */
export function unmatched(
  targets: readonly string[],
  index: number,
  {paths, match}: {readonly paths: readonly string[]; readonly match: Match},
): Fault {
  const target = targets[index]
  const ends = shortestEnds(paths)
  const meant = endLike(target, ends, lastPart) ?? endLike(target, ends, firstWord)
  const advice = suggestFirst(meant, `modules end in ${ends.join(', ')}`)
  return new Fault(
    'recipe',
    `adapter.targets: no module path ${match === 'suffix' ? 'ends in' : 'contains'} ${target}; ${advice}`,
    {at: ['adapter', 'targets', index]},
  )
}

/** Finds the end of a path that a target may mean: the one whose `part` is spelt like the target's last part. */
function endLike(target: string, ends: readonly string[], part: (path: string) => string): string | undefined {
  const near = nearest(lastPart(target), ends.map(part))
  return ends.find(end => part(end) === near)
}

/** `query` of `query_proj`, but all of `q_proj`: one or two letters are too few to recognize a misspelling. */
const firstWord = (path: string) => /^[^_]{3,}(?=_)/.exec(lastPart(path))?.[0] ?? lastPart(path)

/** The shortest ends of the paths of the blocks' modules that name no other modules, each once. */
function shortestEnds(paths: readonly string[]): readonly string[] {
  const whole = [...new Set(paths.filter(isInBlock).map(path => path.replace(/^.*\.\d+\./, '')))]
  const others = paths.filter(path => !isInBlock(path))
  return whole.map(own => {
    const parts = own.split('.')
    const ends = parts.map((_, i) => parts.slice(i).join('.')).toReversed()
    const isUnique = (end: string) => [...whole, ...others].every(path => path === own || !MATCHERS.suffix(path, end))
    return ends.find(isUnique) ?? own
  })
}
