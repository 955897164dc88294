import type {Random} from '../../../src/tensor/random.ts'
import {pick, pickSome} from '../pick.ts'
import {ENTITIES, type Entity} from './facts.ts'
import {holds, TRAITS, type Trait} from './traits.ts'

/** Returns whether a split may ask for this trait of these names. */
export type Mine = (trait: Trait, entities: readonly Entity[]) => boolean

/** Draws an entity and a trait, which it has or lacks equally often. */
export function drawTruth(random: Random, mine: Mine = () => true) {
  const truth = random.uniform() < 0.5
  for (;;) {
    const entity = pick(random, ENTITIES)
    const trait = pick(random, TRAITS[entity.sort])
    if (holds(trait, entity) === truth && mine(trait, [entity])) return {entity, trait, truth}
  }
}

/** Draws two entities of one sort, exactly one of which has the trait. */
export function drawOptions(random: Random, mine: Mine) {
  for (;;) {
    const trait = pick(random, TRAITS[pick(random, ENTITIES).sort])
    const drawn = optionsOf(random, trait, 2)
    if (mine(trait, drawn.options)) return {trait, ...drawn}
  }
}

/** Draws that many entities of the trait's sort, exactly one of which has it. */
export function optionsOf(random: Random, trait: Trait, count: number) {
  const [having, lacking] = [true, false].map(truth => those(trait, truth))
  const right = pick(random, having)
  const options = pickSome(random, [right, ...pickSome(random, lacking, count - 1)], count)
  return {right, options}
}

/** Lists the entities of the trait's sort that have it, or lack it. */
export const those = (trait: Trait, truth: boolean): Entity[] =>
  ENTITIES.filter(entity => TRAITS[entity.sort].includes(trait) && holds(trait, entity) === truth)
