import {readdir, readFile} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
import {expect, test} from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** Imports go down only: a room may import from the rooms below its line, and from itself. */
const FLOORS = [
  ['commands', 'index.ts'], // the two front doors, a terminal's and a program's, which share nothing but what is below
  ['watch'], // a page of a sweep, or of existing runs
  ['demo'], // trains, compares and reports
  ['check', 'inspect', 'tune'], // of what a sweep has run; of existing runs; a search by sweeps, with its figure
  ['sweep', 'exchange', 'report'],
  ['launch'], // plans a run before it starts it
  ['plan'],
  ['recipes'],
  ['train', 'evaluate', 'results'],
  ['paper'], // counts the parameters of the models and methods below, and tests printed scores
  ['statistics'],
  ['models', 'adapters', 'tasks'],
  ['setup'], // downloads the libraries of engines, and tries them
  ['hub'], // what is downloaded is written as weights are
  ['linalg'],
  ['weights', 'tokenizer', 'images'],
  ['data'], // file formats that texts and images share
  ['engine'], // the engines run what src/tensor writes down, which knows no engine's inside
  ['tensor'],
  ['download'],
  ['terminal'],
  ['base'],
]

/** The doors to TensorFlow.js, one for its language and one for its arithmetic. */
const TENSORFLOW = ['src/tensor/tf.ts', 'src/engine/js.ts']

/** The door to onnxruntime, which turns its telemetry off. */
const ONNXRUNTIME = 'src/engine/onnxruntime.ts'

/** The door to koffi, which sets its stacks before any library is loaded. */
const KOFFI = 'src/base/native/koffi.ts'

/** The door that commands print through, and the processes whose streams are a pipe to a command, or a log. */
const PRINTING = [
  'src/commands/support/streams.ts',
  'src/setup/engine-probe.ts',
  'src/sweep/slurm/task.ts',
  'src/sweep/worker.ts',
]

interface Import {
  readonly file: string
  /** As written: `../engine/fault.ts`, `node:fs`. */
  readonly from: string
}

const imports = await importsBelow('src')

test('every import line below src is seen', () => {
  const files = new Set(imports.map(({file}) => file))
  expect(files.size).toBeGreaterThan(100)
  expect(imports).toContainEqual({file: 'src/engine/js.ts', from: '@tensorflow/tfjs-backend-cpu'})
  expect(imports).toContainEqual({file: 'src/tensor/tf.ts', from: '@tensorflow/tfjs-core'})
  expect(imports).toContainEqual({file: 'src/models/gpt-neox.ts', from: '../engine/program.ts'})
})

test('import lines are read in every form', () => {
  const source = `
    import './side.ts'
    import type {A} from './type.ts'
    import b, {
      c,
    } from "./lines.ts"
    export * from './all.ts'
    export {d} from './named.ts'
    const e = await import('./lazy.ts')
    const url = new URL('./worker.js', import.meta.url)
    const root = new URL('../..', import.meta.url)
    type F = import('./in-type.ts').F
    // what is said of './comments.ts' imports nothing
  `
  expect(specifiers(source)).toEqual([
    './side.ts',
    './type.ts',
    './lines.ts',
    './all.ts',
    './named.ts',
    './lazy.ts',
    './worker.js',
    './in-type.ts',
  ])
})

test('a folder that goes up, aside, or out is seen', () => {
  const judge = (file: string, from: string) => [{file, from}].flatMap(wrongs)
  expect(judge('src/engine/x.ts', '../weights/safetensors.ts')).toHaveLength(1)
  expect(judge('src/train/x.ts', '../evaluate/beam.ts')).toHaveLength(1)
  expect(judge('src/tensor/x.ts', '../engine/trace.ts')).toHaveLength(1)
  expect(judge('src/data/parquet/x.ts', '../../models/open-model.ts')).toHaveLength(1)
  expect(judge('src/commands/deep/x.ts', '../../attic/x.ts')).toHaveLength(1)
  expect(judge('src/train/x.ts', '../../test/models/adapters.ts')).toHaveLength(1)
  expect(judge('src/train/x.test.ts', '../../test/models/adapters.ts')).toEqual([])
  expect(judge('src/data/parquet/x.ts', '../csv.ts')).toEqual([])
  expect(judge('src/commands/deep/x.ts', '../../results/row.ts')).toEqual([])
})

test('imports go down a floor, or stay in their folder', () => {
  expect(imports.flatMap(wrongs)).toEqual([])
})

test('docs/ARCHITECTURE.md draws the same floors', async () => {
  const page = await readFile(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8')
  const [, drawing = ''] = /```text\n([\s\S]*?)```/.exec(page) ?? []
  const drawn: string[][] = []
  for (const line of drawing.trimEnd().split('\n')) {
    const [, floor, room] = /^(\d*) +(\S+) {2,}\S/.exec(line) ?? []
    if (floor) expect(Number(floor)).toBe(FLOORS.length - 1 - drawn.length)
    if (floor) drawn.push([room])
    else drawn.at(-1)?.push(room)
  }
  expect(drawn).toEqual(FLOORS)
})

test('docs/ARCHITECTURE.md draws the flow of a run with exported types and functions', async () => {
  const page = await readFile(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8')
  const [, flow = ''] = /```mermaid\n([\s\S]*?)```/.exec(page) ?? []
  const arrows = [...flow.matchAll(/^ {2}(\w+)(?:\(.*?\))? -- (\w+) --> (\w+)(\()?/gm)]
  expect(arrows).toHaveLength(flow.match(/-->/g)?.length ?? 0)
  const sources = (await sourcesBelow('src')).map(({source}) => source).join('\n')
  const isExported = (kind: string, name: string) => new RegExp(`^export ${kind} ${name}\\b`, 'm').test(sources)
  const types = arrows.flatMap(([, , , to, file]) => (file ? [] : [to]))
  expect(types.length).toBeGreaterThan(5)
  expect(types.filter(name => !isExported('(?:interface|type)', name))).toEqual([])
  expect(arrows.map(([, , verb]) => verb).filter(name => !isExported('(?:async )?function', name))).toEqual([])
})

test('a cycle is seen, of files and of folders', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
    ['e', ['e']],
  ])
  expect(cyclesOf(graph).map(cycle => cycle.sort())).toEqual([['a', 'b', 'c']])
})

test('no file imports itself by way of others, not even for a type', () => {
  expect(cyclesOf(fileGraph())).toEqual([])
})

test('the folders inside a room have floors of their own', () => {
  const folders = new Map<string, string[]>()
  for (const [file, targets] of fileGraph()) {
    const [from, ...to] = [file, ...targets].map(folderInRoom)
    folders.set(from, [...(folders.get(from) ?? []), ...to.filter(folder => folder !== from)])
  }
  expect(cyclesOf(folders)).toEqual([])
})

test('no folder holds more than 25 files', async () => {
  const perFolder = new Map<string, number>()
  for (const {file} of await sourcesBelow('src')) {
    if (!file.endsWith('.test.ts')) perFolder.set(dirname(file), (perFolder.get(dirname(file)) ?? 0) + 1)
  }
  const full = [...perFolder].filter(([, files]) => files > 25)
  expect(full, 'move files that belong together to a subfolder').toEqual([])
})

test('an exported type has its name to itself', async () => {
  const named = new Map<string, string[]>()
  for (const {file, source} of await sourcesBelow('src')) {
    if (file.endsWith('.test.ts')) continue
    for (const [, name] of source.matchAll(/^export (?:abstract )?(?:interface|type|class|enum) (\w+)/gm)) {
      named.set(name, [...(named.get(name) ?? []), file])
    }
  }
  expect(named.size).toBeGreaterThan(100)
  expect([...named].filter(([, files]) => files.length > 1)).toEqual([])
})

test('nothing but its two doors imports TensorFlow.js', () => {
  const past = imports.filter(({file, from}) => from.startsWith('@tensorflow/') && !TENSORFLOW.includes(file))
  expect(past).toEqual([])
})

test('nothing but its door imports onnxruntime, and every thread can turn its telemetry off', async () => {
  const all = [...imports, ...(await importsBelow('test')), ...(await importsBelow('scripts'))]
  const past = all.filter(({from}) => from === 'onnxruntime-node').map(({file}) => file)
  expect(past).toEqual([ONNXRUNTIME])
  const threads = await startsOfThreads()
  expect(threads.length).toBeGreaterThan(2)
  expect(threads.filter(start => !/\benv: SHARE_ENV\b/.test(start))).toEqual([])
})

test('nothing but its door imports koffi', () => {
  expect(imports.filter(({file, from}) => from === 'koffi' && file !== KOFFI && !file.endsWith('.test.ts'))).toEqual([])
})

test('commands print through their door alone, where text is escaped', async () => {
  const prints = /\bconsole\.|process\.std(out|err)\)?\.write|\bprocess\.emitWarning/
  const sources = (await sourcesBelow('src')).filter(({file}) => !file.endsWith('.test.ts'))
  expect(sources.filter(({source}) => prints.test(source)).map(({file}) => file)).toEqual(PRINTING)
})

/** What is wrong with an import, if anything. */
function wrongs({file, from}: Import): string[] {
  if (!from.startsWith('.')) return []
  const target = join(dirname(file), from)
  if (file.endsWith('.test.ts') && /^(test|src)\//.test(target)) return [] // a test may stand where its reader does
  const [here, there] = [file, target].map(path => (path.startsWith('src/') ? path.split('/')[1] : ''))
  const [floor, below] = [here, there].map(folder => FLOORS.findIndex(names => names.includes(folder)))
  if (floor >= 0 && (here === there || below > floor)) return []
  return [`${file} imports ${target}`]
}

/** Which files of src each file of src imports, tests aside. */
function fileGraph(): Map<string, string[]> {
  const graph = new Map<string, string[]>()
  for (const {file, from} of imports) {
    if (file.endsWith('.test.ts') || !from.startsWith('.')) continue
    const target = join(dirname(file), from)
    const isEntry = target.endsWith('.js') // of a thread or a process, which has modules of its own
    graph.set(file, [...(graph.get(file) ?? []), ...(isEntry ? [] : [target])])
  }
  return graph
}

/** A folder below a room, as the room's own floors know it; files at a room's root each stand for themselves. */
function folderInRoom(file: string): string {
  const [, room, folder, ...deeper] = file.split('/')
  return deeper.length > 0 ? `src/${room}/${folder}` : file
}

/** The strongly connected components of more than one node (Tarjan 1972). */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const path: string[] = []
  const cycles: string[][] = []
  const visit = (node: string): number => {
    let low = order.size
    order.set(node, low)
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (path.includes(next)) low = Math.min(low, order.get(next)!)
    }
    if (low === order.get(node)) {
      const cycle = path.splice(path.indexOf(node))
      if (cycle.length > 1) cycles.push(cycle)
    }
    return low
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return cycles
}

async function importsBelow(folder: string): Promise<Import[]> {
  const sources = await sourcesBelow(folder)
  return sources.flatMap(({file, source}) => specifiers(source).map(from => ({file, from})))
}

/** Each `new Worker(…)` of src, up to the end of its statement. */
async function startsOfThreads(): Promise<string[]> {
  const sources = await sourcesBelow('src')
  return sources.flatMap(({source}) => source.match(/\bnew Worker\([\s\S]*?\)\n/g) ?? [])
}

async function sourcesBelow(folder: string): Promise<{readonly file: string; readonly source: string}[]> {
  const entries = await readdir(join(ROOT, folder), {recursive: true, withFileTypes: true})
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({parentPath, name}) => relative(ROOT, join(parentPath, name)))
  return Promise.all(files.sort().map(async file => ({file, source: await readFile(join(ROOT, file), 'utf8')})))
}

/** What a source names behind `from` or `import`, and the sources behind `new URL`, which threads start from. */
function specifiers(source: string): string[] {
  const forms = /(?:\bfrom\s+|\bimport\s+|\bimport\s*\(\s*|\bnew URL\(\s*(?=[^)\n]+\.[jt]s['"]))(['"])([^'"\n]+)\1/g
  return [...source.matchAll(forms)].map(match => match[2])
}
