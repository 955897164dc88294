import {mkdirSync, readdirSync, rmdirSync, writeFileSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {noise, openTrial} from '../../test/servers/hub-cache.ts'
import {COMMIT} from '../../test/servers/hub-server.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {withLock} from '../base/lock.ts'
import {cachedRepositories, freeRepository} from './cached.ts'

const FILES = {'a/large.bin': noise(5000), 'small.txt': Buffer.from('small')}

test('repositories are listed with their bytes, each blob once, and the commits of branches', async () => {
  const {fetch, settings} = await openTrial(
    {name: 'o/m', files: FILES},
    {name: 'o/d', kind: 'dataset', files: {'x.txt': Buffer.from('x')}},
  )
  expect(await cachedRepositories(settings.cache)).toEqual([])
  await fetch()
  await fetch({name: 'o/d', kind: 'dataset'})
  for (const name of ['models--odd', 'spaces--o--s', 'models--o--..', 'models----x'])
    mkdirSync(join(settings.cache, name))
  writeFileSync(join(settings.cache, 'models--o--file'), '')
  const [model, dataset, ...rest] = await cachedRepositories(settings.cache)
  expect(rest).toEqual([])
  expect(model).toMatchObject({kind: 'model', name: 'o/m', commits: [COMMIT], refs: {main: COMMIT}})
  expect(dataset).toMatchObject({kind: 'dataset', name: 'o/d'})
  const listing = 600 // of the commit's files, beside 5005 bytes of blobs and the branch
  expect(model.bytes).toBeGreaterThan(5005 + 40)
  expect(model.bytes).toBeLessThan(5005 + 40 + listing)
})

test('a repository is removed completely, and not while it is being fetched', async () => {
  const {fetch, settings} = await openTrial({name: 'o/m', files: FILES})
  await fetch()
  const [model] = await cachedRepositories(settings.cache)
  await withLock(join(settings.cache, '.locks/models--o--m.svft'), () =>
    expect(freeRepository(settings.cache, model)).rejects.toThrow(/^o\/m: .*: this process is already at work here/),
  )
  await freeRepository(settings.cache, model)
  expect(readdirSync(settings.cache)).toEqual(['.locks'])
})

test('a repository that another process removes meanwhile is left out', async () => {
  const cache = openFolder()
  const names = Array.from({length: 300}, (_, i) => join(cache, `models--o--m${i}`))
  for (const name of names) mkdirSync(name)
  const listing = cachedRepositories(cache)
  await readdir(cache)
  for (const name of names.toReversed()) rmdirSync(name)
  const known = names.map((_, i) => `o/m${i}`)
  expect(known).toEqual(expect.arrayContaining((await listing).map(({name}) => name))) // whichever were still there
})
