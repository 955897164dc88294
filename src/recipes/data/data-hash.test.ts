import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {hashFile} from '../../base/read-file.ts'
import {hashData} from './data-hash.ts'

const parts = openFolder()
const part = (number: number) => join(parts, `part-${number}.jsonl`)
await writeFile(part(1), '{"a": 1}\n')
await writeFile(part(2), '{"a": 2}\n')

test('the hash of one file is that of its bytes, of several it depends on each and their order', async () => {
  expect(await hashData(part(1))).toBe(await hashFile(part(1)))
  expect(await hashData(join(parts, '*-1.jsonl'))).toBe(await hashFile(part(1)))
  const both = await hashData(join(parts, '*.jsonl'))
  expect(both).toMatch(/^[0-9a-f]{64}$/)
  await writeFile(part(1), '{"a": 2}\n')
  await writeFile(part(2), '{"a": 1}\n')
  expect(await hashData(join(parts, '*.jsonl'))).not.toBe(both)
})

test('data that is not there is a fault', async () => {
  await expect(hashData(part(3))).rejects.toMatchObject({kind: 'io', message: `${part(3)}: no such file or folder`})
})
