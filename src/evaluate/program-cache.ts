import type {Program} from '../engine/program.ts'

/** Programs compiled on demand, by key. Each has its own memory, so only the `most` recently used are kept. */
export interface ProgramCache {
  get(key: string, compile: () => Promise<Program>): Promise<Program>
  dispose(): Promise<void>
}

export function cachePrograms(most: number): ProgramCache {
  const programs = new Map<string, Program>() // least recently used first

  return {
    async get(key, compile) {
      const found = programs.get(key)
      programs.delete(key)
      for (const oldest of [...programs.keys()].slice(0, Math.max(0, programs.size - most + 1))) await drop(oldest)
      const program = found ?? (await compile())
      programs.set(key, program)
      return program
    },
    async dispose() {
      for (const key of [...programs.keys()]) await drop(key)
    },
  }

  async function drop(key: string): Promise<void> {
    const program = programs.get(key)
    programs.delete(key)
    await program?.dispose()
  }
}
