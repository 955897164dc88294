import {readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {readChecksummed, writeChecksummed} from './checksummed.ts'
import {readSafetensors, readTensor, writeSafetensors} from './safetensors.ts'

const folder = openFolder()

const file = join(folder, 'kept.safetensors')
const tensors: Parameters<typeof writeChecksummed>[1] = {
  u: {dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4)},
  half: {dtype: 'bfloat16', shape: [3], data: Float32Array.of(0.5, 1.5, -2)},
}
beforeEach(() => writeChecksummed(file, tensors, {metadata: {route: 'own'}}))

/** What is read of the file, and what is told of damage. */
async function read() {
  const told: string[] = []
  return {found: await readChecksummed(file, problem => told.push(problem)), told}
}

test('a file with a checksum is read as it was written, and is an ordinary safetensors file', async () => {
  const {found, told} = await read()
  expect(found).toEqual(await readSafetensors(file))
  expect([...(await readTensor(found!.half))]).toEqual([0.5, 1.5, -2])
  expect(told).toEqual([])
  expect(readFileSync(file, 'latin1')).toMatch(/"__metadata__":\{"route":"own","sha256":"[0-9a-f]{64}"\}/)
})

test('every byte of the values counts, and so do types and shapes', async () => {
  const whole = readFileSync(file)
  const start = 8 + Number(whole.readBigUInt64LE())
  const changed = (change: (bytes: Buffer) => Buffer) => writeFileSync(file, change(Buffer.from(whole)))
  for (let at = start; at < whole.length; at++) {
    changed(bytes => bytes.fill(bytes[at] ^ 1, at, at + 1))
    expect(await read()).toEqual({
      found: undefined,
      told: [`${file}: its bytes are not those that were written`],
    })
  }
  for (const [old, other] of [
    ['"BF16"', '"F16" '],
    ['[2,2]', '[4,1]'],
    ['"u"', '"v"'],
  ]) {
    changed(bytes => Buffer.from(bytes.toString('latin1').replace(old, other), 'latin1'))
    expect((await read()).told).toHaveLength(1)
  }
})

test('a truncated file is reported; one that is missing or has no checksum is undefined', async () => {
  truncateSync(file, 200)
  expect(await read()).toEqual({found: undefined, told: [expect.stringContaining(`${file}: cut short`)]})
  await writeSafetensors(file, tensors)
  expect(await read()).toEqual({found: undefined, told: []})
  rmSync(file)
  expect(await read()).toEqual({found: undefined, told: []})
})

test('values that are not of their type are refused', async () => {
  const wrong = {u: {dtype: 'int32', shape: [1], data: Float32Array.of(1)}} as const
  await expect(writeChecksummed(join(folder, 'wrong'), wrong)).rejects.toThrow(/its data do not match int32 \[1\]/)
})
