import {readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {execa} from 'execa'
import {beforeAll, expect, test} from 'vitest'
import {openHub} from '../../test/servers/hub-server.ts'
import {closeLater} from '../../test/support/cleanup.ts'
import {cacheRates, openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {formatAddress} from '../recipes/file/hub-reference.ts'
import type {Recipe} from '../recipes/file/schema.ts'

// A worker thread runs what was built: each test is a process of its own that imports it.

/** The warning that no answer of the tiny model ended. */
const CUT = 'test: 3 of 3 answers reached evaluate.maxNewTokens (2) before they ended'

const dist = pathToFileURL(fileURLToPath(new URL('../../dist/launch', import.meta.url))).href
let folder: string
let recipe: Recipe
beforeAll(async () => {
  folder = await openWorkplace()
  cacheRates(folder)
  recipe = await tinyRecipe(folder)
})

/** Runs a recipe on a thread, where `inside` runs first; the process prints how the run ended. */
async function start(
  recipe: unknown,
  {
    inside = '',
    before = '',
    onEvent = '',
    after = '',
    aborted = false,
    asText = false,
    flags = [] as readonly string[],
    env = {},
  } = {},
) {
  const script = `import {runOnThread} from '${dist}/run-on-thread.js'
const stop = new AbortController()
const signal = ${aborted ? 'AbortSignal.abort()' : 'stop.signal'}
${before}
const onEvent = event => { ${onEvent}; if (event.type === 'warning') console.log(event.text) }
const end = runOnThread(${JSON.stringify(recipe)}, {signal, onEvent})
await end.then(result => console.log(result?.row.method), error => console.log(error.name, error.kind, error.message))
${after}`
  const first = `import {isMainThread} from 'node:worker_threads'; if (!isMainThread) {${inside}}`
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(file, script)
  const program = asText ? ['--input-type=module', '-e', script] : [file]
  const imported = `data:text/javascript,${encodeURIComponent(first)}`
  return execa(process.execPath, [...flags, '--import', imported, ...program], {
    cwd: folder,
    env: {SVFT_CACHE: join(folder, 'cache'), ...env},
    reject: false,
    timeout: 30_000,
  })
}

test('a program on the command line can start a run', async () => {
  const started = await start({...recipe, seed: 3}, {asText: true})
  expect(started).toMatchObject({exitCode: 0, stdout: `${CUT}\nsvft`, stderr: ''})
})

test('a process with flags of V8 can start a run', async () => {
  const started = await start(recipe, {flags: ['--max-old-space-size=4000']})
  expect(started).toMatchObject({exitCode: 0, stdout: `${CUT}\nsvft`, stderr: ''})
})

test('a finished run needs no thread, unless its data have changed', async () => {
  const inside = "console.log('thread')"
  const finished = {...recipe, seed: 8}
  expect((await start(finished, {inside})).stdout).toBe(`thread\n${CUT}\nsvft`)
  expect(await start(finished, {inside})).toMatchObject({exitCode: 0, stdout: 'svft', stderr: ''})
  const changed = join(folder, 'changed.jsonl')
  writeFileSync(changed, '{"query": "1?", "response": "#### 1"}\n')
  const {stdout} = await start({...finished, data: {...finished.data, test: {test: changed}}}, {inside})
  expect(stdout).toMatch(/^thread\n(.*\n)*test: 1 of 1 answer reached .*\nsvft$/)
})

test('faults come out as faults, and a signal to which ten others listen causes no warning of Node', async () => {
  const before = "for (let i = 0; i < 10; i++) signal.addEventListener('abort', () => {})"
  const {stdout, stderr} = await start({...recipe, seed: 7, model: {path: '/none'}}, {before})
  expect(stdout).toMatch(/^Fault io \/none: no such file or folder;/)
  expect(stderr).toBe('')
})

test('an exception that nobody foresaw comes out as the error it is', async () => {
  expect((await start({})).stdout).toMatch(/^TypeError undefined Cannot /)
})

test('an error of the program that follows the run stops it with its state saved, and comes out', async () => {
  const long = {...recipe, seed: 4, train: {...recipe.train, epochs: undefined, steps: 100_000}}
  const {stdout} = await start(long, {onEvent: "if (event.type === 'step') throw new Error('mine')"})
  expect(stdout).toBe('Error undefined mine')
  const [run] = readdirSync(join(folder, 'runs')).filter(name => name.endsWith('-s4'))
  expect(readdirSync(join(folder, 'runs', run))).not.toContain('row.json')
  expect(readdirSync(join(folder, 'runs', run, 'checkpoints'))).toHaveLength(1)
})

test('an asynchronous error of the program stops the run too, and the run waits for the last events', async () => {
  const onEvent = (type: string) => `if (event.type === '${type}') return Promise.reject(new Error('mine'))`
  const long = {...recipe, seed: 5, train: {...recipe.train, epochs: undefined, steps: 100_000}}
  expect(await start(long, {onEvent: onEvent('step')})).toMatchObject({stdout: 'Error undefined mine', stderr: ''})
  const late =
    "if (event.type === 'warning') return new Promise(done => setTimeout(() => { console.log('late'); done() }, 300))"
  expect((await start({...recipe, seed: 6}, {onEvent: late})).stdout).toBe('late\nsvft')
})

test('a rejection that nobody waited for ends the run', async () => {
  const {stdout} = await start({...recipe, seed: 7}, {inside: "Promise.reject(new Error('astray'))"})
  expect(stdout).toBe('Error undefined astray')
})

test('a thread that ends without a word is an error', async () => {
  const {stdout} = await start({...recipe, seed: 7}, {inside: 'setTimeout(() => process.exit(3))'})
  expect(stdout).toBe('Error undefined the working thread ended with code 3')
})

test('a stop from before the thread began is heard', async () => {
  expect((await start({...recipe, seed: 2}, {aborted: true})).stdout).toBe('undefined')
})

test('a stop during a download is over once the download has given its lock back', async () => {
  const model = Buffer.alloc(200_000, 1)
  const hub = await openHub({name: 'o/m', files: {'config.json': Buffer.from('{}'), 'model.safetensors': model}})
  closeLater(hub.close)
  hub.trick = (request, response) => {
    if (!request.url?.endsWith('model.safetensors')) return false
    response.writeHead(200, {'content-length': model.length}).write(model.subarray(0, 100_000)) // and no more
    return true
  }
  const cache = join(folder, 'hub')
  const {stdout} = await start(
    {...recipe, model: {path: formatAddress({kind: 'model', name: 'o/m', revision: 'main'})}},
    {
      env: {HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache},
      onEvent: "if (event.type === 'download' && event.done > 50_000) stop.abort()",
      after: `console.log(String((await import('node:fs')).readdirSync('${cache}/.locks/models--o--m.svft')))
process.exit()`,
    },
  )
  expect(stdout).toBe('undefined\n')
})

test('a thread may use as much memory as the process', async () => {
  const limit = "console.log((await import('node:v8')).getHeapStatistics().heap_size_limit)"
  const {stdout} = await start({...recipe, seed: 7, model: {path: '/none'}}, {before: limit, inside: limit})
  const [ofProcess, ofThread] = stdout.split('\n')
  expect(Number(ofProcess)).toBeGreaterThan(0)
  expect(ofThread).toBe(ofProcess)
})
