import {expect, test} from 'vitest'
import {stopAt} from './stop-strings.ts'

const bytes = (text: string) => [...Buffer.from(text)]
const fromBytes = (ids: readonly number[]) => Buffer.from(ids).toString()

/** The index at which `reached` is first true, when tokens come one by one. */
const reachedAt = (stop: ReturnType<typeof stopAt>, ids: readonly number[]) =>
  ids.findIndex((_, i) => stop.reached(ids.slice(0, i + 1)))

test('a stop string is found at the byte that completes it', () => {
  const stop = stopAt(['Question:', '終わり'], fromBytes)
  expect(reachedAt(stop, bytes('ünïcödé and so on Question: more'))).toBe(
    bytes('ünïcödé and so on Question:').length - 1,
  )
  expect(reachedAt(stop, bytes('語終わり。'))).toBe(bytes('語終わり').length - 1)
  expect(reachedAt(stop, bytes('Question; 終わ'))).toBe(-1)
})

test('the text is cut before the stop string that begins first', () => {
  const stop = stopAt(['Response', 'Question:', 'Question'], fromBytes)
  expect(stop.text(bytes('4 apples.\nQuestion: Response'))).toBe('4 apples.\n')
  expect(stop.text(bytes('Question'))).toBe('')
  expect(stop.text(bytes('no end'))).toBe('no end')
})

test('an output is cut if it has as many tokens as it may and no stop string', () => {
  const stop = stopAt(['Question', '終わり'], fromBytes)
  expect(stop.isCut(bytes('4 apples'), 8)).toBe(true)
  expect(stop.isCut(bytes('4 apples'), 9)).toBe(false)
  expect(stop.isCut(bytes('4Question'), 9)).toBe(false)
  expect(stop.isCut(bytes(`終わり${'x'.repeat(91)}`), 100)).toBe(false) // as a beam may go on
  expect(stopAt([], fromBytes).isCut(bytes('4Question'), 9)).toBe(true)
})

test('without stop strings nothing is decoded before the end', () => {
  const stop = stopAt([], () => {
    throw new Error('decoded')
  })
  expect(stop.reached([1, 2, 3])).toBe(false)
})

test('each check of a long output decodes its last tokens only', () => {
  const lengths: number[] = []
  const stop = stopAt(['Question'], ids => {
    lengths.push(ids.length)
    return fromBytes(ids)
  })
  const ids = bytes('x'.repeat(500))
  reachedAt(stop, ids)
  expect(Math.max(...lengths)).toBeLessThan(32)
})

test('a stop string that only the cut beginning of the window seems to hold does not count', () => {
  // As sentence pieces do, this decoder strips the spaces in front: a window that begins with them begins with "b".
  const decode = (ids: readonly number[]) => `^${fromBytes(ids).trimStart()}`
  const stop = stopAt(['^b'], decode)
  expect(reachedAt(stop, bytes(`a${' '.repeat(30)}b`))).toBe(-1)
})
