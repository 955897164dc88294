import type {Program} from '../engine/program.ts'

/** The program for micro-batches of `rows` × `length`. */
export type ProgramFor = (rows: number, length: number) => Promise<Program>

export interface BucketPrograms {
  readonly programFor: ProgramFor
  dispose(): Promise<void>
}

/** How much may be alive at once. */
export interface ProgramRoom {
  /** Programs. */
  readonly count: number
  /** Rows × length of all of them together; one program that is larger is alive alone. */
  readonly tokens: number
}

/**
 * Programs by shape, built at first use. Each holds its own working memory, so before one is built there is made room
 * for it: those whose last use is oldest are disposed. Ask for one at a time.
 */
export function programs(build: ProgramFor, {count = 4, tokens = Infinity}: Partial<ProgramRoom> = {}): BucketPrograms {
  const alive = new Map<string, {readonly program: Program; readonly tokens: number}>() // oldest use first

  const drop = async (shape: string) => {
    const found = alive.get(shape)
    alive.delete(shape)
    await found?.program.dispose()
  }
  const isFull = (more: number) => {
    const held = [...alive.values()].reduce((sum, {tokens}) => sum + tokens, 0)
    return alive.size >= count || held + more > tokens
  }

  return {
    async programFor(rows, length) {
      const shape = `${rows}×${length}`
      const known = alive.get(shape)
      if (known === undefined) {
        while (alive.size > 0 && isFull(rows * length)) await drop([...alive.keys()][0])
      }
      const used = known ?? {program: await build(rows, length), tokens: rows * length}
      alive.delete(shape)
      alive.set(shape, used)
      return used.program
    },
    async dispose() {
      for (const shape of [...alive.keys()]) await drop(shape)
    },
  }
}
