import type {Random} from '../../../src/tensor/random.ts'
import {ENTITIES, type Entity} from './facts.ts'
import {holds, TRAITS, type Trait} from './traits.ts'

/** One that has some trait or has it not, either as often, and the trait. */
export function drawTruth(random: Random, entities: readonly Entity[] = ENTITIES) {
  const truth = random.uniform() < 0.5
  for (;;) {
    const entity = pick(random, entities)
    const trait = pick(random, TRAITS[entity.sort])
    if (holds(trait, entity) === truth) return {entity, trait, truth}
  }
}

/** Two of a sort of which just one has the trait. */
export function drawOptions(random: Random, entities: readonly Entity[]) {
  for (;;) {
    const trait = pick(random, TRAITS[pick(random, entities).sort])
    const found = optionsOf(random, trait, 2, entities)
    if (found) return {trait, ...found}
  }
}

/** Of this trait's sort as many, of which just one has it; undefined: there are too few. */
export function optionsOf(random: Random, trait: Trait, count: number, entities: readonly Entity[] = ENTITIES) {
  const [having, lacking] = [true, false].map(truth => those(entities, trait, truth))
  if (having.length === 0 || lacking.length < count - 1) return undefined
  const right = pick(random, having)
  const options = pickSome(random, [right, ...pickSome(random, lacking, count - 1)], count)
  return {right, options}
}

/** Who of the trait's sort has it or has it not. */
export const those = (entities: readonly Entity[], trait: Trait, truth: boolean): Entity[] =>
  entities.filter(entity => TRAITS[entity.sort].includes(trait) && holds(trait, entity) === truth)

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]

export const pickSome = <T>(random: Random, from: readonly T[], count: number): T[] =>
  [...random.permutation(from.length)].slice(0, count).map(i => from[i])
