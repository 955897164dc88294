import type {Program} from '../engine/program.ts'

/** Programs compiled on demand, by key. A program owns memory, so only the `most` used last are kept. */
export interface ProgramCache {
  get(key: string, compile: () => Promise<Program>): Promise<Program>
  dispose(): Promise<void>
}

export function keepPrograms(most: number): ProgramCache {
  const kept = new Map<string, Program>() // the one used last comes last

  return {
    async get(key, compile) {
      const found = kept.get(key)
      kept.delete(key)
      while (kept.size >= most) await drop(kept.keys().next().value!)
      const program = found ?? (await compile())
      kept.set(key, program)
      return program
    },
    async dispose() {
      for (const key of [...kept.keys()]) await drop(key)
    },
  }

  async function drop(key: string): Promise<void> {
    const program = kept.get(key)
    kept.delete(key)
    await program?.dispose()
  }
}
