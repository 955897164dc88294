import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {freeCache, listCache} from './entries.ts'

afterEach(() => vi.unstubAllEnvs())

test('freeing a folder that is a link empties the folder behind it and keeps the link', async () => {
  const [cache, large] = [openFolder(), openFolder()]
  vi.stubEnv('SVFT_CACHE', cache)
  vi.stubEnv('HF_HUB_CACHE', join(cache, 'hub'))
  writeFileSync(join(large, 'a.safetensors'), 'abc')
  mkdirSync(join(large, 'folder'))
  writeFileSync(join(large, 'folder/b'), 'de')
  symlinkSync(large, join(cache, 'factors'))
  expect(await freeCache(['factors'])).toMatchObject([{name: 'factors', bytes: 5}])
  expect(readdirSync(large)).toEqual([])
  expect(readdirSync(cache)).toEqual(['factors'])
  expect(await listCache()).toEqual([])
})

test('a folder that cannot be read is reported, once for all that are in it', async () => {
  const cache = openFolder()
  const file = join(cache, 'shared')
  vi.stubEnv('HF_HUB_CACHE', join(cache, 'hub'))
  mkdirSync(join(cache, 'factors'))
  writeFileSync(join(cache, 'factors/a.safetensors'), 'abc')
  writeFileSync(file, '')
  const refusal = `${file}: a part of the path is a file, not a folder; its contents are not listed`
  for (const [path, cached] of [[cache, ['factors']] as const, [file, []] as const]) {
    vi.stubEnv('SVFT_CACHE', path)
    const warnings: string[] = []
    const listed = await listCache(text => warnings.push(text))
    expect(listed.map(({name}) => name)).toEqual(cached)
    expect(warnings).toEqual([refusal])
  }
})

test('a cache that is empty is freed as 0 bytes beside others, and an unknown name frees nothing', async () => {
  const cache = openFolder()
  vi.stubEnv('SVFT_CACHE', cache)
  vi.stubEnv('HF_HUB_CACHE', join(cache, 'hub'))
  mkdirSync(join(cache, 'factors'))
  writeFileSync(join(cache, 'factors/a.safetensors'), 'abc')
  await expect(freeCache(['factors', 'sharde'])).rejects.toThrow('not in the cache: sharde; cached: factors')
  expect(await freeCache(['factors', 'shared'])).toMatchObject([
    {name: 'factors', bytes: 3},
    {name: 'shared', bytes: 0, count: 0},
  ])
  expect(await listCache()).toEqual([])
})

test('files that huggingface_hub shares among repositories count as those of each, and stay when one is freed', async () => {
  const cache = openFolder()
  vi.stubEnv('SVFT_CACHE', join(cache, 'svft'))
  vi.stubEnv('HF_HUB_CACHE', cache)
  const [hash, commit] = ['ab'.repeat(32), 'c'.repeat(40)]
  mkdirSync(join(cache, 'blobs/ab'), {recursive: true})
  writeFileSync(join(cache, 'blobs/ab', hash), '12345')
  writeFileSync(join(cache, 'aside'), '123')
  const [blobs, snapshot] = [join(cache, 'models--o--m/blobs'), join(cache, 'models--o--m/snapshots', commit)]
  for (const folder of [blobs, snapshot]) mkdirSync(folder, {recursive: true})
  writeFileSync(join(blobs, 'own'), '12')
  symlinkSync(`../../blobs/ab/${hash}`, join(blobs, 'shared'))
  symlinkSync('../../aside', join(blobs, 'aside'))
  symlinkSync('../../blobs/shared', join(snapshot, 'model.safetensors'))
  expect(await listCache()).toMatchObject([{name: 'o/m', bytes: 7}])
  const warnings: string[] = []
  expect(await freeCache(['o/m'], text => warnings.push(text))).toMatchObject([{name: 'o/m', bytes: 2}])
  expect(warnings).toEqual([
    `o/m: 1 kB stay in ${cache}/blobs, where huggingface_hub keeps what repositories share; hf cache prune deletes what none uses`,
  ])
  expect(readdirSync(join(cache, 'blobs/ab'))).toEqual([hash])
})
