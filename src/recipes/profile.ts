import {CONFLICTS, type Profile, type Switch} from './conflicts.ts'
import {familyOf} from './families.ts'
import type {Written} from './schema.ts'

/** A switch of a recipe, its value, and who decided it. */
export interface Decision {
  readonly key: string
  readonly value: unknown
  readonly origin: 'recipe' | Profile
}

/** The recipe with every switch that it leaves open decided by its profile, and all decisions in the table's order. */
export function decide(written: Written): {readonly decided: Written; readonly decisions: readonly Decision[]} {
  const blocks: Readonly<Record<string, Record<string, unknown> | undefined>> = {
    adapter: {...written.adapter},
    train: written.train && written.adapter.method !== 'none' ? {...written.train} : undefined,
  }
  const decisions: Decision[] = []
  for (const one of CONFLICTS.flatMap(({switches}) => switches)) {
    const [name, key] = one.key.split('.')
    const block = blocks[name]
    if (!block || one.written || !concerns(one, written)) continue
    const own = block[key]
    if (own === undefined) {
      const choice = one[written.profile]
      block[key] = typeof choice === 'object' ? choice.of(block) : choice
    }
    decisions.push({key: one.key, value: block[key], origin: own === undefined ? written.profile : 'recipe'})
  }
  return {decided: {...written, ...blocks} as Written, decisions}
}

/** Does a recipe of this method and task have the switch? */
function concerns({methods, families}: Switch, {adapter, task}: Written): boolean {
  return (methods?.includes(adapter.method) ?? true) && (families?.includes(familyOf(task)) ?? true)
}
