import {existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parquetWriteBuffer} from 'hyparquet-writer'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {noise} from '../../test/servers/hub-cache.ts'
import {COMMIT, type HubServer, openHub} from '../../test/servers/hub-server.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'
import {parseAddress} from '../recipes/file/hub-reference.ts'

// Whole commands against a hub on loopback that has a tiny model and its data.

let hub: HubServer
beforeAll(async () => {
  const original = await openWorkplace()
  const model = Object.fromEntries(
    readdirSync(join(original, 'model')).map(name => [name, readFileSync(join(original, 'model', name))]),
  )
  const data = (name: string) => readFileSync(join(original, `${name}.jsonl`))
  hub = await openHub(
    {name: 'tiny/llama', files: {...model, 'pytorch_model.bin': noise(1000), 'tf_model.h5': noise(1000)}},
    {
      kind: 'dataset',
      name: 'tiny/cups',
      files: {
        'data/train.jsonl': data('train'),
        'data/validation.jsonl': data('test'),
        'data/test.jsonl': data('test'),
      },
    },
  )
})
afterAll(() => hub.close())

const SOURCES = {
  model: {hub: 'tiny/llama'},
  data: {
    train: {hub: 'tiny/cups', file: 'data/train.jsonl'},
    test: {test: {hub: 'tiny/cups', file: 'data/test.jsonl'}},
  },
}

/** A folder with a recipe of the hub's model and data, and nothing else. */
function workplace(changes: object = {}): string {
  const folder = openFolder()
  writeRecipe(folder, {...SOURCES, ...changes})
  return folder
}

const env = (folder: string, more: Record<string, string> = {}) => ({
  env: {HF_ENDPOINT: hub.url, HF_HOME: join(folder, 'hf'), HF_HUB_CACHE: '', HF_TOKEN: '', HF_HUB_OFFLINE: '', ...more},
})
const resultOf = ({stdout}: {stdout?: unknown}) => JSON.parse(String(stdout)).result

test('svft run downloads what it needs, records the commits, and runs offline afterwards', async () => {
  const folder = workplace()
  const before = hub.requests.length
  const first = await svft(folder, ['run', 'tiny.yaml', '--json'], env(folder))
  expect(first).toMatchObject({exitCode: 0})
  expect(String(first.stderr)).toMatch(/^download 0 kB\/[\d.]+ kB$/m)
  expect(hub.requests.slice(before).filter(text => /pytorch|tf_model/.test(text))).toEqual([])

  const run = join(folder, resultOf(first).run)
  const row = JSON.parse(readFileSync(join(run, 'row.json'), 'utf8'))
  expect(row).toMatchObject({model: 'llama', modelRevision: COMMIT})
  expect(row.dataRevision).toMatch(new RegExp(`^[0-9a-f]{12} tiny/cups@${COMMIT}$`))
  const recipe = JSON.parse(readFileSync(join(run, 'recipe.json'), 'utf8'))
  expect(recipe.model).toEqual({path: `hf://tiny/llama@${COMMIT}`})
  expect(recipe.data.train).toBe(`hf://datasets/tiny/cups@${COMMIT}/data/train.jsonl`)

  const asked = hub.requests.length
  const again = await svft(folder, ['run', 'tiny.yaml', '--json'], env(folder, {HF_HUB_OFFLINE: '1'}))
  expect(resultOf(again)).toMatchObject({already: true, run: resultOf(first).run})
  expect(await svft(folder, ['merge', run, '--out', 'merged'], env(folder))).toMatchObject({exitCode: 0})
  expect(await svft(folder, ['evaluate', run], env(folder))).toMatchObject({exitCode: 0})
  expect(await svft(folder, ['export', run, '--out', 'adapter'], env(folder))).toMatchObject({exitCode: 0})
  const adapter = JSON.parse(readFileSync(join(folder, 'adapter/adapter_config.json'), 'utf8'))
  expect(adapter).toMatchObject({base_model_name_or_path: 'tiny/llama', revision: COMMIT})
  expect(await svft(folder, ['merge', 'adapter', '--out', 'again'], env(folder))).toMatchObject({exitCode: 0})
  const weights = (name: string) => readFileSync(join(folder, name, 'model.safetensors'))
  expect(weights('again').equals(weights('merged'))).toBe(true)
  expect(hub.requests).toHaveLength(asked)
})

test('svft run refuses a model that cannot fit, from its shipped config, and downloads nothing', async () => {
  const folder = workplace({model: {hub: 'google/gemma-7b'}, adapter: {method: 'full'}})
  const before = hub.requests.length
  const {exitCode, stderr} = await svft(folder, ['run', 'tiny.yaml'], env(folder))
  expect(stderr).toMatch(
    /^tiny: training [\d,]{13} parameters does not fit in memory: [\d.]+ GB θ \+ [\d.]+ GB gradients \+ /m,
  )
  expect(exitCode).toBe(1)
  expect(hub.requests).toHaveLength(before)
})

test('svft fetch prints a plan, downloads it, and has nothing to do the second time', async () => {
  const folder = workplace()
  const plan = await svft(folder, ['fetch', 'tiny.yaml', '--dry-run'], env(folder))
  expect(plan).toMatchObject({exitCode: 0, stderr: ''})
  expect(String(plan.stdout)).toMatch(
    /^tiny\/llama {2}c0ffeec0ffee {2}5 files {2}[\d.]+ kB {2}[\d.]+ kB to download\ntiny\/cups {3}c0ffeec0ffee {3}1 file .*\n.*\n[\d.]+ kB to download into \S+\/hf\/hub, which has [\d.]+ GB free$/,
  )
  writeFileSync(join(folder, 'sweep.yaml'), 'recipes: [tiny.yaml]\nset: {train.lr: [1e-3, 1e-2]}\n')
  expect(await svft(folder, ['fetch', 'sweep.yaml', '--dry-run'], env(folder))).toEqual(plan)
  expect(existsSync(join(folder, 'hf'))).toBe(false)

  const fetched = await svft(folder, ['fetch', 'tiny.yaml', '--json'], env(folder))
  const result = resultOf(fetched)
  expect(result).toMatchObject({fetched: true, cache: join(folder, 'hf/hub'), freeBytes: expect.any(Number)})
  expect(result.sources).toHaveLength(3)
  expect(result.sources[0]).toMatchObject({
    kind: 'model',
    name: 'tiny/llama',
    commit: COMMIT,
    missing: expect.any(Array),
  })
  expect(result.bytes).toBe(
    result.sources.reduce((sum: number, {missingBytes}: {missingBytes: number}) => sum + missingBytes, 0),
  )
  const again = await svft(folder, ['fetch', 'tiny.yaml', '--json'], env(folder))
  expect(resultOf(again).bytes).toBe(0)
  expect(await svft(folder, ['run', 'tiny.yaml'], env(folder, {HF_HUB_OFFLINE: '1'}))).toMatchObject({exitCode: 0})
})

test('svft fetch downloads a validation that only svft tune reads, and svft run does not', async () => {
  const validation = {hub: 'tiny/cups', file: 'data/validation.jsonl'}
  const folder = workplace({data: {...SOURCES.data, validation}, evaluate: {splits: ['test']}})
  const {readRecipe} = await import('../recipes/file/read.ts')
  const {recipe} = await readRecipe(join(folder, 'tiny.yaml'))
  const {hubSources} = await import('../recipes/file/hub-sources.ts')
  expect(hubSources(recipe).map(({file}) => file)).toEqual([undefined, 'data/train.jsonl', 'data/test.jsonl'])

  const [fetched, offline] = [env(folder), env(folder, {HF_HUB_OFFLINE: '1'})]
  const {sources} = resultOf(await svft(folder, ['fetch', 'tiny.yaml', '--json'], fetched))
  expect(sources.map(({address}: {address: string}) => address)).toContain(
    'hf://datasets/tiny/cups@main/data/validation.jsonl',
  )
  const trial = ['--set', 'evaluate.splits=["validation"]']
  expect(await svft(folder, ['run', 'tiny.yaml', ...trial], offline)).toMatchObject({exitCode: 0})
})

test('svft fetch takes folders, and suggests another name for a file that recipes only extend', async () => {
  const folder = workplace()
  mkdirSync(join(folder, 'mine'))
  writeRecipe(folder, {extends: '_base.yaml', data: undefined, model: '../model', name: 'a'}, 'mine/a.yaml')
  writeFileSync(join(folder, 'mine/_base.yaml'), JSON.stringify({data: SOURCES.data}))
  writeRecipe(folder, {...SOURCES, name: 'b'}, 'mine/b.yaml')
  const both = await svft(folder, ['fetch', 'mine', '--dry-run', '--json'], env(folder))
  expect(resultOf(both)).toMatchObject({absent: [join(realpathSync(folder), 'model')], fetched: false})
  expect(resultOf(both).sources).toHaveLength(3)
  const fragment = await svft(folder, ['fetch', 'mine/_base.yaml', 'mine/a.yaml', '--dry-run'], env(folder))
  expect(fragment).toMatchObject({exitCode: 2, stdout: ''})
  expect(fragment.stderr).toBe(
    'mine/_base.yaml: not a whole recipe, only a base for others to extend; name one of those or their folder: mine',
  )
})

test('missing local paths are named, the rest is downloaded, and the exit code is 1', async () => {
  const local = {train: 'data/train.jsonl', test: {a: 'data/test.jsonl', b: 'data/test.jsonl'}}
  const nothing = workplace({model: 'model', data: local})
  const plan = await svft(nothing, ['fetch', 'tiny.yaml', '--dry-run'], env(nothing))
  expect(plan).toMatchObject({exitCode: 1, stderr: ''})
  expect(plan.stdout).toBe(
    [
      'nothing to download: these recipes need nothing from the hub',
      '3 paths are missing, and svft cannot download them:',
      ...['  model', '  data/train.jsonl', '  data/test.jsonl'],
      'how to get them: see the comments in these recipes and in those that they extend, docs/RECIPES.md and docs/RUNNING.md',
    ].join('\n'),
  )

  const folder = workplace({data: local})
  const fetched = await svft(folder, ['fetch', 'tiny.yaml'], env(folder))
  expect(fetched).toMatchObject({exitCode: 1})
  expect(String(fetched.stdout)).not.toContain('everything is downloaded')
  expect(String(fetched.stdout)).toMatch(
    /\ndone: everything on the hub is downloaded and verified; 2 paths still missing, as listed above$/,
  )
  mkdirSync(join(folder, 'data'))
  for (const name of ['train', 'test']) writeFileSync(join(folder, `data/${name}.jsonl`), '')
  expect(await svft(folder, ['fetch', 'tiny.yaml'], env(folder))).toMatchObject({exitCode: 0})
})

test('a run whose local data are missing downloads no model', async () => {
  const folder = workplace({data: {train: 'train.jsonl', test: {test: 'test.jsonl'}}})
  const run = await svft(folder, ['run', 'tiny.yaml'], env(folder))
  expect(run).toMatchObject({exitCode: 74, stdout: ''})
  for (const name of ['train', 'test'])
    expect(run.stderr).toContain(`${join(realpathSync(folder), `${name}.jsonl`)}: no such file or folder\n`)
  expect(existsSync(join(folder, 'hf'))).toBe(false)
})

test('a run without network and files prints the command to type', async () => {
  const folder = workplace()
  const run = await svft(folder, ['run', 'tiny.yaml'], env(folder, {HF_HUB_OFFLINE: '1'}))
  expect(run).toMatchObject({exitCode: 74, stdout: ''})
  expect(run.stderr).toBe(
    `loading tiny.yaml …\ntiny/llama@main: not in the cache, ${join(folder, 'hf/hub')}; HF_HUB_OFFLINE is set; unset it, or run where there is a network: svft fetch tiny.yaml`,
  )
  expect(existsSync(join(folder, 'runs'))).toBe(false)

  writeRecipe(folder, SOURCES, 'мой a.yaml')
  const own = ['мой a.yaml', '--set', 'model={hub: tiny/other}']
  for (const command of ['run', 'fetch', 'sweep']) {
    const {stdout, stderr} = await svft(folder, [command, ...own], env(folder, {HF_HUB_OFFLINE: '1'}))
    expect(stdout + stderr).toContain('tiny/other@main: not in the cache, ')
    expect(stdout + stderr).toContain(`network: svft fetch 'мой a.yaml' --set 'model={hub: tiny/other}'`)
  }
})

test('a model of the paper is counted and planned without a download', async () => {
  const folder = workplace({model: {hub: 'google/gemma-2b', revision: 'main'}})
  const offline = env(folder, {HF_ENDPOINT: 'http://127.0.0.1:9'})
  const [params, preview, other] = await Promise.all([
    svft(folder, ['params', 'tiny.yaml', '--json'], offline),
    svft(folder, ['run', 'tiny.yaml', '--dry-run', '--json'], offline),
    svft(folder, ['params', 'tiny.yaml', '--set', 'model.hub=o/unknown'], offline),
  ])
  expect(resultOf(params).params).toBe(resultOf(preview).params)
  expect(resultOf(params).modelParams).toBe(2_506_172_416)
  expect(other.exitCode).toBe(74)
  expect(other.stderr).toMatch(
    /^o\/unknown@main: not in the cache, \S+; svft fetch downloads it, and so does svft run$/,
  )
})

test('files of the hub that match a pattern are read in the order of their paths, images by their folders', async () => {
  const lines = (name: string) => Buffer.from(`${JSON.stringify({name})}\n`)
  const table = (name: string) => parquet({name: [name]})
  const many = await openHub({
    kind: 'dataset',
    name: 'o/d',
    files: {
      ...{'a/train-1.jsonl': lines('1'), 'a/train-0.jsonl': lines('0'), 'a/test.jsonl': lines('2')},
      ...{'b/y/test-00000-of-00001.parquet': table('y'), 'b/x/test-00000-of-00001.parquet': table('x')},
      ...{'b/x/train-00000-of-00001.parquet': table('z'), 'c/rose/1.jpg': noise(9), 'c/iris/1.jpg': noise(9)},
    },
  })
  const folder = workplace()
  const {locateData} = await import('../recipes/data/locate-sources.ts')
  const {fetchRecipe} = await import('../plan/fetch/fetch.ts')
  const {readRecipe} = await import('../recipes/file/read.ts')
  const {readRecords} = await import('../data/read-records.ts')
  const {readImages} = await import('../images/read.ts')
  const {recipe} = await readRecipe(join(folder, 'tiny.yaml'))
  writeFileSync(join(folder, 'config.json'), '{}') // of the model
  const locate = async (file: string, task: 'gsm8k' | 'images' = 'gsm8k') => {
    const data = {...recipe.data, train: `hf://datasets/o/d@main/${file}`}
    const wanted = {...recipe, task, data, model: {path: folder}, evaluate: {...recipe.evaluate, splits: []}}
    return (await locateData(await fetchRecipe(wanted, {signal: new AbortController().signal}))).train
  }
  const own = {HF_ENDPOINT: many.url, HF_HOME: join(folder, 'hf'), SVFT_CACHE: join(folder, 'cache')}
  const kept = {...process.env}
  try {
    Object.assign(process.env, own)
    const names = async (file: string) => (await readRecords(await locate(file))).map(({fields}) => fields.name)
    expect(await names('a/train-*.jsonl')).toEqual(['0', '1'])
    expect(await names('b/*/test-00000-of-00001.parquet')).toEqual(['x', 'y'])
    expect(await names('b/x/test-*.parquet')).toEqual(['x'])
    const images = await locate('c/*/*.jpg', 'images')
    expect(images.startsWith(join(folder, 'cache/views'))).toBe(true)
    expect((await readImages(images)).classes).toEqual(['iris', 'rose'])
  } finally {
    process.env = kept
    await many.close()
  }
})

test("the subjects of MATH on the hub are scored as one column, by the paper's recipe", async () => {
  const {readRecipe} = await import('../recipes/file/read.ts')
  const {recipe} = await readRecipe('configs/gsm8k/gemma-2b/svft-plain.yaml')
  const {name: math, file} = parseAddress(recipe.data.test.math) ?? {}
  const subject = (answers: readonly number[]) =>
    parquet({problem: answers.map(n => `What is ${n}?`), solution: answers.map(n => `It is $\\boxed{${n}}$.`)})
  const name = 'test-00000-of-00001.parquet'
  const subjects = {[`geometry/${name}`]: subject([1]), [`algebra/${name}`]: subject([2, 3])}
  const many = await openHub({kind: 'dataset', name: String(math), files: {...subjects, 'README.md': noise(9)}})
  const local = openWorkplace()
  const folder = workplace({
    model: join(await local, 'model'),
    data: {
      train: join(await local, 'train.jsonl'),
      test: {math: {hub: math, file}},
    },
  })
  try {
    const online = env(folder, {HF_ENDPOINT: many.url})
    expect(await svft(folder, ['fetch', 'tiny.yaml'], online)).toMatchObject({exitCode: 0})
    const run = await svft(folder, ['run', 'tiny.yaml', '--json'], env(folder, {HF_HUB_OFFLINE: '1'}))
    expect(resultOf(run).scores).toMatchObject({math: {n: 3}})
    const answers = readFileSync(join(folder, resultOf(run).run, 'predictions-math.jsonl'), 'utf8')
    expect(
      answers
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).gold),
    ).toEqual(['2', '3', '1'])
  } finally {
    await many.close()
  }
})

/** The bytes of a parquet file with these columns of texts. */
const parquet = (columns: Readonly<Record<string, readonly string[]>>): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: Object.entries(columns).map(([name, data]) => ({name, data: [...data], type: 'STRING' as const})),
    }),
  )

test('svft cache lists the entries, and svft cache free deletes the named ones', async () => {
  const folder = workplace()
  expect(await svft(folder, ['cache'], env(folder))).toMatchObject({exitCode: 0, stdout: 'nothing is cached'})
  await svft(folder, ['run', 'tiny.yaml'], env(folder))
  mkdirSync(join(folder, 'cache/pixels'))
  writeFileSync(join(folder, 'cache/pixels/a.safetensors'), noise(2 ** 20))

  const listed = await svft(folder, ['cache'], env(folder))
  expect(String(listed.stdout)).toMatch(
    /^tiny\/llama +[\d.]+ kB {2}model, c0ffeec0ffee \(main\)\ntiny\/cups +[\d.]+ kB {2}dataset, c0ffeec0ffee \(main\)\nfactors +[\d.]+ kB {2}singular value decompositions, 2 files\npixels +1\.0 MB {2}decoded and resized images, 1 file\n[\d.]+ MB in total$/,
  )
  const wrong = await svft(folder, ['cache', 'free', 'tiny/lama', 'factors'], env(folder))
  expect(wrong).toMatchObject({
    exitCode: 2,
    stderr: 'not in the cache: tiny/lama; did you mean tiny/llama?',
  })
  expect(await svft(folder, ['cache', 'free'], env(folder))).toMatchObject({exitCode: 2})
  expect((await svft(folder, ['cache'], env(folder))).stdout).toBe(listed.stdout)

  const freed = await svft(folder, ['cache', 'free', 'tiny/llama', 'factors', '--json'], env(folder))
  expect(resultOf(freed).freed).toMatchObject([{name: 'tiny/llama'}, {name: 'factors'}])
  const names = resultOf(await svft(folder, ['cache', '--json'], env(folder))).cached.map(
    ({name}: {name: string}) => name,
  )
  expect(names).toEqual(['tiny/cups', 'pixels'])
  expect(readdirSync(join(folder, 'hf/hub')).sort()).toEqual(['.locks', 'datasets--tiny--cups'])
})
