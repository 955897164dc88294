import {expect, test} from 'vitest'
import type {Program} from './program.ts'
import {cachePrograms} from './program-cache.ts'

test('a program is compiled once while it is kept, and the one unused the longest goes first', async () => {
  const log: string[] = []
  const compile = (name: string) => async (): Promise<Program> => {
    log.push(`compile ${name}`)
    return {run: async () => ({}), dispose: async () => void log.push(`dispose ${name}`)}
  }
  const programs = cachePrograms({count: 2})
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await programs.get(name, compile(name))
  await programs.dispose()
  expect(log).toEqual([
    ...['compile a', 'compile b', 'dispose b', 'compile c', 'dispose c', 'compile b'],
    ...['dispose a', 'dispose b'],
  ])
})
