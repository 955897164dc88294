import type {Program} from '../engine/program.ts'

/** The program for micro-batches of `rows` × `length`. */
export type ProgramFor = (rows: number, length: number) => Promise<Program>

export interface Programs {
  readonly programFor: ProgramFor
  dispose(): Promise<void>
}

/**
 * Programs by shape, built at first use. More than `limit` are never alive: the one whose last use is oldest is
 * disposed before another is built, for each holds its own working memory. Ask for one at a time.
 */
export function programs(build: ProgramFor, limit = 4): Programs {
  const alive = new Map<string, Program>() // oldest use first

  const drop = async (shape: string) => {
    const program = alive.get(shape)
    alive.delete(shape)
    await program?.dispose()
  }

  return {
    async programFor(rows, length) {
      const shape = `${rows}×${length}`
      const known = alive.get(shape)
      if (known === undefined) {
        while (alive.size >= limit) await drop([...alive.keys()][0])
      }
      const program = known ?? (await build(rows, length))
      alive.delete(shape)
      alive.set(shape, program)
      return program
    },
    async dispose() {
      for (const shape of [...alive.keys()]) await drop(shape)
    },
  }
}
