import {appendFileSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test, vi} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {cacheProperty, removeOldest, writeChecksums} from './program-files.ts'

test('the oldest files are removed until the others fit', () => {
  const folder = openFolder()
  for (const [i, name] of ['new', 'old', 'older'].entries()) {
    writeFileSync(join(folder, name), Buffer.alloc(100))
    utimesSync(join(folder, name), 1000 - i, 1000 - i)
  }
  removeOldest(folder, 250)
  expect(readdirSync(folder).sort()).toEqual(['new', 'old'])
  removeOldest(folder, 200)
  expect(readdirSync(folder).sort()).toEqual(['new', 'old'])
  removeOldest(folder, 0)
  expect(readdirSync(folder)).toEqual([])
})

test('a file that cannot be removed stays, and the next oldest is removed instead', () => {
  const folder = openFolder()
  mkdirSync(join(folder, 'fixed')) // removing a folder fails as removing a file does
  utimesSync(join(folder, 'fixed'), 1, 1)
  for (const [i, name] of ['old', 'new'].entries()) {
    writeFileSync(join(folder, name), Buffer.alloc(100))
    utimesSync(join(folder, name), 1000 + i, 1000 + i)
  }
  removeOldest(folder, statSync(join(folder, 'fixed')).size + 100)
  expect(readdirSync(folder).sort()).toEqual(['fixed', 'new'])
})

test.runIf(process.platform === 'linux')(
  'programs are not cached in a folder where nothing can be written',
  async () => {
    const folder = openFolder()
    try {
      vi.stubEnv('SVFT_CACHE', '/sys/svft')
      expect(await cacheProperty(1000)).toEqual({})
      vi.stubEnv('SVFT_CACHE', folder)
      expect(await cacheProperty(1000)).toEqual({CACHE_DIR: join(folder, 'programs'), ENABLE_MMAP: 'NO'})
    } finally {
      vi.unstubAllEnvs()
    }
  },
)

test('small programs are not cached', async () => {
  expect(await cacheProperty(999)).toEqual({})
})

test('a program that does not match its checksum, or has none, is removed before the cache is read', async () => {
  vi.stubEnv('SVFT_CACHE', openFolder())
  try {
    const folder = (await cacheProperty(1000)).CACHE_DIR
    const programs = () => readdirSync(folder).filter(name => name.endsWith('.blob'))
    for (const name of ['intact.blob', 'damaged.blob']) writeFileSync(join(folder, name), name)
    await writeChecksums(folder)
    writeFileSync(join(folder, 'unfinished.blob'), '')
    appendFileSync(join(folder, 'damaged.blob'), '.')
    await cacheProperty(1000)
    expect(programs()).toEqual(['intact.blob'])
    rmSync(join(folder, 'intact.blob.sha256'))
    utimesSync(join(folder, 'intact.blob'), 1, 1) // as one that this process has not compared yet
    await cacheProperty(1000)
    expect(programs()).toEqual([])
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a cache that is removed while a program is compiled does not end the run', async () => {
  await writeChecksums(join(openFolder(), 'removed'))
})
