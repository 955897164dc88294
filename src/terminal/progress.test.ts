import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, expect, test, vi} from 'vitest'
import {openStream} from '../../test/support/terminal-stream.ts'
import {openProgress} from './progress.ts'

afterEach(() => vi.unstubAllEnvs())

test('without a terminal there is a line at the start, every 5 seconds, and at the end', () => {
  const {sink, text} = openStream({isTTY: false})
  let now = 0
  const progress = openProgress({stream: sink, total: 100, label: 'train', clock: () => now})
  for (let step = 11; step <= 20; step++) {
    progress.update({step, loss: 1 / step, lr: 5e-2, speed: {perSecond: 1234, unit: 'tokens'}})
    now += 1000
  }
  progress.stop()
  expect(text()).toBe(
    [
      'train 11/100  loss 0.0909  1.2k tokens/s  lr 5.00e-2',
      'train 16/100  eta 1m24s  loss 0.0625  1.2k tokens/s  lr 5.00e-2',
      'train 20/100  eta 1m20s  loss 0.0500  1.2k tokens/s  lr 5.00e-2',
      '',
    ].join('\n'),
  )
})

test('within a step, a line a minute has its micro-batches', () => {
  const {sink, text} = openStream({isTTY: false})
  let now = 0
  const progress = openProgress({stream: sink, total: 20, label: 'train', clock: () => now})
  progress.update({step: 0})
  for (let done = 1; done < 64; done++) {
    now += 2000
    progress.update({step: 0, microBatches: {done, total: 64}})
  }
  now += 2000
  progress.update({step: 1, loss: 14})
  expect(text()).toBe(
    [
      'train 0/20',
      'train 0/20  micro-batch 30/64',
      'train 0/20  micro-batch 60/64',
      'train 1/20  loss 14.0000',
      '',
    ].join('\n'),
  )
})

test('the time left is estimated from the end of the first step of the run, within steps too', () => {
  const {sink, text} = openStream({isTTY: false})
  let now = 0
  const progress = openProgress({stream: sink, total: 20, label: 'train', clock: () => now})
  const at = (seconds: number, step: number, done?: number) => {
    now = seconds * 1000
    progress.update({step, microBatches: done === undefined ? undefined : {done, total: 4}})
  }
  at(0, 10)
  at(600, 11) // with the compilation
  at(660, 11, 2)
  at(720, 12)
  at(780, 12, 2)
  expect(text()).toBe(
    [
      'train 10/20',
      'train 11/20',
      'train 11/20  eta 17m00s  micro-batch 2/4',
      'train 12/20  eta 16m00s',
      'train 12/20  eta 15m00s  micro-batch 2/4',
      '',
    ].join('\n'),
  )
})

test('the last line is not written twice, and nothing without an update', () => {
  const {sink, text} = openStream({isTTY: false})
  openProgress({stream: sink, total: 1, label: 'empty'}).stop()
  const progress = openProgress({stream: sink, total: 1, label: 'evaluate'})
  progress.update({step: 1})
  progress.stop()
  expect(text()).toBe('evaluate 1/1\n')
})

test('a given ETA takes precedence', () => {
  const {sink, text} = openStream({isTTY: false})
  openProgress({stream: sink, total: 9, label: 'x'}).update({step: 1, eta: 60})
  expect(text()).toBe('x 1/9  eta 1m00s\n')
})

test('a part of other work leaves nothing behind, and prints nothing if it is short', () => {
  const {sink, text} = openStream({isTTY: false})
  let now = 0
  const progress = openProgress({stream: sink, total: 9, label: 'answer', passing: true, clock: () => now})
  progress.update({step: 0})
  progress.update({step: 1})
  now = 6000
  progress.update({step: 3})
  progress.update({step: 9})
  progress.stop()
  expect(text()).toBe('answer 3/9  eta 18s\n')
})

test('on a terminal the time left comes first and a bar last, and finished work leaves a line with the time it took', async () => {
  const {sink, text} = openStream({isTTY: true})
  let now = 0
  const progress = openProgress({stream: sink, total: 10, label: 'train {value}', clock: () => now})
  progress.update({step: 4, loss: 0.5, eta: 61})
  await sleep(150)
  now = 65_000
  progress.update({step: 10, loss: 0.25})
  progress.stop()
  const [drawn, last] = [text(), text().split('\u001b[J').at(-1)]
  expect(drawn).toContain(
    '\u001b[1meta 1m01s\u001b[0m  train {value} 4/10  loss 0.5000\u001b[36m  ██████████░░░░░░░░░░░░░░\u001b[0m',
  )
  expect(last).toBe('train {value} 10/10  in 1m05s  loss 0.2500\n')
  expect(drawn).not.toContain('\u001b[?') // no terminal mode is changed, so none needs to be restored
})

test.each([
  [60, 'eta 1m01s  train gsm8k/mini/svft-plain 4/288  loss 0.5000'],
  [80, 'eta 1m01s  train gsm8k/mini/svft-plain 4/288  loss 0.5000  1.2k tokens/s'],
  [100, 'eta 1m01s  train gsm8k/mini/svft-plain 4/288  loss 0.5000  1.2k tokens/s  lr 1.00e-3'],
])('a terminal of %i columns shows the loss, and no bar if there is no room', (columns, line) => {
  vi.stubEnv('NO_COLOR', '1')
  const {sink, text} = openStream({isTTY: true, columns})
  const progress = openProgress({stream: sink, total: 288, label: 'train gsm8k/mini/svft-plain'})
  progress.update({step: 4, loss: 0.5, lr: 1e-3, speed: {perSecond: 1234, unit: 'tokens'}, eta: 61})
  expect(text()).toBe(line)
})

test('names cannot drive the terminal', () => {
  const {sink, text} = openStream({isTTY: false})
  const progress = openProgress({stream: sink, total: 1, label: 'a\u001b[2J'})
  progress.update({step: 1})
  expect(text()).toBe('a\\u001b[2J 1/1\n')
})
