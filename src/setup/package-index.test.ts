import {expect, test} from 'vitest'
import {type IndexServerOptions, openIndex} from '../../test/servers/index-server.ts'
import {Fault} from '../base/fault.ts'
import {sha256 as sha256Of} from '../base/sha256.ts'
import {get} from '../download/request.ts'
import {listPackage, packageIndex} from './package-index.ts'

const BYTES = Buffer.from('a wheel')
const FILES = [
  {name: 'x-1.0-py3-none-any.whl', bytes: BYTES},
  {name: 'x-1.1+local-py3-none-any.whl', bytes: BYTES, yanked: true},
  {name: 'x-1.2.tar.gz', bytes: BYTES, sha256: null},
]

async function list(options: IndexServerOptions = {}, withSecret = '') {
  const index = await openIndex({x: FILES}, options)
  const url = index.url.replace('//', `//${withSecret}`)
  const remote = {...packageIndex({PIP_INDEX_URL: url}), pauseMs: 1}
  return {index, files: listPackage('x', remote, {signal: new AbortController().signal})}
}

test.each(['json', 'html'] as const)('the files of a package are listed from %s', async form => {
  const {index, files} = await list({form})
  const sha256 = sha256Of(BYTES)
  const bytes = form === 'json' ? BYTES.length : undefined
  const root = index.url.replace('/simple', '/files')
  const query = form === 'json' ? '' : '?a=1&b=2'
  expect(await files).toEqual([
    {name: FILES[0].name, address: `${root}/${FILES[0].name}${query}`, sha256, bytes, yanked: false},
    {name: FILES[1].name, address: `${root}/x-1.1%2Blocal-py3-none-any.whl${query}`, sha256, bytes, yanked: true},
    {name: FILES[2].name, address: `${root}/${FILES[2].name}${query}`, sha256: undefined, bytes, yanked: false},
  ])
})

test('a name and password in PIP_INDEX_URL are sent, and stand in no message', async () => {
  const {files, index} = await list({secret: 'me@work:s/cret'}, 'me%40work:s%2Fcret@')
  expect(await files).toHaveLength(3)
  expect(index.requests).toEqual(['GET /simple/x/ AUTH'])
  const wrong = await list({secret: 'me:secret'}, 'me:guess@')
  const error = await wrong.files.catch(reason => reason)
  expect(error.kind).toBe('io')
  expect(error.message).toMatch(/^http:\/\/127[^ ]*\/simple\/x\/ is refused \(401\); if .* into PIP_INDEX_URL: http:/)
  expect(error.message).not.toMatch(/guess/)
})

test('a query in PIP_INDEX_URL is refused, and stands in no message', () => {
  expect(() => packageIndex({PIP_INDEX_URL: 'https://host/simple?token=secret'})).toThrow(
    'PIP_INDEX_URL must have no query (?…); write a token as the password: https://NAME:TOKEN@…',
  )
})

test.each(['ftp', 'file', 'data'])('a link of the list to an address of %s:// is not asked', async scheme => {
  const {url} = await openIndex({})
  const request = get(`${scheme}://127.0.0.1/x.whl`, {
    remote: packageIndex({PIP_INDEX_URL: url}),
    signal: new AbortController().signal,
  })
  await expect(request).rejects.toMatchObject({
    kind: 'input',
    message: `the package index lists an address of ${scheme}://, which is not safe`,
  })
})

test('an index of https that lists addresses of http is refused', async () => {
  const remote = packageIndex({PIP_INDEX_URL: 'https://127.0.0.1/simple'})
  const request = get('http://127.0.0.1/x.whl', {remote, signal: new AbortController().signal})
  await expect(request).rejects.toThrow('the package index lists an address of http://, which is not safe')
})

test('an index without the package is named, with the variable that selects another', async () => {
  const {url} = await openIndex({})
  const files = listPackage('x', packageIndex({PIP_INDEX_URL: url}), {signal: new AbortController().signal})
  await expect(files).rejects.toMatchObject({
    kind: 'io',
    message: `${url}/x/ does not exist (404); PIP_INDEX_URL names another package index`,
  })
})

test('a list that arrives damaged is requested again', async () => {
  const {index, files} = await list()
  let damaged = 2
  index.trick = (_, response) => {
    if (damaged-- <= 0) return false
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json').end('{"files": [{"filename"')
    return true
  }
  expect(await files).toHaveLength(3)
  expect(index.requests).toHaveLength(3)
})

test('names and hashes that cannot be any are left out', async () => {
  const odd = [
    {name: '../evil.whl', bytes: BYTES},
    {name: 'x.whl', bytes: BYTES, sha256: 'abc'},
  ]
  for (const form of ['json', 'html'] as const) {
    const {url} = await openIndex({x: odd}, {form})
    const signal = new AbortController().signal
    const files = await listPackage('x', packageIndex({PIP_INDEX_URL: url}), {signal})
    expect(files.filter(({name}) => name.includes('/'))).toEqual([])
    expect(files.filter(({sha256}) => sha256 !== undefined && sha256.length !== 64)).toEqual([])
  }
})

test('a link whose name cannot be decoded is left out', async () => {
  const {index, files} = await list({form: 'html'})
  const [href, text] = ['x-1%.whl', 'x-2.0-py3-none-any.whl'].map(name => `<a href="${name}">${name}</a>`)
  index.trick = (_, response) => {
    response.setHeader('content-type', 'text/html').end(href + text)
    return true
  }
  expect((await files).map(({name}) => name)).toEqual(['x-2.0-py3-none-any.whl'])
})

test('a bare % in the password of PIP_INDEX_URL is refused, and the password is in no message', () => {
  const parse = () => packageIndex({PIP_INDEX_URL: 'https://me:50%off@x.org/simple'})
  const message = 'PIP_INDEX_URL has a % in its name or password that encodes nothing; write % as %25'
  expect(parse).toThrow(new Fault('usage', message))
})

test('PyPI is the default, and an address that is none is refused', () => {
  expect(packageIndex({})).toMatchObject({home: 'https://pypi.org/simple/', authorization: undefined})
  expect(packageIndex({PIP_INDEX_URL: 'https://x.org/simple//'})).toMatchObject({home: 'https://x.org/simple/'})
  for (const wrong of ['x.org', 'file:///tmp', 'ftp://x.org']) {
    expect(() => packageIndex({PIP_INDEX_URL: wrong})).toThrow('PIP_INDEX_URL must be the address of a package index')
  }
})
