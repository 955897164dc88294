import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {expect, test} from 'vitest'
import {type HubTrial, noise, openTrial} from '../../test/servers/hub-cache.ts'
import {COMMIT, openHub, type ServedRepository, type TreeEntry, type Trick} from '../../test/servers/hub-server.ts'
import {filesLike, modelFiles} from './choose-files.ts'

// What a server, or who stands between, may do to us: each of it is refused, with nothing outside the cache and nothing
// under a name that promises verified bytes, or it makes no difference, for what arrives is verified.

const LARGE = noise(200_000)
const GOOD: ServedRepository = {
  name: 'o/m',
  files: {'config.json': Buffer.from('{"a": 1}'), 'model.safetensors': LARGE},
}
const SECRET = 'hf_secretsecretsecret'

/** Files of the trial that nobody should find: beside the cache, or blobs and snapshots. */
const suspicious = ({files}: HubTrial) =>
  files().filter(
    name => !name.startsWith('cache/') || /\/(snapshots|refs|trees)\//.test(name) || /blobs\/[0-9a-f]{64}$/.test(name),
  )

async function refused(
  repository: ServedRepository,
  {message, trick}: {message: RegExp; trick?: Trick},
): Promise<void> {
  const trial = await openTrial(repository)
  if (trick) trial.hub.trick = trick
  await expect(trial.fetch()).rejects.toThrow(message)
  expect(suspicious(trial)).toEqual([])
}

const lying = (change: (entry: TreeEntry) => object): ServedRepository => ({
  ...GOOD,
  lie: entry => (entry.lfs ? change(entry) : entry),
})

const onLarge =
  (trick: Trick): Trick =>
  (request, response) =>
    request.url?.endsWith('model.safetensors') === true && trick(request, response)

test.each([
  '../../../../evil',
  '/abs/evil',
  'a\\..\\..\\evil',
  'C:evil',
  'a/../../evil',
  './evil',
  'a//evil',
  'nul\0evil',
  'line\nevil',
  '',
])('a file with the name %j', path =>
  refused(
    lying(entry => ({...entry, path})),
    {message: /^o\/m@main: the hub lists an invalid file: .*: its path, size or hash/},
  ),
)

test.each<[string, (entry: TreeEntry) => object]>([
  ['leads elsewhere', entry => ({...entry, lfs: {...entry.lfs, oid: '../../../evil-oid'}})],
  ['is too short', entry => ({...entry, lfs: {...entry.lfs, oid: 'abc'}})],
  ['leads elsewhere, of a small file', entry => ({...entry, lfs: undefined, oid: '../../../evil-oid'})],
  ['is not a text', entry => ({...entry, lfs: {...entry.lfs, oid: 7}})],
  ['is for another size', entry => ({...entry, size: 5})],
  ['is for a size below 0', entry => ({...entry, size: -1, lfs: {...entry.lfs, size: -1}})],
])('a hash that %s', (_, lie) =>
  refused(lying(lie), {message: /^o\/m@main: the hub lists an invalid file: model\.safetensors:/}),
)

test('a hash of Xet that is a path is ignored', async () => {
  const trial = await openTrial(lying(entry => ({...entry, xetHash: '../../../evil-xet'})))
  expect(readFileSync(join(await trial.fetch(), 'model.safetensors')).equals(LARGE)).toBe(true)
  expect(trial.files().every(name => name.startsWith('cache/'))).toBe(true)
})

test('an invalid commit', () =>
  refused({...GOOD, commit: '../../../../evil-sha'}, {message: /^o\/m@main: the hub returned an invalid commit$/}))

test.each(['../../../../evil-rev', '/main', 'a..b', 'a//b', '-x', 'x\0', ''])(
  'a revision of %j is never requested',
  async revision => {
    const trial = await openTrial(GOOD)
    await expect(trial.fetch({revision})).rejects.toThrow(/a revision is a branch or a commit/)
    expect(trial.hub.requests).toEqual([])
  },
)

test('bytes other than those that were listed', () =>
  refused(
    lying(entry => ({...entry, lfs: {...entry.lfs, oid: 'c'.repeat(64)}})),
    {
      message: /^o\/m@main: model\.safetensors: its bytes are not those of c{64}, as the hub lists them/,
    },
  ))

test('other bytes of a small file', () =>
  refused(
    {...GOOD, files: {'config.json': Buffer.from('{}')}, lie: entry => ({...entry, oid: 'd'.repeat(40)})},
    {message: /^o\/m@main: config\.json: its bytes are not those of d{40}/},
  ))

test('endless bytes', () =>
  refused(GOOD, {
    message: /model\.safetensors: more bytes arrive than the 200000 that the hub lists$/,
    trick: onLarge((_, response) => {
      const more = () => void response.write(LARGE, error => error || setImmediate(more))
      more()
      return true
    }),
  }))

test('fewer bytes than were listed, however often they are requested', () =>
  refused(GOOD, {
    message:
      /model\.safetensors: 127\.0\.0\.1:\d+: (ends after 5000 of 200000 bytes|the connection was cut|aborted), 6 times in a row$/,
    trick: onLarge((request, response) => {
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(from ? 206 : 200, from ? {'content-range': `bytes ${from}-199999/200000`} : {})
      response.end(LARGE.subarray(from, 5000))
      return true
    }),
  }))

test.each<[string, number, Record<string, string>, RegExp]>([
  ['another length', 200, {'content-length': '100'}, /127\.0\.0\.1:\d+ offers 100 bytes, but the hub lists 200000$/],
  ['a page of HTML', 200, {'content-type': 'text/html; charset=utf-8'}, /sent an HTML page instead/],
  ['compressed bytes', 200, {'content-encoding': 'gzip'}, /sent a compressed body, which was not requested: gzip$/],
  [
    'a range of its own',
    206,
    {'content-range': 'bytes 100-199999/200000'},
    /sends other bytes than those from 0 on: from 100 on$/,
  ],
  ['an unknown status', 418, {}, /responds with the unexpected status 418$/],
])('%s in place of a file', (_, status, headers, message) =>
  refused(GOOD, {
    message,
    trick: onLarge((_, response) => Boolean(response.writeHead(status, headers).end(gzipSync(LARGE).subarray(0, 100)))),
  }),
)

test('a page of HTML in place of the list of files', () =>
  refused(GOOD, {
    message:
      /^o\/m@main: 127\.0\.0\.1:\d+ sends a response that is not JSON: is it a hub, or a login page before it\?$/,
    trick: (_, response) => Boolean(response.writeHead(200, {'content-type': 'text/html'}).end('<html>log in</html>')),
  }))

test('an endless response in place of the list', () =>
  refused(GOOD, {
    message: /the hub sends more than 67108864 bytes$/,
    trick: (_, response) => {
      const more = () => void response.write(Buffer.alloc(2 ** 20, '['), error => error || setImmediate(more))
      more()
      return true
    },
  }))

test.each([
  ['empty', ' \n'],
  ['cut', '[{"type":"file","path":"config.json"'],
  ['an object', '{"error":"later"}'],
  ['a list of nothing', '[null]'],
  ['a list of numbers', '[1]'],
  ['a list without paths', '[{"type":"file"}]'],
])('a list of files that is %s is requested again, then refused', async (_, text) => {
  let lists = 0
  const trick: Trick = (request, response) => {
    if (!request.url?.includes('/tree/')) return false
    lists++
    return Boolean(response.end(text))
  }
  const message =
    /^o\/m@main: 127\.0\.0\.1:\d+ sent (an empty list of files|a malformed list of files: [^\n]+), 6 times in a row$/
  await refused(GOOD, {message, trick})
  expect(lists).toBe(6)

  const trial = await openTrial(GOOD)
  let once = true
  trial.hub.trick = (request, response) => {
    if (!once || !request.url?.includes('/tree/')) return false
    once = false
    return Boolean(response.end(text))
  }
  expect(readFileSync(join(await trial.fetch(), 'model.safetensors')).equals(LARGE)).toBe(true)
})

test('a repository that is not an object', () =>
  refused(GOOD, {
    message: /sent a malformed description of the repository: \[null\], 6 times in a row$/,
    trick: (request, response) => request.url?.includes('/revision/') === true && Boolean(response.end('[null]')),
  }))

test('a list whose next page has an invalid address', () =>
  refused(GOOD, {
    message: /the hub's list of files links to an invalid address: http:\/\/\[$/,
    trick: (request, response) =>
      request.url?.includes('/tree/') === true &&
      Boolean(response.setHeader('link', '<http://[>; rel="next"').end('[]')),
  }))

test('a body or headers that arrive too slowly are given up', async () => {
  const trial = await openTrial(GOOD)
  const drip = (write: (unit: string) => unknown) => {
    const timer = setInterval(() => write('x'), 10)
    return () => clearInterval(timer)
  }
  const settings = {idleMs: 60, pauseMs: 1}
  trial.hub.trick = onLarge((_, response) => {
    response.writeHead(200, {'content-length': LARGE.length})
    response.on(
      'close',
      drip(unit => response.write(unit)),
    )
    return true
  })
  await expect(trial.fetch({settings})).rejects.toThrow(/: only \d+ bytes per second, 6 times in a row$/)
  trial.hub.trick = onLarge((_, response) => {
    const {socket} = response
    socket?.write('HTTP/1.1 200 OK\r\nx-long: ')
    socket?.on(
      'close',
      drip(unit => socket.write(unit)),
    )
    return true
  })
  await expect(trial.fetch({settings})).rejects.toThrow(/: no response in 0\.06 s, 6 times in a row$/)
})

test('a list whose next page is not on the web', () =>
  refused(GOOD, {
    message: /lists an address of ftp:\/\/, which is not safe$/,
    trick: (request, response) =>
      request.url?.includes('/tree/') === true &&
      Boolean(response.setHeader('link', '<ftp://127.0.0.1/>; rel="next"').end('[]')),
  }))

test('redirects in a circle', () =>
  refused(GOOD, {
    message: /model\.safetensors: 127\.0\.0\.1:\d+ redirects in a circle: more than 8 times$/,
    trick: onLarge((request, response) => Boolean(response.writeHead(302, {location: request.url ?? ''}).end())),
  }))

test.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'http://'])('a redirect to %s', location =>
  refused(GOOD, {
    message: /redirects (from http:\/\/ to \w+:\/\/, which is not safe|to an invalid address)$/,
    trick: onLarge((_, response) => Boolean(response.writeHead(302, {location}).end())),
  }),
)

test('a token is sent to the hub only: not where it redirects to, nor back to it from there, and it is in no message', async () => {
  const store = await openHub({name: 'o/m', files: GOOD.files})
  const trial = await openTrial(GOOD)
  const settings = {token: SECRET}
  const back = `${trial.hub.url}/back`
  trial.hub.trick = (request, response) => {
    if (request.url === '/back') return Boolean(response.end(LARGE))
    return onLarge((_, redirect) =>
      Boolean(redirect.writeHead(302, {location: `${store.url}/o/m/there?signature=x`}).end()),
    )(request, response)
  }
  store.trick = (_, response) => Boolean(response.writeHead(302, {location: back}).end())
  expect(readFileSync(join(await trial.fetch({settings}), 'model.safetensors')).equals(LARGE)).toBe(true)
  // The two files are asked for side by side, in either order.
  const asked = trial.hub.requests.filter(text => text.endsWith('AUTH')).map(text => text.split('?')[0])
  expect(asked.sort()).toEqual([
    'GET /api/models/o/m/revision/main',
    expect.stringMatching('/tree/'),
    expect.stringMatching('config.json AUTH$'),
    expect.stringMatching('model.safetensors AUTH$'),
  ])
  expect(trial.hub.requests).toContain('GET /back')
  expect(store.requests).toEqual(['GET /o/m/there?signature=x'])

  const other = await openTrial(GOOD)
  other.hub.trick = onLarge((_, response) =>
    Boolean(response.writeHead(302, {location: `${store.url}/x?key=${SECRET}`}).end()),
  )
  store.trick = (_, response) => Boolean(response.writeHead(403).end(SECRET))
  const fault: Error = await other.fetch({settings}).then(
    () => new Error('fetched'),
    error => error,
  )
  expect(fault.message).toMatch(/model\.safetensors: 127\.0\.0\.1:\d+, where the hub redirects, responds with 403$/)
  expect(`${fault.message} ${fault.stack} ${JSON.stringify(fault)}`).not.toContain('secret')
  await store.close()
})

test.each([
  [
    401,
    undefined,
    /o\/m@main: model\.safetensors: gated by its authors: log in at http:\S+\/o\/m and accept the conditions there, then set HF_TOKEN to a token of that account from http:\S+\/settings\/tokens$/,
  ],
  [
    403,
    SECRET,
    /gated by its authors, and the account of the token that was sent has not been granted access: log in at \S+\/o\/m and accept the conditions there, or wait/,
  ],
])('a gated model (%s) is explained', async (status, token, message) => {
  const trial = await openTrial(GOOD)
  trial.hub.trick = onLarge((_, response) => Boolean(response.writeHead(status, {'x-error-code': 'GatedRepo'}).end()))
  await expect(trial.fetch({settings: token ? {token} : {}})).rejects.toThrow(message)
})

test('a repository that does not exist, or is private, is explained', async () => {
  const trial = await openTrial(GOOD)
  await expect(trial.fetch({name: 'o/none'})).rejects.toThrow(
    /^o\/none@main: no such repository, or one that is private or gated \(404\): check whether http:\S+\/o\/none opens/,
  )
  trial.hub.trick = (_, response) => Boolean(response.writeHead(404, {'x-error-code': 'RevisionNotFound'}).end())
  await expect(trial.fetch({revision: 'old'})).rejects.toThrow(
    'o/m@old: the repository has no such revision: a branch or a commit',
  )
})

test.each([
  [
    401,
    'Invalid credentials in Authorization header',
    SECRET,
    /^o\/m@main: the token in HF_TOKEN or its file is not valid: perhaps it has expired; create one at http:\S+\/settings\/tokens, or unset it/,
  ],
  [401, 'Invalid username or password.', undefined, /^o\/m@main: no such repository, or one that is private or gated/],
  [
    403,
    'Access to this resource is disabled.',
    SECRET,
    /^o\/m@main: the hub has disabled access to http:\S+\/o\/m \(403\)$/,
  ],
])('what the hub says of a refusal is passed on: %s, %s', async (status, message, token, expected) => {
  const trial = await openTrial(GOOD)
  trial.hub.trick = (_, response) => Boolean(response.writeHead(status, {'x-error-message': message}).end())
  const fault: Error = await trial.fetch({settings: token ? {token} : {}}).then(
    () => new Error('fetched'),
    error => error,
  )
  expect(fault.message).toMatch(expected)
  expect(fault.message).not.toContain('secret')
})

test('a file that is not in the repository is a fault that lists the existing ones', async () => {
  const trial = await openTrial(GOOD, {name: 'o/tf', files: {'config.json': Buffer.from('{}'), 'tf_model.h5': LARGE}})
  await expect(trial.fetch({choose: filesLike('data/*.jsonl')})).rejects.toThrow(
    'o/m@main: has no file data/*.jsonl; it has config.json, model.safetensors',
  )
  await expect(trial.fetch({name: 'o/tf', choose: modelFiles})).rejects.toThrow(
    /has no weights that svft reads, model\.safetensors or pytorch_model\.bin; it has tf_model\.h5$/,
  )
})

test('links in the cache cannot redirect bytes out of it', async () => {
  const trial = await openTrial({...GOOD, files: {...GOOD.files, 'sub/deep.txt': noise(500)}})
  const folder = join(trial.settings.cache, 'models--o--m')
  const outside = join(trial.folder, 'outside')
  mkdirSync(outside)
  const snapshot = join(folder, 'snapshots', COMMIT)
  mkdirSync(snapshot, {recursive: true})
  symlinkSync(outside, join(snapshot, 'sub'))
  await expect(trial.fetch()).rejects.toThrow(
    /snapshots\/\w+\/sub: a link in this folder points outside the cache; remove it$/,
  )
  expect(trial.files().filter(name => name.startsWith('outside'))).toEqual([])

  const other = await openTrial(GOOD)
  const blobs = join(other.settings.cache, 'models--o--m/blobs')
  const victim = join(other.folder, 'victim')
  writeFileSync(victim, 'mine')
  mkdirSync(blobs, {recursive: true})
  const sha256 = trial
    .files()
    .find(name => /blobs\/[0-9a-f]{64}$/.test(name))!
    .split('/')
    .at(-1)
  for (const name of trial.files().filter(name => /blobs\//.test(name)))
    symlinkSync(victim, join(blobs, `${name.split('/').at(-1)}.svft-part`))
  expect(sha256).toHaveLength(64)
  await expect(other.fetch()).rejects.toThrow(/\.svft-part: links that lead to each other$/)
  expect(readFileSync(victim, 'utf8')).toBe('mine')
})
