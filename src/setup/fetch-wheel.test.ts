import {readFileSync} from 'node:fs'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {openIndex} from '../../test/servers/index-server.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {fetchWheel} from './fetch-wheel.ts'
import {packageIndex} from './package-index.ts'

beforeEach(() => void vi.stubEnv('SVFT_CACHE', openFolder()))
afterEach(() => vi.unstubAllEnvs())

test('a busy index that lists no sizes is asked again for the size of a file', async () => {
  const file = {name: 'x-1.0-py3-none-any.whl', bytes: Buffer.from('a wheel')}
  const index = await openIndex({x: [file]}, {form: 'html'})
  let busy = 2
  index.trick = ({url = ''}, response) => {
    if (!url.startsWith('/files/') || busy-- <= 0) return false
    response.writeHead(503).end()
    return true
  }
  const remote = {...packageIndex({PIP_INDEX_URL: index.url}), pauseMs: 1}
  const {signal} = new AbortController()
  const path = await fetchWheel({project: 'x', what: 'x 1.0', choose: ([wheel]) => wheel}, {remote, signal})
  expect(readFileSync(path)).toEqual(file.bytes)
  expect(index.requests.filter(text => text.includes('/files/'))).toHaveLength(4)
})
