import {PassThrough} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {openProgress} from './progress.ts'

function stream({isTTY}: {isTTY: boolean}) {
  const written: string[] = []
  const sink = Object.assign(new PassThrough({encoding: 'utf8'}), {isTTY, columns: 120})
  sink.on('data', text => written.push(text))
  return {sink, text: () => written.join('')}
}

test('without a terminal: a line at once, every 5 seconds, and at the end', () => {
  const {sink, text} = stream({isTTY: false})
  let now = 0
  const progress = openProgress({stream: sink, total: 100, label: 'train', clock: () => now})
  for (let step = 11; step <= 20; step++) {
    progress.update({step, loss: 1 / step, lr: 5e-2, tokensPerSecond: 1234})
    now += 1000
  }
  progress.note('checkpoint written')
  progress.stop()
  expect(text()).toBe(
    [
      'train 11/100  loss 0.0909  lr 5.00e-2  1.2k tokens/s',
      'train 16/100  loss 0.0625  lr 5.00e-2  1.2k tokens/s  eta 1m24s',
      'checkpoint written',
      'train 20/100  loss 0.0500  lr 5.00e-2  1.2k tokens/s  eta 1m20s',
      '',
    ].join('\n'),
  )
})

test('the last line is not written twice, and nothing without an update', () => {
  const {sink, text} = stream({isTTY: false})
  openProgress({stream: sink, total: 1, label: 'empty'}).stop()
  const progress = openProgress({stream: sink, total: 1, label: 'evaluate'})
  progress.update({step: 1})
  progress.stop()
  expect(text()).toBe('evaluate 1/1\n')
})

test('an ETA from outside wins', () => {
  const {sink, text} = stream({isTTY: false})
  openProgress({stream: sink, total: 9, label: 'x'}).update({step: 1, eta: 60})
  expect(text()).toBe('x 1/9  eta 1m00s\n')
})

test('on a terminal: a bar, notes above it, the last state at the end', async () => {
  const {sink, text} = stream({isTTY: true})
  const progress = openProgress({stream: sink, total: 10, label: 'train {value}'})
  progress.update({step: 4, loss: 0.5})
  await sleep(250)
  progress.note('half')
  progress.update({step: 10, loss: 0.25})
  progress.stop()
  expect(text()).toContain('train {value} ██████████░░░░░░░░░░░░░░ 4/10  loss 0.5000')
  expect(text()).toContain('half\n')
  expect(text()).toMatch(/█{24} 10\/10 {2}loss 0\.2500.*\n$/)
  expect(text()).not.toContain('\u001b[?') // no terminal mode is changed, so none needs to be restored
})

test('names and notes cannot drive the terminal', () => {
  const {sink, text} = stream({isTTY: false})
  const progress = openProgress({stream: sink, total: 1, label: 'a\u001b[2J'})
  progress.update({step: 1})
  progress.note('b\r\u202ec')
  expect(text()).toBe('a\\u001b[2J 1/1\nb\\r\\u202ec\n')
})
