import {isObject} from '../../base/json.ts'
import {CONFLICTS, type Profile, type Switch, switchesOf} from '../../paper/conflicts.ts'
import {familyOf, isTask} from '../../tasks/index.ts'

/** The scripts are what produced the numbers that the counts give away (gates, six modules, one factor). */
export const DEFAULT_PROFILE: Profile = 'official-code'

/** A switch of a recipe, its value, and who decided it. */
export interface Decision {
  readonly key: string
  readonly value: unknown
  readonly origin: 'recipe' | Profile
}

/**
 * A recipe as its files write it, valid or not, with every switch that it leaves open decided by its profile; and all
 * decisions, in the order of the table of conflicts.
 */
export function applyProfile(written: unknown): {readonly decided: unknown; readonly decisions: readonly Decision[]} {
  if (!isObject(written)) return {decided: written, decisions: []}
  const blocks: Record<string, Record<string, unknown>> = {}
  for (const name of ['adapter', 'train', 'evaluate']) if (isObject(written[name])) blocks[name] = {...written[name]}
  if (written.evaluate === undefined && isTask(written.task)) blocks.evaluate = {} // which a recipe may leave out
  const method = blocks.adapter?.method
  const profile = written.profile === 'paper' ? 'paper' : DEFAULT_PROFILE

  const decisions = decidingSwitches({method, task: written.task}).flatMap((one): Decision[] => {
    const [name, key] = one.key.split('.')
    const block = blocks[name]
    if (!block) return []
    const own = block[key] !== undefined
    if (!own) block[key] = valueFor(one[profile], block)
    if (name === 'train' && method === 'none') return []
    return [{key: one.key, value: block[key], origin: own ? 'recipe' : profile}]
  })
  return {decided: {...written, ...blocks}, decisions}
}

/** The switches that a recipe of this method and task has and need not write. */
function decidingSwitches({method, task}: {method: unknown; task: unknown}): readonly Switch[] {
  const family = familyOf(task)
  return CONFLICTS.flatMap(switchesOf).filter(
    ({methods, families, written}) =>
      !written && (methods?.includes(String(method)) ?? true) && (families?.includes(family) ?? true),
  )
}

const valueFor = (choice: Switch[Profile], block: Readonly<Record<string, unknown>>) =>
  typeof choice === 'object' ? choice.of(block) : choice
