import type {Program} from './program.ts'

/** Programs by key, compiled at first use. Calls must not overlap. */
export interface ProgramCache {
  /** The program of this key; `tokens` is the size of its batch. */
  get(key: string, compile: () => Promise<Program>, tokens?: number): Promise<Program>
  dispose(): Promise<void>
}

/** How much may be in memory at once. */
export interface ProgramLimits {
  /** The number of programs. */
  readonly count: number
  /** The tokens of their batches together; a program that exceeds this is in memory alone. */
  readonly tokens: number
}

/** Each program has its own memory: the least recently used are disposed of before another is compiled. */
export function cachePrograms({
  count = 4,
  tokens: limit = Number.POSITIVE_INFINITY,
}: Partial<ProgramLimits> = {}): ProgramCache {
  const programs = new Map<string, {readonly program: Program; readonly tokens: number}>() // least recently used first

  return {
    async get(key, compile, tokens = 0) {
      const found = programs.get(key)
      programs.delete(key)
      if (!found) await makeRoom(tokens)
      const entry = found ?? {program: await compile(), tokens}
      programs.set(key, entry)
      return entry.program
    },
    async dispose() {
      for (const key of [...programs.keys()]) await drop(key)
    },
  }

  async function makeRoom(tokens: number): Promise<void> {
    let sum = [...programs.values()].reduce((sum, entry) => sum + entry.tokens, tokens)
    for (const [key, entry] of [...programs]) {
      if (programs.size < count && sum <= limit) return
      sum -= entry.tokens
      await drop(key)
    }
  }

  async function drop(key: string): Promise<void> {
    const entry = programs.get(key)
    programs.delete(key)
    await entry?.program.dispose()
  }
}
