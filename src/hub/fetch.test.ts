import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {noise, openTrial} from '../../test/servers/hub-cache.ts'
import {COMMIT} from '../../test/servers/hub-server.ts'
import {sha256} from '../base/sha256.ts'
import {modelFiles} from './choose-files.ts'

const LARGE = noise(3_000_000)
const FILES = {'config.json': Buffer.from('{"a": 1}'), 'model.safetensors': LARGE}

const isLarge = (url = '') => url.endsWith('model.safetensors')
const startOf = (range = '') => Number(/bytes=(\d+)/.exec(range)?.[1] ?? 0)
const parts = (files: readonly string[]) => files.filter(name => /part|tmp|incomplete/.test(name))

test("a fetched snapshot has Python's layout: blobs by their hash, links by their path, the commit by its branch", async () => {
  const {fetch, folder, settings, hub} = await openTrial({
    name: 'o/m',
    files: {...FILES, 'a/b.txt': Buffer.from('deep')},
  })
  const snapshot = await fetch()
  expect(snapshot).toBe(join(settings.cache, 'models--o--m/snapshots', COMMIT))
  expect(readFileSync(join(snapshot, 'model.safetensors')).equals(LARGE)).toBe(true)
  expect(readFileSync(join(snapshot, 'a/b.txt'), 'utf8')).toBe('deep')
  expect(readlinkSync(join(snapshot, 'a/b.txt'))).toBe('../../../blobs/d1f857b3cc128d202d3547d90541d78e7761853e')
  expect(readFileSync(join(folder, 'cache/models--o--m/refs/main'), 'utf8')).toBe(COMMIT)

  const asked = hub.requests.length
  expect(await fetch()).toBe(snapshot)
  expect(hub.requests.slice(asked)).toEqual([expect.stringContaining('/revision/main')])
  expect(await fetch({revision: COMMIT})).toBe(snapshot)
  expect(await fetch({settings: {offline: true}})).toBe(snapshot)
  expect(hub.requests).toHaveLength(asked + 1)
})

test('over a connection that is cut again and again, each part is requested once, and the whole is verified', async () => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  hub.trick = (request, response) => {
    if (!isLarge(request.url)) return false
    const from = startOf(request.headers.range)
    const range = {'content-range': `bytes ${from}-${LARGE.length - 1}/${LARGE.length}`}
    response.writeHead(from ? 206 : 200, {'content-length': LARGE.length - from, ...(from ? range : {})})
    response.write(LARGE.subarray(from, from + 700_000), () => response.destroy())
    return true
  }
  const snapshot = await fetch()
  expect(readFileSync(join(snapshot, 'model.safetensors')).equals(LARGE)).toBe(true)
  const starts = hub.requests.filter(text => text.includes('model.safetensors')).map(startOf)
  expect(starts.length).toBeGreaterThan(4)
  expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
})

test('a fetch that was stopped resumes, in another process too', async () => {
  const {fetch, hub, files} = await openTrial({name: 'o/m', files: FILES})
  hub.trick = (request, response) => {
    if (!isLarge(request.url)) return false
    response.writeHead(200, {'content-length': LARGE.length}).write(LARGE.subarray(0, 2_000_000)) // and no more
    return true
  }
  const stop = new AbortController()
  const stopped = fetch({signal: stop.signal, onBytes: bytes => bytes > 1_000_000 && stop.abort()})
  await expect(stopped).rejects.toThrow(expect.objectContaining({name: 'AbortError'}))
  expect(parts(files())).toEqual([expect.stringMatching(/blobs\/[0-9a-f]{64}\.svft-part$/)])
  expect(files().filter(name => /snapshots|refs/.test(name))).toEqual([])

  hub.trick = () => false
  const snapshot = await fetch()
  expect(hub.requests.at(-1)).toMatch(/bytes=[12]\d{6}-/)
  expect(readFileSync(join(snapshot, 'model.safetensors')).equals(LARGE)).toBe(true)
  expect(parts(files())).toEqual([])
})

test('a partial file that was changed on the disk is discarded, and the file fetched again', async () => {
  const trial = await openTrial({name: 'o/m', files: FILES})
  const blobs = join(trial.settings.cache, 'models--o--m/blobs')
  await trial.fetch()
  const [large] = readdirSync(blobs).filter(name => name.length === 64)
  const again = await openTrial({name: 'o/m', files: FILES})
  const there = join(again.settings.cache, 'models--o--m/blobs')
  mkdirSync(there, {recursive: true})
  for (const bytes of [1_000_000, 3_000_000, 4_000_000]) {
    writeFileSync(join(there, `${large}.svft-part`), noise(bytes, 7))
    expect(readFileSync(join(await again.fetch(), 'model.safetensors')).equals(LARGE)).toBe(true)
    rmSync(join(there, large))
  }
})

test('a login page in place of the rest of a file leaves the part as it was', async () => {
  const {fetch, hub, settings} = await openTrial({name: 'o/m', files: FILES})
  const blobs = join(settings.cache, 'models--o--m/blobs')
  mkdirSync(blobs, {recursive: true})
  const part = join(blobs, `${sha256(LARGE)}.svft-part`)
  writeFileSync(part, LARGE.subarray(0, 2_000_000))
  hub.trick = (request, response) =>
    isLarge(request.url) &&
    Boolean(response.writeHead(200, {'content-type': 'text/html'}).end('<html>please log in</html>'))
  await expect(fetch()).rejects.toThrow('sent an HTML page instead')
  expect(readFileSync(part).equals(LARGE.subarray(0, 2_000_000))).toBe(true)
  hub.trick = () => false
  await fetch()
  expect(hub.requests.at(-1)).toContain('bytes=2000000-')
})

test('files in a cache are for the group if the umask lets them be', async () => {
  const {fetch, settings} = await openTrial({name: 'o/m', files: FILES})
  const before = process.umask(0o002)
  await fetch().finally(() => process.umask(before))
  const blobs = join(settings.cache, 'models--o--m/blobs')
  expect(readdirSync(blobs).map(name => statSync(join(blobs, name)).mode & 0o777)).toEqual([0o664, 0o664])
})

test('a server without ranges starts again, and the file is complete', async () => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  let asked = 0
  hub.trick = (request, response) => {
    if (!isLarge(request.url)) return false
    response.writeHead(200, {'content-length': LARGE.length})
    if (++asked > 1) response.end(LARGE)
    else response.write(LARGE.subarray(0, 1_500_000), () => response.destroy())
    return true
  }
  expect(readFileSync(join(await fetch(), 'model.safetensors')).equals(LARGE)).toBe(true)
})

test('a request to a busy server is sent again after the time that it demands', async () => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  const answers = [429, 500, 503, 502]
  const times: number[] = []
  hub.trick = (_, response) => {
    times.push(performance.now())
    const status = answers.shift()
    if (status === undefined) return false
    response.writeHead(status, status === 429 ? {'retry-after': '1'} : {}).end()
    return true
  }
  await fetch()
  expect(answers).toEqual([])
  expect(times[1] - times[0]).toBeGreaterThan(950)
})

test("a request beyond the hub's rate limit is sent again once the limit is reset", async () => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  const times: number[] = []
  hub.trick = (_, response) => {
    times.push(performance.now())
    if (times.length > 1) return false
    return Boolean(response.writeHead(429, {ratelimit: '"pages";r=9;t=0, "api";r=0;t=1'}).end())
  }
  await fetch()
  expect(times[1] - times[0]).toBeGreaterThan(1900) // t may be rounded down
})

test.each([
  [
    429,
    {'retry-after': '4000'},
    /127\.0\.0\.1:\d+ asks for fewer requests \(429\) and asks to wait 4000 s; try again then$/,
  ],
  [500, {}, /is temporarily unavailable \(500\), 6 times in a row$/],
])('a server that stays busy (%s) is a fault that explains it', async (status, headers, message) => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  hub.trick = (_, response) => Boolean(response.writeHead(status, headers as Record<string, string>).end())
  await expect(fetch()).rejects.toThrow(message)
})

test('if the hub cannot be reached, a complete cache is used', async () => {
  const {fetch, hub, said} = await openTrial({name: 'o/m', files: FILES})
  const snapshot = await fetch()
  await hub.close()
  expect(await fetch()).toBe(snapshot)
  expect(said).toEqual([expect.stringMatching(/connection refused.*: continuing with the cache$/)])
  await expect(fetch({name: 'o/other'})).rejects.toThrow(/^o\/other@main: 127\.0\.0\.1:\d+: connection refused/)
})

test.each<[string, number, Record<string, string>, RegExp]>([
  ['refuses an expired token', 403, {'x-error-code': 'GatedRepo'}, /^gated by its authors/],
  ['hides behind a login page', 200, {'content-type': 'text/html'}, /sends a response that is not JSON/],
  ['redirects to a login page', 302, {location: 'http://127.0.0.1:9/'}, /connection refused/],
])('if the hub %s, a complete cache is used', async (_, status, headers, reason) => {
  const {fetch, hub, said} = await openTrial({name: 'o/m', files: FILES})
  const snapshot = await fetch()
  hub.trick = (_, response) => Boolean(response.writeHead(status, headers).end('<html>please log in</html>'))
  expect(await fetch()).toBe(snapshot)
  expect(said).toEqual([expect.stringMatching(reason)])
  expect(said[0]).toMatch(/: continuing with the cache$/)
  await expect(fetch({name: 'o/other'})).rejects.toThrow(/^o\/other@main: /)
  rmSync(join(snapshot, '../../blobs'), {recursive: true})
  await expect(fetch()).rejects.toThrow(/^o\/m@main: \S+: /)
})

test('a branch that the hub no longer has is an error, whatever the cache has', async () => {
  const {fetch, hub} = await openTrial({name: 'o/m', files: FILES})
  await fetch()
  hub.trick = (_, response) => Boolean(response.writeHead(404, {'x-error-code': 'RevisionNotFound'}).end())
  await expect(fetch()).rejects.toThrow(/^o\/m@main: the repository has no such revision: a branch or a commit$/)
})

test('a process that stood still while another finished its download leaves the finished file alone', async () => {
  const {fetch, hub, folder} = await openTrial({name: 'o/m', files: FILES})
  const blob = join(folder, 'cache/models--o--m/blobs', sha256(LARGE))
  hub.trick = request => {
    if (isLarge(request.url) && existsSync(`${blob}.svft-part`)) renameSync(`${blob}.svft-part`, blob)
    return false
  }
  await expect(fetch()).rejects.toThrow(/another process has taken over this download; try again$/)
  expect(readFileSync(blob).equals(LARGE)).toBe(true)
})

test('two fetches of the same snapshot take turns, and every byte is downloaded once', async () => {
  const {fetch, hub, said} = await openTrial({name: 'o/m', files: FILES})
  const snapshots = await Promise.all([fetch(), fetch(), fetch()])
  expect(new Set(snapshots).size).toBe(1)
  expect(hub.requests.filter(text => text.includes('/resolve/'))).toHaveLength(2)
  expect(
    said.every(text =>
      /this process is already at work here; wait until that ends, or, if its thread was terminated, remove \S+$/.test(
        text,
      ),
    ),
  ).toBe(true)
})

test('the weights of a model are fetched in one format, and never in those of other frameworks', async () => {
  const small = Buffer.from('x')
  const others = [
    'pytorch_model.bin',
    'tf_model.h5',
    'flax_model.msgpack',
    'rust_model.ot',
    'onnx/model.onnx',
    'model.gguf',
    'README.md',
    'original/consolidated.safetensors',
  ]
  const {fetch} = await openTrial({
    name: 'o/m',
    files: {
      ...FILES,
      'tokenizer.json': small,
      'generation_config.json': small,
      ...Object.fromEntries(others.map(name => [name, small])),
    },
  })
  const snapshot = await fetch({choose: modelFiles})
  expect(readdirSync(snapshot).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
  ])
})

test('a cache that Python filled is read without the network, unless a part is missing', async () => {
  const {fetch, settings, hub} = await openTrial({name: 'o/m', files: FILES})
  const folder = join(settings.cache, 'models--o--m')
  const put = (name: string, bytes: string) => {
    const path = join(folder, 'snapshots', COMMIT, name)
    writeFileSync(join(folder, 'blobs', name), bytes)
    symlinkSync(join('../../blobs', name), path)
  }
  for (const name of ['blobs', 'refs', `snapshots/${COMMIT}`]) mkdirSync(join(folder, name), {recursive: true})
  writeFileSync(join(folder, 'refs/main'), COMMIT)
  put('config.json', '{}')
  put('model.safetensors.index.json', '{}')
  put('model-00001-of-00002.safetensors', 'a')
  const offline = {choose: modelFiles, settings: {offline: true}}
  await expect(fetch(offline)).rejects.toThrow(`o/m@main: not in the cache, ${settings.cache}`)
  put('model-00002-of-00002.safetensors', 'b')
  expect(await fetch(offline)).toBe(join(folder, 'snapshots', COMMIT))
  expect(hub.requests).toEqual([])
})

test('a download larger than the free disk space is refused before anything is written', async () => {
  const {fetch, files} = await openTrial({
    name: 'o/m',
    files: FILES,
    lie: entry => (entry.lfs ? {...entry, size: 9e15, lfs: {...entry.lfs, size: 9e15}} : entry),
  })
  await expect(fetch()).rejects.toThrow(/^o\/m@main: 9000000\.0 GB to download, and \S+ has [\d.]+ GB left: free some/)
  expect(files()).toEqual([])
})

test('empty files, and files of the same bytes, are fetched like others', async () => {
  const same = noise(500)
  const {fetch, hub} = await openTrial({name: 'o/m', files: {empty: Buffer.alloc(0), one: same, two: same}})
  const snapshot = await fetch()
  expect(lstatSync(join(snapshot, 'empty')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(snapshot, 'empty'))).toHaveLength(0)
  expect(readFileSync(join(snapshot, 'two')).equals(same)).toBe(true)
  expect(hub.requests.filter(text => text.includes('/resolve/'))).toHaveLength(1)
  expect(existsSync(join(snapshot, 'three'))).toBe(false)
})
