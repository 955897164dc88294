import {PassThrough} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import type {RunEvent} from '../recipes/events.ts'
import type {CellReport} from './cell-report.ts'
import {openDisplay} from './display.ts'

function stream({isTTY}: {isTTY: boolean}) {
  const written: string[] = []
  const sink = Object.assign(new PassThrough({encoding: 'utf8'}), {isTTY, columns: 120})
  sink.on('data', text => written.push(text))
  return {sink, text: () => written.join('')}
}

const report = {step: 5, steps: 10, loss: 0.25, lr: 1e-3, tokens: 8, seconds: 1, gradNorm: 1}
const step: RunEvent = {type: 'step', report}
const failed: CellReport = {
  state: 'failed',
  failure: {kind: 'input', message: 'train.jsonl:1: not JSON', lines: ['one', 'two\u001b[2J']},
}

test('without a terminal, changes of a cell are printed immediately, and the progress every 5 seconds', () => {
  const {sink, text} = stream({isTTY: false})
  let now = 0
  const display = openDisplay({
    stream: sink,
    shares: new Map([
      ['a', 1],
      ['b', 3],
    ]),
    clock: () => now,
  })
  display.show({type: 'state', label: 'a', report: {state: 'running'}})
  display.show({type: 'run', label: 'a', event: {type: 'training', params: 1, steps: 4, from: 0}})
  now = 2000
  display.show({type: 'run', label: 'a', event: step})
  now = 6000
  display.show({
    type: 'run',
    label: 'a',
    event: {type: 'answers', split: 'test', done: 3, total: 9, correct: 1, tokens: 4},
  })
  display.show({type: 'state', label: 'a', report: failed})
  now = 11_000
  display.show({type: 'state', label: 'b', report: {state: 'running', elsewhere: true}})
  const advice = 'process 7 on far is at work here'
  display.show({type: 'state', label: 'b', report: {state: 'running', elsewhere: true, advice}})
  display.stop()
  expect(text()).toBe(
    [
      'a: running',
      '0/2 done, 1 running',
      '  a: starting',
      'eta 47s  0/2 done, 1 running',
      '  a: answer test 3/9',
      'a: failed: train.jsonl:1: not JSON',
      '  one',
      '  two\\u001b[2J',
      'b: running in another process; waiting for it',
      '0/2 done, 1 elsewhere, 1 failed',
      'b: running: process 7 on far is at work here',
      '',
    ].join('\n'),
  )
})

test('cells that were done before are printed first, and counted once after them', () => {
  const {sink, text} = stream({isTTY: false})
  const shares = new Map(['a', 'b', 'c'].map(label => [label, 1]))
  const display = openDisplay({stream: sink, shares, clock: () => 0})
  for (const label of ['a', 'b']) display.show({type: 'state', label, report: {state: 'done'}})
  display.show({type: 'state', label: 'c', report: {state: 'running'}})
  display.stop()
  expect(text()).toBe(['a: done', 'b: done', 'c: running', '2/3 done, 1 running', '  c: starting', ''].join('\n'))
})

test('on a terminal, the sweep and each running cell have a line, below the cells that have ended', async () => {
  const {sink, text} = stream({isTTY: true})
  const display = openDisplay({
    stream: sink,
    shares: new Map([
      ['first', 1],
      ['second', 1],
    ]),
  })
  display.show({type: 'state', label: 'first', report: {state: 'running'}})
  display.show({type: 'run', label: 'first', event: step})
  display.show({type: 'state', label: 'second', report: {state: 'running'}})
  await sleep(300)
  display.show({type: 'state', label: 'second', report: failed})
  display.stop()
  expect(text()).toContain('0/2 done, 2 running')
  expect(text()).toMatch(/first {3}train 5\/10 {2}loss 0\.2500\S* {2}█{11}░{13}/)
  expect(text()).toContain('second  starting')
  const last = text().slice(text().lastIndexOf('failed: train.jsonl:1: not JSON'))
  expect(last).toContain('0/2 done, 1 running, 1 failed')
  expect(last).toContain('first  train 5/10')
  expect(last).not.toContain('second  ')
  expect(text()).not.toContain('\u001b[?25l') // a cursor hidden could stay hidden
})

test('the time left comes from the plan at first, and from measured progress later', () => {
  const {sink, text} = stream({isTTY: false})
  let now = 0
  const shares = new Map(Array.from({length: 10}, (_, i) => [`c${i}`, 10]))
  const display = openDisplay({stream: sink, shares, planned: 100, clock: () => now})
  const etas = () => text().match(/eta \S+/g)
  display.show({type: 'state', label: 'c0', report: {state: 'running'}})
  now = 6000 // a process that starts has done nothing yet
  display.show({type: 'run', label: 'c0', event: {type: 'factors', done: 1, total: 9, path: 'a'}})
  expect(etas()).toEqual(['eta 1m40s', 'eta 1m40s'])
  display.show({type: 'run', label: 'c0', event: {type: 'training', params: 1, steps: 2, from: 0}})
  for (let i = 0; i < 5; i++) {
    display.show({type: 'state', label: `c${i}`, report: {state: 'running'}})
    now += 30_000
    display.show({type: 'state', label: `c${i}`, report: {state: 'done'}})
  }
  expect(etas()?.at(-1)).toBe('eta 2m01s') // of 50 s by the plan, at three times as long
  for (let i = 5; i < 10; i++) display.show({type: 'state', label: `c${i}`, report: {state: 'done'}})
  now += 6000
  display.show({type: 'state', label: 'c9', report: {state: 'done'}})
  display.stop()
  expect(text().trimEnd().split('\n').at(-1)).toBe('10/10 done')
})
