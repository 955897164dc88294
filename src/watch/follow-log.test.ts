import {mkdirSync, utimesSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {writeLines} from '../../test/support/workplace.ts'
import {openLogs} from './follow-log.ts'

const folder = openFolder()
const run = join(folder, 'runs/tiny-01234567-s1')

/** Writes the log of an attempt, in the order of the attempts' names. */
function writeAttempt(name: string, steps: number): void {
  const path = join(folder, 'runs/.attempts/tiny-01234567-s1', name)
  mkdirSync(path, {recursive: true})
  const file = join(path, 'metrics.jsonl')
  const report = (i: number) => ({step: i + 1, steps: 9, loss: 1, lr: 1, gradNorm: 1, tokens: 1, seconds: 1})
  writeLines(
    file,
    Array.from({length: steps}, (_, i) => report(i)),
  )
  utimesSync(file, 0, name.charCodeAt(0))
}

test('the log of a fenced run is that of the attempt that logged last', async () => {
  const logs = openLogs()
  expect(await logs.of(run)).toEqual([])
  writeAttempt('a', 2)
  expect(await logs.of(run)).toHaveLength(2)
  writeAttempt('b', 4)
  expect((await logs.of(run)).map(({step}) => step)).toEqual([1, 2, 3, 4])
})
