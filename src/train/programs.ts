import type {Program} from '../engine/program.ts'
import {cachePrograms, type ProgramLimits} from '../engine/program-cache.ts'

/** The program for micro-batches of `rows` × `length`. */
export type ProgramFor = (rows: number, length: number) => Promise<Program>

/** Programs by shape, built at first use; the least recently used make room for a new one. */
export function programs(build: ProgramFor, limits?: Partial<ProgramLimits>) {
  const cache = cachePrograms(limits)
  return {
    programFor: (rows: number, length: number) =>
      cache.get(`${rows}×${length}`, () => build(rows, length), rows * length),
    dispose: () => cache.dispose(),
  }
}
