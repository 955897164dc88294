import type {Random} from '../../src/tensor/random.ts'

export const pick = <T>(random: Random, from: readonly T[]): T => from[random.int(from.length)]

/** Draws `count` different entries. */
export const pickSome = <T>(random: Random, from: readonly T[], count: number): T[] =>
  [...random.permutation(from.length)].slice(0, count).map(i => from[i])
