// How fast a large file comes from a hub on loopback that cuts the connection again and again, beside curl from the same
// hub without cuts, in turns; and what memory it takes. Each in a process of its own, the hub too.
//
//   npx tsx scripts/bench/download.ts --megabytes 1000 --cuts 20 --rounds 3

import {createHash, randomBytes} from 'node:crypto'
import {closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync} from 'node:fs'
import type {ServerResponse} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {resourceUsage, stdin, stdout} from 'node:process'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {execa} from 'execa'
import {filesLike} from '../../src/hub/choose.ts'
import {fetchFound} from '../../src/hub/fetch.ts'
import {find} from '../../src/hub/find.ts'
import {openHub} from '../../test/hub-server.ts'
import {count, main} from './flags.ts'

const NAME = 'bench/large'
const FILE = 'large.bin'

await main(async () => {
  const {values: flags, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      megabytes: {type: 'string', default: '1000'},
      cuts: {type: 'string', default: '20'},
      rounds: {type: 'string', default: '3'},
    },
  })
  const [role, ...rest] = positionals
  if (role === 'hub') return serve(rest[0], rest[1], count('cuts', flags.cuts, 0))
  if (role === 'fetch') return fetchOnce(rest[0], rest[1])
  return compare({
    megabytes: count('megabytes', flags.megabytes),
    cuts: count('cuts', flags.cuts, 0),
    rounds: count('rounds', flags.rounds),
  })
})

interface Sizes {
  readonly megabytes: number
  readonly cuts: number
  readonly rounds: number
}

async function compare({megabytes, cuts, rounds}: Sizes): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'svft-'))
  const file = join(folder, FILE)
  const hub = again('hub', file, writeRandom(file, megabytes), '--cuts', String(cuts))
  try {
    const url = await new Promise<string>(resolve => hub.stdout.once('data', text => resolve(String(text).trim())))
    const best = {plain: Number.POSITIVE_INFINITY, ours: Number.POSITIVE_INFINITY}
    for (let round = 1; round <= rounds; round++) {
      const copy = join(folder, 'copy')
      const plain = await seconds(async () => {
        await execa('curl', ['-sf', '-o', copy, `${url}/plain`])
        await execa('sync', [copy]) // ours is on the disk when it is done
      })
      rmSync(copy)
      const cache = join(folder, 'cache')
      const {stdout: said} = await again('fetch', url, cache)
      rmSync(cache, {recursive: true})
      const ours = JSON.parse(said)
      const asked = Number(await (await fetch(`${url}/asked`)).text())
      best.plain = Math.min(best.plain, plain)
      best.ours = Math.min(best.ours, ours.seconds)
      stdout.write(
        `round ${round}: curl ${plain.toFixed(2)} s, ours in ${asked} parts ${ours.seconds.toFixed(2)} s, memory ${ours.before} MB before, ${ours.peak} MB at most\n`,
      )
    }
    stdout.write(`speed / curl's: ${(best.plain / best.ours).toFixed(2)}\n`)
  } finally {
    hub.kill()
    await hub.catch(() => {})
    rmSync(folder, {recursive: true})
  }
}

/** This script in another role. */
function again(...args: string[]) {
  return execa(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...args], {stdin: 'pipe'})
}

/** Writes random bytes and answers their sha256. */
function writeRandom(file: string, megabytes: number): string {
  const hash = createHash('sha256')
  const handle = openSync(file, 'w')
  for (let i = 0; i < megabytes; i++) {
    const piece = randomBytes(1e6)
    hash.update(piece)
    writeSync(handle, piece)
  }
  closeSync(handle)
  return hash.digest('hex')
}

/** A hub with one file, which it sends in `cuts` + 1 parts: the connection is cut between them. */
async function serve(file: string, sha256: string, cuts: number): Promise<void> {
  const content = {file, sha256}
  const hub = await openHub({name: NAME, files: {[FILE]: content, 'plain.bin': content}})
  const part = Math.ceil(statSync(file).size / (cuts + 1))
  let asked = 0
  hub.trick = (request, response) => {
    if (request.url === '/asked') {
      response.end(String(asked))
      asked = 0
      return true
    }
    if (request.url?.endsWith(FILE)) asked++
    if (request.url === '/plain') request.url = `/${NAME}/resolve/main/plain.bin`
    else if (cuts > 0 && request.url?.endsWith(FILE)) cutAfter(part, response)
    return false
  }
  stdout.write(`${hub.url}\n`)
  stdin.resume().on('close', () => process.exit())
}

function cutAfter(bytes: number, response: ServerResponse): void {
  let sent = 0
  const {write} = response
  response.write = (chunk: Buffer, ...rest: unknown[]) => {
    sent += chunk.length
    if (sent > bytes) {
      response.end = () => response
      response.socket?.destroySoon()
      return false
    }
    return Reflect.apply(write, response, [chunk, ...rest])
  }
}

async function fetchOnce(endpoint: string, cache: string): Promise<void> {
  const settings = {endpoint, cache, offline: false, pauseMs: 500, idleMs: 30_000}
  const {signal} = new AbortController()
  const before = megabytes()
  const took = await seconds(async () => {
    const found = await find({kind: 'model', name: NAME, revision: 'main'}, filesLike(FILE), {settings, signal})
    await fetchFound(found, {settings, signal})
  })
  stdout.write(`${JSON.stringify({seconds: took, before, peak: megabytes()})}\n`)
}

/** The most memory so far. */
function megabytes(): number {
  return Math.round(resourceUsage().maxRSS / 1024)
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
