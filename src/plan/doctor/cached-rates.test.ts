import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {machineRates, updateRates} from './cached-rates.ts'

const cache = openFolder()
process.env.SVFT_CACHE = cache
const file = join(cache, 'rates.json')
const QUIET = {busy: false}
const kept = () => JSON.parse(readFileSync(file, 'utf8'))

test('a measurement writes nothing where no plan has cached rates', async () => {
  await updateRates({flopsPerSecond: 1e9, bytesPerSecond: 1e9})
  expect(existsSync(file)).toBe(false)
})

test('rates are measured once, and the fastest measurement is cached', async () => {
  const first = await machineRates([], QUIET)
  const {flopsPerSecond, bytesPerSecond} = first
  expect(flopsPerSecond).toBeGreaterThan(1e8)
  expect(kept()).toMatchObject({flopsPerSecond, bytesPerSecond})
  writeFileSync(file, JSON.stringify({...kept(), flopsPerSecond: 1e15, bytesPerSecond: 1}))
  expect(await machineRates([], QUIET)).toMatchObject({flopsPerSecond: 1e15, bytesPerSecond: 1})
  await updateRates(first)
  expect(await machineRates([], QUIET)).toMatchObject({flopsPerSecond: 1e15, bytesPerSecond})
})

test('after ten minutes rates are measured again, since the machine may have been busy', async () => {
  writeFileSync(file, JSON.stringify({...kept(), flopsPerSecond: 1e15, bytesPerSecond: 1}))
  const soon = kept().measured + 9 * 60_000
  const later = kept().measured + 11 * 60_000
  expect((await machineRates([], {now: soon, busy: false})).bytesPerSecond).toBe(1)
  const {flopsPerSecond, bytesPerSecond} = await machineRates([], {now: later, busy: false})
  expect(flopsPerSecond).toBe(1e15)
  expect(bytesPerSecond).toBeGreaterThan(1e8)
  expect(kept()).toMatchObject({flopsPerSecond, bytesPerSecond, measured: later})
})

test('a rate of memory that was measured far too high comes down by half with each measurement of a quiet machine', async () => {
  const measuredAgain = async (busy: boolean, wasBusy = false) => {
    writeFileSync(file, JSON.stringify({...kept(), bytesPerSecond: 1e15, isBusy: wasBusy}))
    return (await machineRates([], {now: kept().measured + 11 * 60_000, busy})).bytesPerSecond / 1e15
  }
  expect(await measuredAgain(false)).toBeCloseTo(0.5, 2)
  expect(await measuredAgain(true)).toBe(1)
  expect(await measuredAgain(false, true)).toBe(1)
})

test('rates of a busy machine are measured again after a minute, until it is quiet', async () => {
  writeFileSync(file, JSON.stringify({...kept(), bytesPerSecond: 1, isBusy: true}))
  const after = (seconds: number, busy: boolean) => machineRates([], {now: kept().measured + 1000 * seconds, busy})
  expect(await after(59, false)).toMatchObject({bytesPerSecond: 1, isBusy: true})
  const busy = await after(61, true)
  expect(busy.isBusy).toBe(true)
  expect(busy.bytesPerSecond).toBeGreaterThan(1)
  expect((await after(61, false)).isBusy).toBe(false)
  writeFileSync(file, JSON.stringify({...kept(), bytesPerSecond: 1}))
  expect(await after(61, true)).toMatchObject({bytesPerSecond: 1, isBusy: false})
})

test('the rate of bfloat16 is cached with the others, and measured only for recipes that use it', async () => {
  await machineRates([{engine: 'onnx'}], QUIET)
  expect(kept()).not.toHaveProperty('bf16FlopsPerSecond')
  await updateRates({bf16FlopsPerSecond: 2e12})
  expect((await machineRates([{engine: 'openvino'}], QUIET)).bf16FlopsPerSecond).toBe(2e12)
  await updateRates({flopsPerSecond: 1e9, bytesPerSecond: 1e9})
  await machineRates([{engine: 'onnx'}], {now: Date.now() + 3_600_000, busy: false})
  expect(kept().bf16FlopsPerSecond).toBe(2e12)
})

test('the rate of bfloat16 on a busy machine does not stay as that of the quiet one', async () => {
  const afterQuiet = async (isBusy: boolean) => {
    writeFileSync(file, JSON.stringify({...kept(), bf16FlopsPerSecond: 1e12, isBusy}))
    await machineRates([{engine: 'onnx'}], {now: kept().measured + 11 * 60_000, busy: false})
    return kept().bf16FlopsPerSecond
  }
  expect(await afterQuiet(false)).toBe(1e12)
  expect(await afterQuiet(true)).toBeUndefined()
})

test.each([
  ['of another machine', {machine: 'other', flopsPerSecond: 1e15, bytesPerSecond: 1e15}],
  ['damaged', {flopsPerSecond: 'fast'}],
])('cached rates that are %s are measured again', async (_, wrong) => {
  writeFileSync(file, JSON.stringify({...kept(), ...wrong}))
  expect((await machineRates([], QUIET)).flopsPerSecond).toBeLessThan(1e15)
})
