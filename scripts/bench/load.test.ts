import {expect, test} from 'vitest'
import {busyShare, parseTicks, processTicks, readTicks} from './load.ts'

const LINUX = process.platform === 'linux'

test('idle and waiting time is not busy, time stolen by a hypervisor is, a guest counts once', () => {
  expect(parseTicks('cpu  10 1 5 70 4 2 3 5 6 7')).toEqual({all: 100, busy: 26})
})

test('a process’ own work is not foreign', () => {
  const [before, after] = [
    {all: 1000, busy: 500},
    {all: 1200, busy: 640},
  ]
  expect(busyShare(before, after)).toBe(0.7)
  expect(busyShare(before, after, 130)).toBeCloseTo(0.05)
  expect(busyShare(before, after, 150)).toBe(0)
})

test.runIf(LINUX)('this machine and this process have worked before', () => {
  const ticks = readTicks()!
  expect(ticks.busy).toBeGreaterThan(0)
  expect(ticks.all).toBeGreaterThan(ticks.busy)
  expect(processTicks(process.pid)).toBeGreaterThan(0)
})

test('a process that is not there has no ticks', () => {
  expect(processTicks(2 ** 30)).toBe(0)
})
