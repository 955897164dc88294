import {expect, test} from 'vitest'
import {programs} from './programs.ts'

/** Real programs that answer their shape, and a log of what was built and disposed. */
function build() {
  const log: string[] = []
  const make = async (rows: number, length: number) => {
    log.push(`+${rows}×${length}`)
    return {
      run: async () => ({shape: Int32Array.of(rows, length)}),
      dispose: async () => void log.push(`-${rows}×${length}`),
    }
  }
  return {log, make}
}

test('a program is built once for a shape', async () => {
  const {log, make} = build()
  const {programFor} = programs(make)
  const first = await programFor(4, 16)
  expect(await programFor(4, 16)).toBe(first)
  expect(await programFor(2, 16)).not.toBe(first)
  expect(await first.run({})).toEqual({shape: Int32Array.of(4, 16)})
  expect(log).toEqual(['+4×16', '+2×16'])
})

test('the program unused for longest makes room, before the next is built', async () => {
  const {log, make} = build()
  const {programFor} = programs(make, {count: 2})
  for (const length of [16, 24, 16, 32, 16, 24]) await programFor(1, length)
  expect(log).toEqual(['+1×16', '+1×24', '-1×24', '+1×32', '-1×32', '+1×24'])
})

test('small programs are alive together, a large one alone', async () => {
  const {log, make} = build()
  const {programFor} = programs(make, {tokens: 64})
  for (const length of [16, 24, 16, 32, 64, 128, 16]) await programFor(1, length)
  const alone = ['-1×16', '-1×32', '+1×64', '-1×64', '+1×128', '-1×128', '+1×16']
  expect(log).toEqual(['+1×16', '+1×24', '-1×24', '+1×32', ...alone])
})

test('dispose ends all programs', async () => {
  const {log, make} = build()
  const {programFor, dispose} = programs(make)
  for (const length of [16, 24, 32]) await programFor(1, length)
  await dispose()
  expect(log.slice(3).sort()).toEqual(['-1×16', '-1×24', '-1×32'])
  await programFor(1, 16)
  expect(log.at(-1)).toBe('+1×16')
})

test('a build that fails is tried again at the next use', async () => {
  let tries = 0
  const {make} = build()
  const {programFor} = programs(async (rows, length) => {
    if (++tries === 1) throw new Error('out of memory')
    return make(rows, length)
  })
  await expect(programFor(1, 16)).rejects.toThrow('out of memory')
  await expect(programFor(1, 16)).resolves.toBeDefined()
})
