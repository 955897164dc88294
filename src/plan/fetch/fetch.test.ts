import {mkdirSync, truncateSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {noise} from '../../../test/servers/hub-cache.ts'
import {openHub} from '../../../test/servers/hub-server.ts'
import {closeLater, openFolder} from '../../../test/support/cleanup.ts'
import {checkRoom, freeBytes} from '../../hub/fetch.ts'
import {readRecipe} from '../../recipes/file/read.ts'
import {planFetch} from './fetch.ts'

afterEach(() => vi.unstubAllEnvs())

test('files with the same bytes count once in the size of the download', async () => {
  const same = noise(5000)
  const files = {'train.jsonl': same, 'test.jsonl': same, 'other.jsonl': noise(3000, 7)}
  const hub = await openHub({kind: 'dataset', name: 'o/d', files})
  closeLater(hub.close)
  const folder = openFolder()
  vi.stubEnv('HF_ENDPOINT', hub.url)
  vi.stubEnv('HF_HUB_CACHE', folder)
  const {recipe} = await readRecipe('configs/gsm8k/gemma-2b/svft-plain.yaml')
  const address = (file: string) => `hf://datasets/o/d@main/${file}`
  const test = {gsm8k: address('test.jsonl'), math: address('other.jsonl')}
  const wanted = {...recipe, model: {path: folder}, data: {...recipe.data, train: address('train.jsonl'), test}}
  const plan = await planFetch([wanted], {signal: new AbortController().signal})
  expect(plan.sources).toHaveLength(3)
  expect(plan.bytes).toBe(8000)
})

test('a download that was interrupted needs room for its rest alone', async () => {
  const folder = openFolder()
  const path = join(folder, 'blobs/a')
  const blobs = new Map([[path, {path: 'model.safetensors', bytes: (await freeBytes(folder)) + 2 ** 35, gitOid: ''}]])
  await expect(checkRoom(blobs, folder)).rejects.toThrow('GB to download, and')
  mkdirSync(dirname(path))
  writeFileSync(`${path}.svft-part`, '')
  truncateSync(`${path}.svft-part`, 2 ** 36) // which takes no space
  await checkRoom(blobs, folder)
})
