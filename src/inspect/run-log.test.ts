import {rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {machineId} from '../base/temporary.ts'
import {readRunLog} from './run-log.ts'

const line = (step: number) =>
  `${JSON.stringify({step, steps: 4, loss: 1, gradNorm: 1, lr: 0.1, tokens: 5, seconds: 1})}\n`

test('a log that is followed has each epoch once, after the step that it ended with', async () => {
  const folder = openFolder()
  const lock = join(folder, `lock.${machineId}.${process.pid}.0123456789ab`)
  writeFileSync(lock, '')
  const write = (steps: readonly number[], epochs: readonly number[]) => {
    writeFileSync(join(folder, 'metrics.jsonl'), steps.map(line).join(''))
    const scores = epochs.map(step => ({step, score: 0.5}))
    writeFileSync(join(folder, 'epochs.json'), JSON.stringify({split: 'validation', scores}))
  }
  write([1, 2, 3], [2])
  const entries: string[] = []
  const following = (async () => {
    const signal = new AbortController().signal
    for await (const one of readRunLog(folder, {follow: true, signal}))
      entries.push(`${'split' in one ? 'epoch' : 'step'} ${one.step}`)
  })()
  await setTimeout(1200) // three readings
  write([1, 2, 3, 4], [2, 4])
  rmSync(lock)
  await following
  expect(entries).toEqual(['step 1', 'step 2', 'epoch 2', 'step 3', 'step 4', 'epoch 4'])
})

test('the best epochs are those that training keeps: a correlation without a value counts as 0', async () => {
  const folder = openFolder()
  const scores = [null, -0.05, null, 0.2, 0.1].map((score, i) => ({step: i + 1, score}))
  writeFileSync(join(folder, 'epochs.json'), JSON.stringify({split: 'validation', metric: 'pearson', scores}))
  writeFileSync(join(folder, 'metrics.jsonl'), scores.map(({step}) => line(step)).join(''))
  const best: number[] = []
  const signal = new AbortController().signal
  for await (const one of readRunLog(folder, {follow: false, signal}))
    if ('best' in one && one.best) best.push(one.step)
  expect(best).toEqual([1, 4])
})

test('a stop ends a followed log with its own reason', async () => {
  const folder = openFolder()
  writeFileSync(join(folder, `lock.${machineId}.${process.pid}.0123456789ab`), '')
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const next = readRunLog(folder, {follow: true, signal: stop.signal}).next()
  stop.abort(reason)
  await expect(next).rejects.toBe(reason)
})
