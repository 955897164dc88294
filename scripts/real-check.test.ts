import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execPath} from 'node:process'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openEngine} from '../src/recipes/engine.ts'
import {writeModel} from '../test/support/workplace.ts'
import {relativeError} from './parity/measure.ts'
import {ours} from './real-check/ours.ts'
import {theirs} from './real-check/theirs.ts'

const folder = mkdtempSync(join(tmpdir(), 'svft-real-check-'))
beforeAll(() => writeModel(folder))
afterAll(() => rmSync(folder, {recursive: true}))

const texts = ['Amy has 3 cups.', 'Tom buys 2 more cups. How many cups does he have now?']

test('a token has the same logits whatever else is in the batch', async () => {
  const engine = await openEngine({engine: 'onnx', threads: 1})
  const {what, rows} = await ours(folder, {engine, texts})
  expect(what).toBe('logits')
  for (const [i, text] of texts.entries()) {
    const alone = await ours(folder, {engine, texts: [text]})
    expect(rows[i].length).toBeGreaterThan(1000)
    expect(relativeError(rows[i], alone.rows[0])).toBeLessThan(1e-5)
  }
})

test('models of images are left to parity', async () => {
  const vit = fileURLToPath(new URL('../models/vit-mini', import.meta.url))
  const engine = await openEngine({engine: 'onnx', threads: 1})
  await expect(ours(vit, {engine, texts})).rejects.toMatchObject({kind: 'usage'})
})

test('a Python without transformers is refused in one line', async () => {
  const fault = await theirs(folder, {python: execPath, texts, what: 'logits'}).catch(error => error)
  expect(fault).toMatchObject({name: 'Fault', kind: 'failed'})
  expect(fault.message).toMatch(new RegExp(`^${execPath}: .+$`))
  await expect(theirs(folder, {python: '/nowhere', texts, what: 'logits'})).rejects.toMatchObject({kind: 'failed'})
})
